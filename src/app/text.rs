//! Text of a spec that may be unknown before apply and may be secret, and the redactor that keeps
//! secrets out of everything people read.

use crate::value::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Shown instead of a secret.
pub const MASKED: &str = "(sensitive value)";
/// Shown instead of what only apply will know.
pub const UNKNOWN: &str = "(known after apply)";

/// A string that may be unknown and may be secret. `Debug` and `Display` never show a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    value: Option<Arc<str>>,
    sensitive: bool,
}

impl Text {
    /// Known, not secret.
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Text { value: Some(text.into()), sensitive: false }
    }
    /// Known and secret.
    pub fn secret(text: impl Into<Arc<str>>) -> Self {
        Text { value: Some(text.into()), sensitive: true }
    }
    /// Known after apply.
    #[must_use]
    pub fn unknown() -> Self {
        Text { value: None, sensitive: false }
    }
    /// Of a string value; `None` for null. What is not a string counts as unknown.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        if value.is_null() {
            return None;
        }
        Some(Text { value: value.as_str().map(Arc::from), sensitive: value.marks().is_secret() })
    }
    /// The text itself, secret or not; `None` when it is unknown.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        self.value.as_deref()
    }
    /// Whether it must be masked.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }
    /// Secret from now on if `sensitive`.
    #[must_use]
    pub fn with_sensitive(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            _ if self.sensitive => f.write_str(MASKED),
            None => f.write_str(UNKNOWN),
            Some(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({self})")
    }
}

/// Replaces secrets in text by value. Secrets shorter than six characters are left to marks: they
/// would hide ordinary words.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<String>,
}

impl Redactor {
    /// Of these secrets; each line of a longer one counts on its own too.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = BTreeSet::new();
        for secret in secrets {
            all.insert(secret.trim().to_string());
            all.extend(secret.lines().map(|line| line.trim().to_string()));
        }
        let mut secrets: Vec<String> = all.into_iter().filter(|s| s.chars().count() >= 6).collect();
        secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
        Redactor { secrets }
    }

    /// `text` without the secrets.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_string(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), MASKED) } else { text }
        })
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len())
    }
}

/// Every sensitive string inside a value, marks of containers included.
pub fn collect_secrets(value: &Value, inherited: bool, into: &mut Vec<String>) {
    let sensitive = inherited || value.marks().is_secret();
    if let Some(text) = value.as_str().filter(|_| sensitive) {
        into.push(text.to_string());
    }
    value.items().into_iter().flatten().for_each(|v| collect_secrets(v, sensitive, into));
    value.members().into_iter().flatten().for_each(|(_, v)| collect_secrets(v, sensitive, into));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let text = Text::secret("hunter22");
        assert_eq!(format!("{text} {text:?}"), "(sensitive value) Text((sensitive value))");
        assert_eq!(text.known(), Some("hunter22"));
        assert_eq!(Text::unknown().to_string(), "(known after apply)");
    }

    #[test]
    fn longer_secrets_go_first_and_short_words_stay() {
        let redactor = Redactor::new(["secret", "secret-longer", "abc", "-----BEGIN\nline-two-of-key\n"]);
        assert_eq!(redactor.clean("x secret-longer secret abc"), format!("x {MASKED} {MASKED} abc"));
        assert_eq!(redactor.clean("line-two-of-key"), MASKED);
    }

    #[test]
    fn members_of_a_sensitive_object_are_secrets() {
        let inner = Value::object([("a".into(), Value::string("inside"))].into());
        let mut found = vec![];
        collect_secrets(&Value::tuple(vec![inner.sensitive(), Value::string("open")]), false, &mut found);
        assert_eq!(found, ["inside"]);
    }
}
