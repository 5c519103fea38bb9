//! What one `.env` file says of itself: syntax, duplicates, placeholders, optional keys.

use super::finding::{Finding, Rule};
use crate::app::env_file::{EnvFile, is_key};
use crate::app::required::optional_keys;
use crate::ops::looks::placeholder;
use std::collections::{BTreeMap, BTreeSet};

/// An env file that was read.
#[derive(Clone, Debug)]
pub struct EnvText {
    /// Path, for reports.
    pub path: String,
    /// Keys with the value that counts and its line (from 1).
    pub keys: BTreeMap<String, (String, usize)>,
    /// Keys marked `# optional`, on the line or alone above it.
    pub optional: BTreeSet<String>,
    /// What is wrong with the file by itself.
    pub problems: Vec<Finding>,
}

impl EnvText {
    /// Reads a file. Bytes that are no text are a problem of their own.
    #[must_use]
    pub fn read(path: &str, bytes: &[u8]) -> EnvText {
        let mut out = EnvText { path: path.into(), keys: BTreeMap::new(), optional: BTreeSet::new(), problems: Vec::new() };
        let Ok(text) = std::str::from_utf8(bytes) else {
            let line = bytes.split(|b| *b == b'\n').position(|l| std::str::from_utf8(l).is_err()).map(|at| at + 1);
            out.problems.push(Finding::new(Rule::Syntax, path, line, None, "it is not UTF-8 text"));
            return out;
        };
        out.optional = optional_keys(text);
        let file = EnvFile::parse(text);
        let lines: Vec<&str> = text.lines().collect();
        let mut covered = BTreeSet::new();
        for (key, value, range) in file.located_entries() {
            let line = range.start + 1;
            covered.extend(range.clone());
            out.assignment(&key, value, line);
        }
        for (at, line) in lines.iter().enumerate().filter(|(at, _)| !covered.contains(at)) {
            let trimmed = line.trim();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                out.problems.push(Finding::new(Rule::Syntax, path, Some(at + 1), None, "this line is no assignment"));
            }
        }
        out
    }

    fn assignment(&mut self, key: &str, value: String, line: usize) {
        let path = self.path.clone();
        if !is_key(key) {
            self.problems.push(Finding::new(
                Rule::Syntax,
                &path,
                Some(line),
                Some(key),
                format!("{key} is no name that a shell can export"),
            ));
        }
        if value.starts_with(['"', '\'']) && value.len() > 1 && !value.ends_with(value.chars().next().unwrap_or('"')) {
            self.problems.push(Finding::new(Rule::Syntax, &path, Some(line), Some(key), format!("the quote of {key} is not closed")));
        }
        if let Some((_, first)) = self.keys.insert(key.to_string(), (value, line)) {
            self.problems.push(Finding::new(
                Rule::Duplicate,
                &path,
                Some(line),
                Some(key),
                format!("{key} stands on line {first} already"),
            ));
        }
    }

    /// Values that stand for others.
    #[must_use]
    pub fn placeholders(&self) -> Vec<Finding> {
        let found = self.keys.iter().filter_map(|(key, (value, line))| Some((key, line, placeholder(value)?)));
        found
            .map(|(key, line, why)| {
                Finding::new(Rule::Placeholder, &self.path, Some(*line), Some(key), format!("the value of {key} is not real: {why}"))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_tells_its_mistakes_with_their_lines() {
        let text = "A=1\n# a comment\nnot an assignment\nB=\"open\nA=2\nC= # optional\n# optional\nD=\nE.F=1\nG=changeme\n";
        let read = EnvText::read(".env", text.as_bytes());
        let found: Vec<(&str, Option<usize>)> = read.problems.iter().map(|f| (f.rule.id(), f.line)).collect();
        assert!(found.contains(&("syntax", Some(3))) && found.contains(&("syntax", Some(4))), "{:?}", read.problems);
        assert!(found.contains(&("duplicate", Some(5))) && found.contains(&("syntax", Some(9))), "{:?}", read.problems);
        assert_eq!(read.optional.iter().map(String::as_str).collect::<Vec<_>>(), ["C", "D"]);
        assert_eq!(read.placeholders().first().and_then(|f| f.line), Some(10));
        assert_eq!(EnvText::read(".env", b"A=1\n\xff\n").problems.first().and_then(|f| f.line), Some(2));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = EnvText::read("x", &bytes).placeholders();
        }
    }
}
