//! Failed calls of the store, with what to do about them.

use super::settings::Backend;
use crate::aws::errors::ApiError;
use crate::provider::ErrorKind;
use crate::store::{StoreError, StoreErrorKind};

/// Explains a failed call; `doing` is what failed ("Reading the state").
pub(super) fn explain(error: ApiError, doing: &str, backend: &Backend) -> StoreError {
    let place = format!("bucket {:?}", backend.bucket);
    match error.code.as_str() {
        "NoSuchBucket" => {
            let detail = format!("{doing}: there is no {place} that these credentials can see.");
            StoreError::new(StoreErrorKind::Missing, "The state's bucket does not exist", detail)
                .help("Run `envctl bootstrap` to create it, or correct the name, the region or the credentials.")
        }
        "ResourceNotFoundException" => {
            let table = backend.table.as_deref().unwrap_or_default();
            let region = backend.aws.region.as_deref().unwrap_or("the region of the environment");
            let detail = format!("{doing}: there is no DynamoDB table {table:?} in {region}.");
            StoreError::new(StoreErrorKind::Missing, "The lock table does not exist", detail)
                .help("Run `envctl bootstrap` to create it, or correct dynamodb_table, the region or the credentials.")
        }
        "PermanentRedirect" | "IllegalLocationConstraintException" | "AuthorizationHeaderMalformed" | "HTTP 301" => {
            let detail = format!("{doing}: {place} lies in another region than the backend says ({}).", error.message);
            StoreError::new(StoreErrorKind::Other, "The bucket lies in another region", detail)
                .help("Set `region` of the backend to the bucket's region.")
        }
        _ => other(error, doing, &place),
    }
}

fn other(error: ApiError, doing: &str, place: &str) -> StoreError {
    let kind = match error.kind {
        ErrorKind::Denied => StoreErrorKind::Denied,
        ErrorKind::Unsettled if error.code.is_empty() => StoreErrorKind::Unreachable,
        _ => StoreErrorKind::Other,
    };
    let forbidden = error.is(&["AccessDenied", "AccessDeniedException", "HTTP 403"]);
    let explained = error.while_doing(doing);
    let detail = format!("{} ({place})", explained.detail);
    let help = match explained.help {
        Some(help) if forbidden => {
            Some(format!("{help} A bucket of another account looks the same: check which account the credentials belong to."))
        }
        other => other,
    };
    let error = StoreError::new(kind, explained.summary, detail);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// The condition of a write was not met: somebody else was there, or our own first try was.
pub(super) fn condition_failed(error: &ApiError) -> bool {
    error.is(&["PreconditionFailed", "ConditionalRequestConflict", "ConditionalCheckFailedException", "HTTP 412", "HTTP 409"])
}

/// The service has no conditional writes.
pub(super) fn no_conditions(error: &ApiError) -> bool {
    error.is(&["NotImplemented", "HTTP 501"])
}
