//! Waiting for a database, which takes minutes to hours.

use super::read::describe_one;
use crate::aws::clients::Aws;
use crate::aws::errors::ApiError;
use crate::aws::timeouts;
use crate::aws::waiter::Poll;
use crate::provider::{ErrorKind, ProviderError};
use aws_sdk_rds::Client;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// States in which a database serves.
pub(in crate::aws) const SERVING: &[&str] = &["available", "storage-optimization"];
/// Looks in a row (half a minute in all) that must find a changed database serving: the state
/// follows an accepted modification with a delay.
const SURE: u32 = 8;

/// States that do not become good by waiting.
pub(in crate::aws) fn is_dead(state: &str) -> bool {
    ["failed", "inaccessible-encryption-credentials", "restore-error", "storage-full"].contains(&state)
        || state.starts_with("incompatible-")
}

/// Waits until a database serves.
///
/// # Errors
/// It is gone or broken; time ran out.
pub(super) async fn available(aws: &Aws, client: &Client, id: &str, limit: Duration) -> Result<(), ProviderError> {
    serving(aws, client, id, limit, 1).await
}

/// Waits until a modification is done.
///
/// # Errors
/// As [`available`].
pub(super) async fn changed(aws: &Aws, client: &Client, id: &str, limit: Duration) -> Result<(), ProviderError> {
    serving(aws, client, id, limit, SURE).await
}

async fn serving(aws: &Aws, client: &Client, id: &str, limit: Duration, looks: u32) -> Result<(), ProviderError> {
    let what = format!("the database {id} to become available");
    let seen = AtomicU32::new(0);
    let look = || async {
        let database = match describe_one(client.clone(), id.to_string()).await {
            Ok(database) => database,
            Err(e) => return Poll::Failed(e.into()),
        };
        match database.as_ref().and_then(|d| d.db_instance_status()) {
            Some(state) if SERVING.contains(&state) && seen.fetch_add(1, Ordering::Relaxed) + 1 >= looks => Poll::Ready(()),
            Some(state) if SERVING.contains(&state) => Poll::Pending,
            Some(state) if is_dead(state) => Poll::Failed(broken(id, state)),
            _ => {
                seen.store(0, Ordering::Relaxed);
                Poll::Pending
            }
        }
    };
    aws.wait(&what, limit).until(look).await
}

fn broken(id: &str, state: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Other, "The database does not become available", format!("The database {id} is in the state `{state}`."))
        .help("The events of the database in the RDS console say why.")
}

/// Waits until a database is gone.
///
/// # Errors
/// Time ran out.
pub(super) async fn gone(aws: &Aws, client: &Client, id: &str, limit: Duration) -> Result<(), ProviderError> {
    let what = format!("the database {id} to be deleted");
    let look = || async {
        match describe_one(client.clone(), id.to_string()).await {
            Ok(None) => Poll::Ready(()),
            Ok(Some(_)) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    aws.wait(&what, limit).until(look).await
}

/// Sends a request, again while RDS does not see a new IAM role yet or still optimizes the storage.
///
/// # Errors
/// What the API answered.
pub(super) async fn for_roles<T, F, Fut>(aws: &Aws, doing: &str, send: F) -> Result<T, ProviderError>
where
    F: Fn() -> Fut + Sync,
    Fut: Future<Output = Result<T, ApiError>> + Send,
{
    let passing = |e: &ApiError| {
        let parts =
            ["ENHANCED_MONITORING", "IAM role ARN value is invalid", "previous storage change is being optimized", "your request later"];
        parts.iter().any(|p| e.message.contains(p))
    };
    let deadline = AtomicU32::new(0);
    let look = || async {
        match send().await {
            Ok(answer) => Poll::Ready(answer),
            Err(e) if passing(&e) && deadline.fetch_add(1, Ordering::Relaxed) < 16 => Poll::Pending,
            Err(e) => Poll::Failed(e.while_doing(doing)),
        }
    };
    aws.wait("RDS to accept the request", timeouts::minutes(5)).until(look).await
}
