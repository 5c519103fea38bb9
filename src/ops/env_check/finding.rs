//! What `env check` finds.

/// What kind of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A file that holds secrets is in git.
    SecretInGit,
    /// A line that is no assignment.
    Syntax,
    /// A required key has no value, or an application's file has none for it.
    Empty,
    /// A key of the sample is not there.
    Missing,
    /// A key is there that the sample has not.
    Undeclared,
    /// A key is assigned twice.
    Duplicate,
    /// A value stands for one that is still to be written.
    Placeholder,
    /// Nothing reads a key.
    Unused,
}

impl Rule {
    /// Its id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Rule::SecretInGit => "secret-in-git",
            Rule::Syntax => "syntax",
            Rule::Empty => "empty",
            Rule::Missing => "missing",
            Rule::Undeclared => "undeclared",
            Rule::Duplicate => "duplicate",
            Rule::Placeholder => "placeholder",
            Rule::Unused => "unused",
        }
    }

    /// What to do.
    #[must_use]
    pub fn fix(self) -> &'static str {
        match self {
            Rule::SecretInGit => {
                "Take it out of git (git rm --cached), ignore it, and change the secret: it stays in the history. A sample with empty values may stay."
            }
            Rule::Syntax => "Write NAME=value, or begin the line with #.",
            Rule::Empty => "Give it a value, set it in the file block, or write \"# optional\" behind it in the sample.",
            Rule::Missing => "Add it, or take it out of the sample.",
            Rule::Undeclared => "Add it to the sample, so that others know of it, or remove it.",
            Rule::Duplicate => "Keep one: readers disagree on which counts.",
            Rule::Placeholder => "Write the real value.",
            Rule::Unused => "Remove it, or write \"# optional\" behind it when something outside this tree reads it.",
        }
    }
}

/// One finding. No message holds a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind.
    pub rule: Rule,
    /// The file: in the working copy, `app web: PATH`, or `host web: PATH`.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The key.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(rule: Rule, file: &str, line: Option<usize>, key: Option<&str>, message: impl Into<String>) -> Self {
        Finding { rule, file: file.into(), line, key: key.map(String::from), message: message.into() }
    }
}
