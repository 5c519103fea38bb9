//! Files of `name=value` lines, read as a shell would read them, but never run.
//!
//! Quotes, comments, `export` and references to names set before (`$NAME`, `${NAME}`) mean what
//! they mean in a shell. Whatever a shell would execute is an error. Messages name lines, never
//! values.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// A line that is no assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub line: usize,
    pub message: &'static str,
}

/// Reads a file. `environ` is where names come from that the file itself does not set.
pub(super) fn parse(text: &str, environ: &BTreeMap<String, String>) -> (Vec<Entry>, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Lines { chars: text.chars().peekable(), line: 1, environ, entries: Vec::new() };
    let mut problems = Vec::new();
    while reader.chars.peek().is_some() {
        let line = reader.line;
        if let Err(message) = reader.statement() {
            problems.push(Problem { line, message });
            reader.skip_line();
        }
    }
    (reader.entries, problems)
}

const NO_ASSIGNMENT: &str = "this is not an assignment; only name=value lines are read, nothing is run";
const RUNS: &str = "a shell would run a command here; write the value itself, or put it in single quotes";
const UNSET: &str = "this refers to a name that is not set before; in single quotes a $ stands for itself";

struct Lines<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    environ: &'a BTreeMap<String, String>,
    entries: Vec<Entry>,
}

type Step<T> = Result<T, &'static str>;

impl Lines<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next();
        if c == Some('\n') {
            self.line += 1;
        }
        c
    }

    fn skip_blanks(&mut self) {
        while matches!(self.chars.peek(), Some(' ' | '\t' | '\r')) {
            self.next();
        }
    }

    fn skip_line(&mut self) {
        while !matches!(self.next(), None | Some('\n')) {}
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.chars.peek().copied().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
            self.next();
        }
        name
    }

    /// An assignment, an empty line or a comment, with its line end.
    fn statement(&mut self) -> Step<()> {
        self.skip_blanks();
        match self.chars.peek() {
            None => return Ok(()),
            Some('\n') => {
                self.next();
                return Ok(());
            }
            Some('#') => {
                self.skip_line();
                return Ok(());
            }
            _ => {}
        }
        let line = self.line;
        let mut name = self.name();
        let exported = name == "export" && matches!(self.chars.peek(), Some(' ' | '\t'));
        if exported {
            self.skip_blanks();
            name = self.name();
        }
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(NO_ASSIGNMENT);
        }
        match self.chars.peek() {
            Some('=') => {
                self.next();
                let value = self.value()?;
                self.end_of_statement()?;
                self.entries.push(Entry { name, value, line });
                Ok(())
            }
            Some(' ' | '\t') if !exported => Err("no space may stand before the = sign, and commands are not run"),
            _ if exported => self.end_of_statement(),
            _ => Err(NO_ASSIGNMENT),
        }
    }

    fn end_of_statement(&mut self) -> Step<()> {
        let spaced = matches!(self.chars.peek(), Some(' ' | '\t' | '\r'));
        self.skip_blanks();
        match self.chars.peek() {
            None => Ok(()),
            Some('\n' | ';') => {
                self.next();
                Ok(())
            }
            Some('#') if spaced => {
                self.skip_line();
                Ok(())
            }
            _ => Err("more text follows the value; put a value with spaces in quotes"),
        }
    }

    /// Adjacent quoted and bare pieces, as a shell joins them.
    fn value(&mut self) -> Step<String> {
        let mut value = String::new();
        loop {
            match self.chars.peek().copied() {
                None | Some('\n' | ' ' | '\t' | ';') => return Ok(value),
                Some('\r') => {
                    self.next();
                    if !matches!(self.chars.peek(), None | Some('\n')) {
                        value.push('\r');
                    }
                }
                Some('\'') => self.single_quoted(&mut value)?,
                Some('"') => self.double_quoted(&mut value)?,
                Some('\\') => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c) => value.push(c),
                    }
                }
                Some('$') => self.reference(&mut value)?,
                Some('`' | '&' | '|' | '<' | '>' | '(' | ')') => return Err(RUNS),
                Some(c) => {
                    value.push(c);
                    self.next();
                }
            }
        }
    }

    fn single_quoted(&mut self, value: &mut String) -> Step<()> {
        self.next();
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some(c) => value.push(c),
                None => return Err("the single quote is not closed"),
            }
        }
    }

    fn double_quoted(&mut self, value: &mut String) -> Step<()> {
        self.next();
        loop {
            match self.chars.peek().copied() {
                None => return Err("the double quote is not closed"),
                Some('"') => {
                    self.next();
                    return Ok(());
                }
                Some('`') => return Err(RUNS),
                Some('$') => self.reference(value)?,
                Some('\\') => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c @ ('"' | '\\' | '$' | '`')) => value.push(c),
                        Some(c) => value.extend(['\\', c]),
                    }
                }
                Some(c) => {
                    value.push(c);
                    self.next();
                }
            }
        }
    }

    /// `$NAME`, `${NAME}`; a `$` before anything else stands for itself.
    fn reference(&mut self, value: &mut String) -> Step<()> {
        self.next();
        let name = match self.chars.peek().copied() {
            Some('(') => return Err(RUNS),
            Some('{') => {
                self.next();
                let name = self.name();
                if self.next() != Some('}') {
                    return Err("only ${NAME} is read here, without operators; in single quotes a $ stands for itself");
                }
                name
            }
            Some(c) if c.is_ascii_alphanumeric() || c == '_' => self.name(),
            Some('?' | '!' | '#' | '@' | '*' | '-' | '$') => return Err(UNSET),
            _ => {
                value.push('$');
                return Ok(());
            }
        };
        let set = self.entries.iter().rev().find(|e| e.name == name).map(|e| e.value.as_str());
        let found = set.or_else(|| self.environ.get(&name).map(String::as_str)).ok_or(UNSET)?;
        value.push_str(found);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::collections::BTreeMap;

    fn environ() -> BTreeMap<String, String> {
        BTreeMap::from([("HOME".to_string(), "/home/u".to_string())])
    }

    fn values(text: &str) -> Vec<(String, String)> {
        let (entries, problems) = parse(text, &environ());
        assert_eq!(problems, [], "{text}");
        entries.into_iter().map(|e| (e.name, e.value)).collect()
    }

    fn value(text: &str) -> String {
        let all = values(text);
        assert_eq!(all.len(), 1, "{text}");
        all[0].1.clone()
    }

    #[test]
    fn what_a_shell_would_assign() {
        for (text, want) in [
            ("A=b", "b"),
            ("export A=b", "b"),
            ("  export \t A=b  ", "b"),
            ("A=", ""),
            ("A=''", ""),
            ("A='a b # $x `y`'", "a b # $x `y`"),
            ("A=\"a b # \\$x \\\"q\\\" \\\\ \\n\"", "a b # $x \"q\" \\ \\n"),
            ("A=a#b # comment", "a#b"),
            ("A=x\"y z\"'w'v", "xy zwv"),
            ("A=a\\ b", "a b"),
            ("A='two\nlines'", "two\nlines"),
            ("A=\"one \\\nline\"", "one line"),
            ("A=b\r\n", "b"),
            ("\u{feff}A=b", "b"),
            ("A=b;", "b"),
            ("A=5$", "5$"),
            ("A=a=b==", "a=b=="),
            ("A=$HOME/x", "/home/u/x"),
            ("A=\"${HOME}x\"", "/home/ux"),
            ("A=ünï", "ünï"),
        ] {
            assert_eq!(value(text), want, "{text:?}");
        }
        assert_eq!(values("# c\n\nA=1\nexport A\nB=$A$A\n").len(), 2);
        assert_eq!(values("A=1\nB=${A}2")[1].1, "12");
    }

    #[test]
    fn what_a_shell_would_run_is_a_problem_of_its_line() {
        for text in [
            "A=1\nB=$(rm -rf /)",
            "A=1\nB=`id`",
            "A=1\nB=\"$(id)\"",
            "A=1\nsource other",
            "A=1\nB = 2",
            "A=1\nB=a b",
            "A=1\nB=$UNSET",
            "A=1\nB=${A:-x}",
            "A=1\nB='open",
            "A=1\nB=\"open",
            "A=1\n9B=1",
            "A=1\n=x",
            "A=1\nset -a",
            "A=1\nB=a&b",
        ] {
            let (entries, problems) = parse(text, &environ());
            assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [2], "{text:?}");
            assert_eq!(entries.len(), 1, "{text:?}");
        }
    }

    #[test]
    fn a_bad_line_does_not_hide_the_next() {
        let (entries, problems) = parse("one two\nA=1\nB=$(x)\nC=3\n", &environ());
        assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(entries.iter().map(|e| (e.name.as_str(), e.line)).collect::<Vec<_>>(), [("A", 2), ("C", 4)]);
    }
}
