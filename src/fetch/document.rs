//! A single public document, downloaded to a file.

use super::http::Http;
use super::netrc::Netrc;
use crate::diag::Diagnostic;
use reqwest::Url;
use std::path::Path;
use std::sync::Arc;

/// Downloads what lies at a URL into a new file, at most `limit` bytes; no credentials are sent.
///
/// # Errors
/// A URL that is none; what the server says.
pub async fn document(url: &str, to: &Path, limit: u64) -> Result<(), Diagnostic> {
    let parsed = Url::parse(url).map_err(|e| Diagnostic::error("Invalid URL", format!("{url:?}: {e}.")))?;
    Http::new(Arc::new(Netrc::default()))?
        .download(&parsed, to, limit)
        .await
        .map_err(|d| Diagnostic { summary: "Download failed".into(), ..d })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_module_is_not_called_one() {
        let dir = tempfile::tempdir().unwrap();
        // Nobody listens on the first port.
        let error = document("https://127.0.0.1:1/offer.json", &dir.path().join("x"), 10).await.unwrap_err();
        assert_eq!(error.summary, "Download failed");
        assert!(error.detail.contains("127.0.0.1"), "{error:?}");
    }
}
