//! What looks like a secret: names of keys, values, lines. `compare` masks it, `env check` and `audit` report it.
//!
//! Nobody marked these values: they come from working copies and hosts. A name too many is masked, none too few.

use regex::Regex;
use std::sync::LazyLock;

/// Words of a name that say "secret".
const WORDS: &[&str] = &[
    "pass",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pw",
    "secret",
    "secrets",
    "token",
    "tokens",
    "key",
    "keys",
    "apikey",
    "credential",
    "credentials",
    "cred",
    "creds",
    "private",
    "salt",
    "auth",
    "dsn",
    "webhook",
    "cookie",
];
/// Parts of words that say it too.
const PARTS: &[&str] = &["password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "accesskey"];
/// Last words that say what is *about* a secret, not the secret.
const ABOUT: &[&str] = &[
    "name",
    "path",
    "file",
    "dir",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "seconds",
    "minutes",
    "hours",
    "days",
    "length",
    "size",
    "algorithm",
    "type",
    "enabled",
    "policy",
    "url",
    "uri",
    "host",
    "port",
    "header",
    "issuer",
    "arn",
    "version",
    "rounds",
    "count",
    "limit",
    "limits",
];

/// Whether a key's name says that its value is a secret: `POSTGRES_PASSWORD`, `apiToken`, `tls.key`.
#[must_use]
pub fn secret_name(name: &str) -> bool {
    let words = words(name);
    if words.iter().any(|w| w == "public") || words.last().is_some_and(|w| ABOUT.contains(&w.as_str())) {
        return false;
    }
    words.iter().any(|w| WORDS.contains(&w.as_str()) || PARTS.iter().any(|p| w.contains(p)))
}

/// The words of a name, lower case: cut at `_`, `-`, `.` and where small letters turn to capitals.
fn words(name: &str) -> Vec<String> {
    let (mut words, mut word, mut small) = (Vec::new(), String::new(), false);
    for c in name.chars() {
        if !c.is_alphanumeric() || (small && c.is_uppercase()) {
            words.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty()));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        small = c.is_lowercase() || c.is_ascii_digit();
    }
    words.extend(Some(word).filter(|w| !w.is_empty()));
    words
}

static CREDENTIALS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*:[^\s/@]+@").ok());

/// Whether a value carries a secret whatever its name: an address with a password, a private key.
#[must_use]
pub fn secret_value(value: &str) -> bool {
    value.contains("PRIVATE KEY-----") || CREDENTIALS.as_ref().is_some_and(|r| r.is_match(value))
}

/// How much of the start of a line may be shown; `None`: all of it.
#[must_use]
pub fn secret_line(line: &str) -> Option<usize> {
    let cut = line.find(['=', ':']).map(|at| (at, at + 1));
    match cut {
        Some((at, after))
            if secret_name(name_before(line.get(..at).unwrap_or(""))) && !line.get(after..).unwrap_or("").trim().is_empty() =>
        {
            Some(after)
        }
        Some((_, after)) if secret_value(line) => Some(after),
        None if secret_value(line) => Some(0),
        _ => None,
    }
}

fn name_before(text: &str) -> &str {
    text.trim().trim_start_matches("export ").trim_start_matches("- ").trim_matches(['"', '\'', ' '])
}

/// Whether a value is empty, or stands for one that somebody has still to write, and why.
#[must_use]
pub fn placeholder(value: &str) -> Option<&'static str> {
    let text = value.trim();
    let lower = text.to_ascii_lowercase();
    let bare: String = lower.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let exact = [
        "changeme",
        "changethis",
        "changeit",
        "replaceme",
        "replacethis",
        "placeholder",
        "fillme",
        "fillin",
        "setme",
        "insert",
        "inserthere",
        "example",
        "yourpassword",
        "yoursecret",
        "yourtoken",
        "secrethere",
        "todo",
        "tbd",
        "fixme",
    ];
    if exact.contains(&bare.as_str()) {
        return Some("it is a word that stands for a value");
    }
    if bare.len() >= 3 && bare.chars().all(|c| c == 'x') {
        return Some("it is a row of x");
    }
    if (text.starts_with('<') && text.ends_with('>') && text.len() > 2) || (text.starts_with("{{") && text.ends_with("}}")) {
        return Some("it is a name in brackets");
    }
    let starts = [
        "your-",
        "your_",
        "todo",
        "tbd",
        "fixme",
        "changeme",
        "change-me",
        "change_me",
        "replace-me",
        "replace_me",
        "<your",
        "xxxx",
        "insert-",
    ];
    starts.iter().any(|s| lower.starts_with(s)).then_some("it begins like a text that stands for a value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_by_their_words() {
        for name in
            ["POSTGRES_PASSWORD", "apiToken", "tls.key", "DB_PASS", "AWS_SECRET_ACCESS_KEY", "JWT-SECRET", "stripeApiKey", "PGPASSWORD"]
        {
            assert!(secret_name(name), "{name}");
        }
        for name in ["MONKEY", "PASSENGER_COUNT", "AUTHOR", "KEY_NAME", "TOKEN_TTL", "PUBLIC_KEY", "RUNTIME_MODE", "COMPASS", "", "_"] {
            assert!(!secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_and_lines_are_cut_before_the_secret() {
        assert!(secret_value("postgres://app:hunter2@db/x") && !secret_value("postgres://db:5432/x") && !secret_value("http://a/b@c"));
        assert_eq!(secret_line("  password: abc"), Some(11));
        assert_eq!(secret_line("export API_KEY=abc"), Some(15));
        assert_eq!(secret_line("password:"), None);
        assert_eq!(secret_line("port = 80"), None);
        assert_eq!(secret_line("url = redis://:pw@h/0"), Some(5));
    }

    #[test]
    fn placeholders_are_told_from_values() {
        for value in ["changeme", "CHANGE_ME", "xxx", "<your password>", "your-api-key", "TODO: ask Ann", "{{ token }}", "Change-Me!"] {
            assert!(placeholder(value).is_some(), "{value}");
        }
        for value in ["", "x", "yours", "max", "s3cr3t", "example.com", "a<b>c", "stage"] {
            assert!(placeholder(value).is_none(), "{value}");
        }
    }
}
