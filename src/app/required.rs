//! Keys of a sample that somebody has to give a value: those that have none in it.
//!
//! `# optional` behind a key, or alone on the line above it, says that it may stay empty.

use super::env_file::EnvFile;
use std::collections::BTreeSet;

/// Keys marked as optional.
#[must_use]
pub fn optional_keys(text: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = text.lines().collect();
    let marked = |at: usize| {
        let here = lines.get(at).and_then(|l| l.rsplit_once('#')).is_some_and(|(_, comment)| says_optional(comment));
        let above = at.checked_sub(1).and_then(|a| lines.get(a)).and_then(|l| l.trim().strip_prefix('#'));
        here || above.is_some_and(says_optional)
    };
    let entries = EnvFile::parse(text).located_entries();
    entries.into_iter().filter(|(_, _, lines)| marked(lines.start)).map(|(key, ..)| key).collect()
}

fn says_optional(comment: &str) -> bool {
    let text = comment.trim().to_ascii_lowercase();
    text.starts_with("optional") || text.ends_with("optional")
}

/// Keys without a value that are not optional, in order.
#[must_use]
pub fn required_keys(text: &str) -> Vec<String> {
    let optional = optional_keys(text);
    let entries = EnvFile::parse(text).entries();
    entries.into_iter().filter(|(key, value)| value.is_empty() && !optional.contains(key)).map(|(key, _)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_a_value_are_required_unless_they_are_optional() {
        let text = "A=\nB=1\n# optional\nC=\nD= # Optional: only for mail\nE=\"\"\n# not needed, optional\nF=\n";
        assert_eq!(required_keys(text), ["A", "E"]);
        assert_eq!(optional_keys(text).into_iter().collect::<Vec<_>>(), ["C", "D", "F"]);
    }
}
