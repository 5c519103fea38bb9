//! The secrets of app blocks: fetched once per run, all at the same time, known to the redactor before anybody sees
//! them.

use crate::app::{SecretRef, SecretSpec};
use crate::diag::{Diagnostic, Diagnostics};
use crate::secret::{Redactor, SecretError, SecretSource};
use crate::value::Name;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

type Cell = Arc<OnceCell<Result<String, SecretError>>>;

/// The secrets of a run.
pub struct RunSecrets {
    source: Arc<dyn SecretSource>,
    asked: Mutex<BTreeMap<SecretRef, Cell>>,
}

impl RunSecrets {
    /// Nothing is fetched yet.
    #[must_use]
    pub fn new(source: Arc<dyn SecretSource>) -> Self {
        RunSecrets { source, asked: Mutex::default() }
    }

    /// Fetches what is known to be wanted. A source that is known after apply leaves its secret out.
    ///
    /// # Errors (as diagnostics)
    /// What could not be fetched, each at its block.
    pub async fn fetch(&self, specs: &[SecretSpec], redactor: &Redactor, diagnostics: &mut Diagnostics) -> BTreeMap<Name, String> {
        let wanted = specs.iter().filter_map(|s| Some((s, s.wanted.as_ref()?)));
        let fetched = join_all(wanted.map(async |(spec, wanted)| (spec, wanted, self.one(wanted).await))).await;
        let mut secrets = BTreeMap::new();
        for (spec, _, result) in &fetched {
            if let Ok(secret) = result {
                redactor.add(secret);
                secrets.insert(spec.name.clone(), secret.clone());
            }
        }
        for (spec, wanted, result) in fetched {
            if let Err(error) = result {
                diagnostics.push(told(spec, wanted, error, redactor));
            }
        }
        secrets
    }

    async fn one(&self, wanted: &SecretRef) -> Result<String, SecretError> {
        let cell = self.asked.lock().unwrap_or_else(PoisonError::into_inner).entry(wanted.clone()).or_default().clone();
        cell.get_or_init(|| self.source.fetch(wanted)).await.clone()
    }
}

fn told(spec: &SecretSpec, wanted: &SecretRef, error: SecretError, redactor: &Redactor) -> Diagnostic {
    let detail = format!("secret.{} comes from {wanted}. {}", spec.name, error.detail);
    let diagnostic = Diagnostic::error(error.summary, redactor.redact(&detail)).at(spec.span);
    match error.help {
        Some(help) => diagnostic.help(redactor.redact(&help)),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{FileId, Span};
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Counting(AtomicUsize);

    #[async_trait::async_trait]
    impl SecretSource for Counting {
        async fn fetch(&self, wanted: &SecretRef) -> Result<String, SecretError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            match wanted {
                SecretRef::Env { name } if name == "GOOD" => Ok("very-secret".into()),
                _ => Err(SecretError::new("A secret cannot be fetched", "It said: very-secret is not it.")),
            }
        }
    }

    #[tokio::test]
    async fn each_source_is_asked_once_and_errors_hold_no_secret() {
        let spec = |name: &str, wanted: Option<&str>| SecretSpec {
            name: name.into(),
            wanted: wanted.map(|w| SecretRef::Env { name: w.into() }),
            span: Span { file: FileId(0), start: 0, end: 0 },
        };
        let source = Arc::new(Counting(AtomicUsize::new(0)));
        let run = RunSecrets::new(source.clone());
        let redactor = Redactor::new();
        for _ in 0..2 {
            let mut diags = Diagnostics::new();
            let specs = [spec("a", Some("GOOD")), spec("b", Some("GOOD")), spec("c", Some("BAD")), spec("later", None)];
            let found = run.fetch(&specs, &redactor, &mut diags).await;
            assert_eq!(found.keys().map(AsRef::as_ref).collect::<Vec<_>>(), ["a", "b"]);
            let error = diags.iter().next().unwrap();
            assert!(error.detail.contains("secret.c") && !error.detail.contains("very-secret"), "{error:?}");
        }
        assert_eq!(source.0.load(Ordering::SeqCst), 2);
        assert_eq!(redactor.redact("x very-secret"), "x (sensitive value)");
    }
}
