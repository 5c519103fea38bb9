//! One message to a person, and the bag that collects them.

use super::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run cannot do what was asked.
    Error,
    /// The run goes on; somebody should look.
    Warning,
}

/// What went wrong, where, why, and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Fixed short text, without values.
    pub summary: String,
    /// What happened and why, in sentences.
    pub detail: String,
    /// What to do about it, when that is known.
    pub help: Option<String>,
    /// The exact place.
    pub subject: Option<Span>,
    /// A wider place that gives the subject sense (the block around it).
    pub context: Option<Span>,
    /// The resource or module the message is about, when there is no place or beside it.
    pub address: Option<String>,
    /// Names and (never sensitive) values that explain the failure.
    pub values: Vec<(String, String)>,
    /// The object whose own condition does not hold: `var.x`, `output.x`, `check.x`, an instance.
    pub condition_of: Option<String>,
}

impl Diagnostic {
    fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic {
            severity,
            summary: summary.into(),
            detail: detail.into(),
            help: None,
            subject: None,
            context: None,
            address: None,
            values: Vec::new(),
            condition_of: None,
        }
    }

    /// An error.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    /// A warning.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    /// The same as a warning.
    #[must_use]
    pub fn into_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Points at the exact place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.subject = Some(span);
        self
    }

    /// Points at the exact place if there is one and none was set.
    #[must_use]
    pub fn or_at(mut self, span: Option<Span>) -> Self {
        self.subject = self.subject.or(span);
        self
    }

    /// Shows the wider block around the place.
    #[must_use]
    pub fn within(mut self, span: Span) -> Self {
        self.context = Some(span);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the object concerned.
    #[must_use]
    pub fn address(mut self, address: impl ToString) -> Self {
        self.address = Some(address.to_string());
        self
    }

    /// Adds a name and its displayed value.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.push((name.into(), value.into()));
        self
    }

    /// Says that this reports a condition of an object that does not hold, and names the object.
    #[must_use]
    pub fn condition_of(mut self, object: impl ToString) -> Self {
        self.condition_of = Some(object.to_string());
        self.address(object)
    }

    /// Whether this is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Diagnostics in the order in which they were found; nothing is dropped but exact repeats, and what another one explains.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Keeps those of which this is true: one that another one explains may go.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.0.retain(keep);
    }

    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, unless the very same is there already.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Diagnostics) {
        other.0.into_iter().for_each(|d| self.push(d));
    }

    /// Whether any is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// `Err(self)` when there is an error, otherwise the value and the warnings.
    ///
    /// # Errors
    /// All diagnostics, warnings included, when one of them is an error.
    pub fn into_result<T>(self, value: T) -> Result<(T, Diagnostics), Diagnostics> {
        if self.has_errors() { Err(self) } else { Ok((value, self)) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(d: Diagnostic) -> Self {
        Diagnostics(vec![d])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        let mut all = Diagnostics::new();
        iter.into_iter().for_each(|d| all.push(d));
        all
    }
}
