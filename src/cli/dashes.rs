//! Go-style flags: one dash or two, as people's scripts write them.
//!
//! clap knows long flags with two dashes only; every `-name` longer than one letter gets its
//! second dash here. What follows `--` is left alone.

use std::ffi::OsString;

/// Arguments with every long flag spelt with two dashes.
#[must_use]
pub fn normalise(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut literal = false;
    args.into_iter()
        .map(|arg| {
            literal = literal || arg == "--";
            match arg.to_str() {
                Some(text) if !literal && is_long(text) => OsString::from(format!("-{text}")),
                _ => arg,
            }
        })
        .collect()
}

/// `-out`, `-var=x`, but not `-C`, `-v`, `-`, `--out` or `-1`.
fn is_long(text: &str) -> bool {
    let Some(name) = text.strip_prefix('-') else { return false };
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    first && chars.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Splits `TF_CLI_ARGS` as a shell would: blanks separate, quotes and backslashes protect.
///
/// # Errors
/// When a quote is not closed.
pub fn split_words(text: &str) -> Result<Vec<OsString>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(q) = quote {
        return Err(format!("a quote ({q}) is not closed in: {text}"));
    }
    words.extend(word);
    Ok(words.into_iter().map(OsString::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_flags_get_their_second_dash() {
        let given = ["-out=x", "-var", "a=b", "-C", "d", "--json", "-v", "-", "-5", "--", "-raw"];
        let want = ["--out=x", "--var", "a=b", "-C", "d", "--json", "-v", "-", "-5", "--", "-raw"];
        assert_eq!(normalise(given.map(OsString::from)), want.map(OsString::from));
    }

    #[test]
    fn words_are_split_like_a_shell_does() {
        assert_eq!(split_words(r#"-var "a=b c" -lock=false 'x y'\ z"#).unwrap(), ["-var", "a=b c", "-lock=false", "x y z"]);
        assert!(split_words("\"open").is_err());
    }
}
