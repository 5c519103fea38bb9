//! Of several hosts the first is the canary: the others wait until it is as it must be, and stay untouched when it fails.

use super::request::AppRequest;
use crate::diag::Diagnostic;
use crate::value::Name;
use std::collections::BTreeMap;
use tokio::sync::watch;

/// How the canary of every app that has one is doing: `None` while it is under way.
pub struct Canaries(BTreeMap<Name, watch::Sender<Option<bool>>>);

impl Canaries {
    /// For the canaries among the requests.
    pub fn new(requests: &[AppRequest]) -> Self {
        let canaries = requests.iter().filter(|r| r.spec.is_canary());
        Canaries(canaries.map(|r| (r.spec.name.clone(), watch::channel(None).0)).collect())
    }

    /// Waits for the canary of a request that is none itself.
    ///
    /// # Errors
    /// When it failed: nothing is done on this host then.
    pub async fn wait(&self, request: &AppRequest) -> Result<(), Diagnostic> {
        let Some(canary) = self.0.get(&request.spec.name).filter(|_| !request.spec.is_canary()) else { return Ok(()) };
        let well = match canary.subscribe().wait_for(Option::is_some).await {
            Ok(result) => *result == Some(true),
            Err(_) => false,
        };
        if well {
            return Ok(());
        }
        let detail = format!("Nothing was done on {}: the first host of app.{} failed.", request.spec.host, request.spec.name);
        let diagnostic = Diagnostic::error("Held back", detail).at(request.spec.span).address(format!("app.{}", request.label()));
        Err(diagnostic.help("Mend what the first host says, and deploy again."))
    }

    /// Says how a canary ended.
    pub fn ended(&self, request: &AppRequest, well: bool) {
        if let Some(canary) = self.0.get(&request.spec.name).filter(|_| request.spec.is_canary()) {
            canary.send_replace(Some(well));
        }
    }
}
