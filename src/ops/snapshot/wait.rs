//! Waiting for a service of databases: told as it goes, ended by a time-out or by Ctrl-C.

use super::diagnostic;
use crate::diag::Diagnostic;
use crate::provider::{Databases, ErrorKind, ProviderError};
use std::future::Future;
use std::time::Duration;
use tokio::sync::watch;

/// Listens to what is done.
pub trait Tell: Send + Sync {
    /// Something happened.
    fn line(&self, text: &str);
    /// Something is waited for: what, how long by now, how it stands.
    fn waiting(&self, what: &str, waited: Duration, state: &str);
}

/// Why something was not finished.
#[derive(Debug)]
pub enum Halt {
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// What went wrong.
    Failed(Diagnostic),
}

impl From<Diagnostic> for Halt {
    fn from(diagnostic: Diagnostic) -> Self {
        Halt::Failed(diagnostic)
    }
}

impl From<ProviderError> for Halt {
    fn from(error: ProviderError) -> Self {
        Halt::Failed(diagnostic(error))
    }
}

/// What one look found.
pub enum Look<T> {
    /// There.
    Ready(T),
    /// Not yet: how it stands.
    Pending(String),
}

/// How to wait.
pub struct Waiting<'a> {
    /// Sets the pace.
    pub databases: &'a dyn Databases,
    /// Listens.
    pub tell: &'a dyn Tell,
    /// Ctrl-C.
    pub cancel: &'a watch::Receiver<bool>,
    /// At most this long.
    pub limit: Duration,
}

impl Waiting<'_> {
    /// Looks at once and then in growing intervals. A look that the service did not answer is no answer.
    ///
    /// # Errors
    /// What a look said, a time-out, or an interrupt.
    pub async fn until<T, F, Fut>(&self, what: &str, mut look: F) -> Result<T, Halt>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<Look<T>, Halt>> + Send,
    {
        let mut waited = Duration::ZERO;
        for n in 0.. {
            self.go_on()?;
            let state = match look().await? {
                Look::Ready(value) => return Ok(value),
                Look::Pending(state) => state,
            };
            if waited >= self.limit {
                break;
            }
            self.tell.waiting(what, waited, &state);
            waited += self.rest(n).await?;
        }
        let detail = format!("Waited {} min for {what}.", self.limit.as_secs().div_ceil(60));
        let help = "Look at it in the console of the service. The same command goes on from here.";
        Err(Halt::Failed(Diagnostic::error("A wait ran out of time", detail).help(help)))
    }

    /// Whether nobody pressed Ctrl-C.
    ///
    /// # Errors
    /// When somebody did.
    pub fn go_on(&self) -> Result<(), Halt> {
        if *self.cancel.borrow() { Err(Halt::Interrupted) } else { Ok(()) }
    }

    async fn rest(&self, look: u32) -> Result<Duration, Halt> {
        let mut cancel = self.cancel.clone();
        let stopped = async move {
            if cancel.wait_for(|c| *c).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = stopped => Err(Halt::Interrupted),
            rested = self.databases.rest(look) => Ok(rested),
        }
    }
}

/// The answer of a look; a service that did not answer may the next time.
///
/// # Errors
/// Every other failure.
pub fn patient<T>(answer: Result<T, ProviderError>) -> Result<Result<T, String>, Halt> {
    match answer {
        Ok(found) => Ok(Ok(found)),
        Err(e) if matches!(e.kind, ErrorKind::Unsettled | ErrorKind::Throttled) => Ok(Err("no answer".to_string())),
        Err(e) => Err(e.into()),
    }
}
