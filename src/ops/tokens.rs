//! Secrets that are known by their form, and texts that look drawn at random. What is found is named, never shown.

use regex::{Regex, RegexSet};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Kind and form of secrets that services hand out.
const FORMS: &[(&str, &str)] = &[
    ("an AWS access key id", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("a private key", r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----"),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    ("a GitHub token", r"\bgithub_pat_[A-Za-z0-9_]{50,}"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    ("a Slack webhook", r"hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}"),
    ("a Stripe key", r"\b[sr]k_live_[A-Za-z0-9]{16,}"),
    ("a Google API key", r"\bAIza[0-9A-Za-z_-]{35}"),
    ("an API key of the form sk-...", r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}"),
    ("a signed token (JWT)", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    ("a Telegram bot token", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}"),
];

static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(FORMS.iter().map(|(_, form)| form)).ok());
static EACH: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| FORMS.iter().map(|(_, form)| Regex::new(form).ok()).collect());

/// What kind of known secret a line holds. Examples of manuals (`...EXAMPLE`) are none.
#[must_use]
pub fn known_secret(line: &str) -> Option<&'static str> {
    let found = SET.as_ref()?.matches(line);
    let real = |at: &usize| {
        let text = EACH.get(*at).and_then(Option::as_ref).and_then(|r| r.find(line));
        text.is_some_and(|m| !m.as_str().contains("EXAMPLE"))
    };
    found.iter().find(real).and_then(|at| FORMS.get(at)).map(|(kind, _)| *kind)
}

/// Whether a value looks drawn at random: long, of letters and digits, no word of a language.
#[must_use]
pub fn looks_random(value: &str) -> bool {
    let length = value.chars().count();
    let fits = value.chars().all(|c| c.is_ascii_alphanumeric() || "+/=_-.~!@#%^&*".contains(c));
    let mixed = value.contains(|c: char| c.is_ascii_digit()) && value.contains(|c: char| c.is_ascii_alphabetic());
    (16..=512).contains(&length) && fits && mixed && bits(value) >= 3.4
}

/// Shannon entropy in bits a character.
fn bits(text: &str) -> f64 {
    let mut counts: BTreeMap<char, u32> = BTreeMap::new();
    text.chars().for_each(|c| *counts.entry(c).or_default() += 1);
    let total = f64::from(counts.values().sum::<u32>().max(1));
    counts.values().map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_known_and_examples_are_left_alone() {
        for (text, kind) in [
            (format!("key = \"AKIA{}\"", "Z7Q3M2N5B8V1C4X6"), "an AWS access key id"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----".into(), "a private key"),
            (format!("ghp_{}", "a1B2".repeat(9)), "a GitHub token"),
            (format!("xoxb-{}", "1234567890ab"), "a Slack token"),
            (format!("sk_live_{}", "a1B2".repeat(5)), "a Stripe key"),
            (format!("eyJ{0}.eyJ{0}.{0}", "abcDEF12345"), "a signed token (JWT)"),
        ] {
            assert_eq!(known_secret(&text), Some(kind), "{text}");
        }
        for text in ["AKIAIOSFODNN7EXAMPLE", "-----BEGIN PUBLIC KEY-----", "sk-short", "eyJhello"] {
            assert_eq!(known_secret(text), None, "{text}");
        }
        assert!(EACH.iter().all(Option::is_some) && SET.is_some());
    }

    #[test]
    fn random_texts_are_told_from_words() {
        assert!(looks_random("9f8Gk2LqZx71Vb0TnW4s") && looks_random("f3a9c2d871be04556d9ee1f07a2b"));
        for text in ["postgres-database-host", "aaaaaaaaaaaaaaaaaaaaaaa1", "short1", "${POSTGRES_PASSWORD1}", "hello world 123456789", ""] {
            assert!(!looks_random(text), "{text}");
        }
    }
}
