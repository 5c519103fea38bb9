//! Lines for the console: from a pipe as they come, on a terminal with editing and a history.

use super::session::Session;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Editor, Helper};
use std::io::BufRead;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// So many lines are kept.
const KEPT: usize = 1000;

/// Where expressions come from.
pub enum Input {
    /// One a line.
    Pipe,
    /// A terminal: open brackets go on in the next line.
    Terminal(Box<Editor<Brackets, DefaultHistory>>, Option<PathBuf>),
}

impl Input {
    /// For a session: editing where there is a terminal that can.
    #[must_use]
    pub fn of(session: &Session) -> Input {
        if !session.interactive {
            return Input::Pipe;
        }
        // A line that begins with a space is not kept, as in shells.
        let config = Config::builder().max_history_size(KEPT).map(|b| b.history_ignore_space(true).auto_add_history(true).build());
        let Ok(mut editor) = config.and_then(Editor::<Brackets, DefaultHistory>::with_config) else { return Input::Pipe };
        editor.set_helper(Some(Brackets));
        let place = history_file(&|name| session.env.get(name).cloned());
        if let Some(place) = &place {
            let _ = editor.load_history(place);
        }
        Input::Terminal(Box::new(editor), place)
    }

    /// The next expression; `None` at the end.
    pub fn next(&mut self) -> Option<String> {
        match self {
            Input::Pipe => std::io::stdin().lock().lines().next()?.ok(),
            Input::Terminal(editor, _) => loop {
                match editor.readline("> ") {
                    Ok(line) => return Some(line),
                    Err(ReadlineError::Interrupted) => {}
                    Err(_) => return None,
                }
            },
        }
    }

    /// Keeps the history, readable by its owner alone.
    pub fn close(self) {
        if let Input::Terminal(mut editor, Some(place)) = self
            && let Some(folder) = place.parent()
            && std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).is_ok()
        {
            let _ = editor.append_history(&place);
        }
    }
}

/// `$XDG_STATE_HOME/envctl/console_history`, else below `~/.local/state`.
fn history_file(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|v| Path::new(v).is_absolute()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("envctl").join("console_history"))
}

/// Tells whether an expression goes on.
pub struct Brackets;

impl Validator for Brackets {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if goes_on(ctx.input()) { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Brackets {
    type Candidate = String;
}

impl Hinter for Brackets {
    type Hint = String;
}

impl Highlighter for Brackets {}
impl Helper for Brackets {}

/// Whether a bracket outside of text is still open; an open quote is a mistake of its line.
fn goes_on(text: &str) -> bool {
    let mut open: Vec<char> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if open.last() == Some(&'"') {
            match c {
                '\\' => drop(chars.next()),
                '"' => drop(open.pop()),
                '$' | '%' if chars.peek() == Some(&'{') => {
                    chars.next();
                    open.push('}');
                }
                _ => {}
            }
            continue;
        }
        match c {
            '"' => open.push('"'),
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.last() == Some(&c) => drop(open.pop()),
            ')' | ']' | '}' => return false,
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            _ => {}
        }
    }
    !open.is_empty() && !open.contains(&'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_brackets_go_on() {
        for text in ["[", "{ a = (1", "f(\"x\", [", "[1, # ]", "[\"${a[\"k\"]}\","] {
            assert!(goes_on(text), "{text}");
        }
        for text in ["", "1", "[1]", "\"[\"", "\"(", "[1))", "f(\"\\\"(\")", "[1 # [\n]", "\"${[1]}\"", "{ a = \"b", "\"${f("] {
            assert!(!goes_on(text), "{text}");
        }
    }

    #[test]
    fn the_history_lies_in_the_users_state() {
        let home = |name: &str| (name == "HOME").then(|| "/home/me".to_string());
        assert_eq!(history_file(&home), Some("/home/me/.local/state/envctl/console_history".into()));
        let own = |name: &str| Some(if name == "HOME" { "/home/me" } else { "/s" }.to_string());
        assert_eq!(history_file(&own), Some("/s/envctl/console_history".into()));
        let odd = |name: &str| (name == "HOME").then(|| "here".to_string());
        assert_eq!(history_file(&odd), None);
    }
}
