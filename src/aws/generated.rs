//! Names that nobody wrote: `name_prefix` and a suffix, drawn from the intent's token.
//!
//! The suffix has the form of the provider's (26 hexadecimal digits), because both read the
//! prefix back from the name. From the token and not from chance, so that `locate` finds it.

use super::shape;
use crate::value::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Digits of a generated suffix.
pub const SUFFIX: usize = 26;
const DEFAULT_PREFIX: &str = "terraform-";

/// The name of an object: what is written in `name`, else the prefix (`terraform-` where none is
/// written) with the suffix that belongs to the token.
#[must_use]
pub fn name(planned: &Value, name: &str, prefix: &str, token: &str) -> String {
    match shape::text(planned, name) {
        Some(written) => written.to_string(),
        None => format!("{}{}", shape::text(planned, prefix).unwrap_or(DEFAULT_PREFIX), suffix(token)),
    }
}

/// The suffix that belongs to a token.
fn suffix(token: &str) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(token.as_bytes()) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits.truncate(SUFFIX);
    digits
}

/// The prefix of a generated name; `""` where the name is not generated.
#[must_use]
pub fn prefix_of(name: &str) -> &str {
    let split = name.len().checked_sub(SUFFIX).and_then(|at| name.split_at_checked(at));
    match split {
        Some((prefix, digits)) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => prefix,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(name: Option<&str>, prefix: Option<&str>) -> Value {
        let text = |t: Option<&str>| t.map_or_else(|| Value::unknown(crate::value::Type::String), Value::string);
        Value::object([("name".into(), text(name)), ("name_prefix".into(), text(prefix))].into())
    }

    #[test]
    fn a_written_name_wins_and_a_prefix_is_read_back() {
        let of = |n, p| name(&planned(n, p), "name", "name_prefix", "token-1");
        assert_eq!(of(Some("web"), Some("x-")), "web");
        assert_eq!(prefix_of(&of(None, Some("web-"))), "web-");
        assert_eq!(prefix_of(&of(None, None)), "terraform-");
        assert_eq!(of(None, Some("web-")), of(None, Some("web-")));
        assert_ne!(suffix("token-1"), suffix("token-2"));
        assert_eq!(prefix_of("web"), "");
        assert_eq!(prefix_of("a-name-that-is-long-but-not-generated"), "");
    }
}
