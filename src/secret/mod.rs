//! Redaction by value: what is known to be secret never passes a sink in clear.
//!
//! Marks keep secrets out of what envctl prints of its own values. They cannot help where a secret
//! returns inside text: an SDK's error, a remote command's output, a template's message. The
//! [`Redactor`] knows the secrets themselves, in the spellings in which they come back.

mod source;
mod spelling;

pub use source::{SecretError, SecretRef, SecretSource};

use crate::value::{Repr, Value};
use aho_corasick::{AhoCorasick, MatchKind};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// What stands where a secret stood.
pub const MASK: &str = "(sensitive value)";

/// Shorter texts are not looked for: they would match by accident, and rest on marks alone.
pub const MIN_CHARS: usize = 6;

/// The secrets of a run, append-only and shared: clones know the same secrets.
#[derive(Clone, Default)]
pub struct Redactor {
    inner: Arc<RwLock<Inner>>,
}

#[derive(Default)]
struct Inner {
    needles: BTreeSet<String>,
    /// Built at the first use after a secret was added.
    matcher: Option<Arc<AhoCorasick>>,
}

impl Redactor {
    /// A redactor that knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret text with its JSON, base64 and percent spellings, and each of its lines.
    pub fn add(&self, secret: &str) {
        let new = spelling::spellings(secret);
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for needle in new {
            if inner.needles.insert(needle) {
                inner.matcher = None;
            }
        }
    }

    /// Adds every sensitive or ephemeral text and number in a value; what is not marked is left.
    pub fn add_value(&self, value: &Value) {
        self.collect(value, false);
    }

    fn collect(&self, value: &Value, secret_above: bool) {
        let secret = secret_above || value.marks().is_secret();
        match value.repr() {
            Repr::String(s) if secret => self.add(s),
            Repr::Number(n) if secret => self.add(&n.to_string()),
            _ => value.children().for_each(|child| self.collect(child, secret)),
        }
    }

    /// The text with every known secret masked. Linear in the text.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.redact_cow(text).into_owned()
    }

    /// Like [`Redactor::redact`], without a copy where nothing is secret.
    #[must_use]
    pub fn redact_cow<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(matcher) = self.matcher() else { return Cow::Borrowed(text) };
        let mut out = String::new();
        let mut from = 0;
        for found in matcher.find_iter(text) {
            out.push_str(text.get(from..found.start()).unwrap_or(""));
            out.push_str(MASK);
            from = found.end();
        }
        if from == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(from..).unwrap_or(""));
        Cow::Owned(out)
    }

    fn matcher(&self) -> Option<Arc<AhoCorasick>> {
        {
            let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
            if inner.needles.is_empty() || inner.matcher.is_some() {
                return inner.matcher.clone();
            }
        }
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&inner.needles);
        inner.matcher = built.ok().map(Arc::new);
        inner.matcher.clone()
    }
}

/// Shows how many spellings are known, never which.
impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Redactor({} spellings)", inner.needles.len())
    }
}

#[cfg(test)]
mod tests;
