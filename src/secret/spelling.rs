//! The forms in which a secret comes back.

use super::MIN_CHARS;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::fmt::Write;

/// All texts to look for: the secret, its lines, and their encoded forms; none too short.
pub(super) fn spellings(secret: &str) -> Vec<String> {
    let trimmed = secret.trim();
    let mut all = vec![secret.to_string(), trimmed.to_string()];
    for text in [secret, trimmed] {
        all.extend([json(text), json(text).replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")]);
        all.extend([percent(text), percent(text).replace("%20", "+")]);
        all.extend(base64_forms(text));
        all.push(text.replace('\'', "'\\''"));
        all.push(text.replace("${", "$${").replace("%{", "%%{"));
    }
    if trimmed.contains('\n') {
        for line in trimmed.lines().map(str::trim) {
            all.extend([line.to_string(), json(line)]);
        }
    }
    all.retain(|t| t.chars().count() >= MIN_CHARS);
    all.sort_unstable();
    all.dedup();
    all
}

/// The inside of a JSON string.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or("").to_string()
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

/// Base64 of the secret alone, and what of it shows when other bytes stand before and after
/// (`user:password`): the characters that depend on the secret only, at each alignment.
fn base64_forms(text: &str) -> Vec<String> {
    if text.len() < MIN_CHARS {
        return Vec::new();
    }
    let mut forms = Vec::new();
    for engine in [STANDARD, URL_SAFE] {
        forms.push(engine.encode(text));
        for (before, skip) in [(0usize, 0usize), (1, 2), (2, 3)] {
            let mut bytes = vec![0; before];
            bytes.extend(text.bytes());
            let whole = bytes.len() * 8 / 6;
            forms.extend(engine.encode(&bytes).get(skip..whole).map(str::to_string));
        }
    }
    forms
}
