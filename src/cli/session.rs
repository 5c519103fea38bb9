//! What a run of the program has: style, sources, redaction, environment; and its way to print.

use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::report::json::Line;
use crate::report::{Style, render_diagnostics};
use crate::secret::Redactor;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

/// One run.
pub struct Session {
    /// Colours and width.
    pub style: Style,
    /// Standard input and output are a terminal.
    pub interactive: bool,
    /// All sources read, for snippets.
    pub sources: Arc<SourceMap>,
    /// Masks secrets in every line printed.
    pub redactor: Arc<Redactor>,
    /// The process's environment, read once.
    pub env: BTreeMap<String, String>,
    /// Only summaries of warnings.
    pub compact_warnings: std::sync::atomic::AtomicBool,
    /// Standard output carries a stream of JSON objects (`-json`); text for people is left out.
    pub json: bool,
}

/// Writes a line of the stream to standard output, secrets masked.
pub fn write_line(line: &Line, redactor: &Redactor) {
    let now = crate::clock::Clock::now(&crate::clock::SystemClock).to_string();
    let text = redactor.redact(&line.text(&now)) + "\n";
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

impl Session {
    /// A session for this process.
    #[must_use]
    pub fn new(env: BTreeMap<String, String>, no_color: bool) -> Self {
        let out = std::io::stdout().is_terminal();
        let set = |name: &str| env.get(name).is_some_and(|v| !v.is_empty());
        let color = out && !no_color && !set("NO_COLOR") && env.get("TERM").is_none_or(|t| t != "dumb");
        let automation = set("TF_IN_AUTOMATION") || env.get("TF_INPUT").is_some_and(|v| v == "0" || v == "false");
        let interactive = out && std::io::stdin().is_terminal() && !automation;
        Session {
            style: Style { color, show_sensitive: false, width: 0 },
            interactive,
            sources: SourceMap::new(),
            redactor: Arc::new(Redactor::new()),
            env,
            compact_warnings: false.into(),
            json: false,
        }
    }

    /// From here on standard output carries a stream of JSON objects.
    pub fn stream(&mut self) {
        self.json = true;
        self.interactive = false;
        self.style.color = false;
        self.line(&Line::version(env!("CARGO_PKG_VERSION"), &format!("{}.0", crate::config::LANGUAGE_LEVEL)));
    }

    /// Writes a line of the stream, secrets masked; nothing without `-json`.
    pub fn line(&self, line: &Line) {
        if self.json {
            write_line(line, &self.redactor);
        }
    }

    /// Sets `-compact-warnings`.
    pub fn compact(&self, on: bool) {
        self.compact_warnings.store(on, std::sync::atomic::Ordering::Relaxed);
    }

    /// Prints to standard output, secrets masked. A closed pipe is not an error.
    pub fn out(&self, text: &str) {
        if self.json {
            return;
        }
        let _ = std::io::stdout().write_all(self.redactor.redact(text).as_bytes());
        let _ = std::io::stdout().flush();
    }

    /// Prints as it is: what the user asked for by name.
    pub fn raw(&self, text: &str) {
        let _ = std::io::stdout().write_all(text.as_bytes());
        let _ = std::io::stdout().flush();
    }

    /// Prints to standard error, secrets masked.
    pub fn err(&self, text: &str) {
        if self.json {
            self.line(&Line::log(text));
            return;
        }
        let _ = std::io::stderr().write_all(self.redactor.redact(text).as_bytes());
    }

    /// Prints diagnostics to standard error.
    pub fn report(&self, diags: &Diagnostics) {
        if self.json {
            diags.iter().for_each(|d| self.line(&Line::diagnostic(d, &self.sources)));
            return;
        }
        if diags.is_empty() {
            return;
        }
        let compact = self.compact_warnings.load(std::sync::atomic::Ordering::Relaxed);
        let warnings = diags.iter().filter(|d| !d.is_error()).count();
        if compact && warnings > 0 {
            let errors: Diagnostics = diags.iter().filter(|d| d.is_error()).cloned().collect();
            for d in diags.iter().filter(|d| !d.is_error()) {
                self.err(&format!("warning: {}\n", d.summary));
            }
            self.err(&render_diagnostics(&errors, &self.sources, &self.style));
            return;
        }
        self.err(&render_diagnostics(diags, &self.sources, &self.style));
    }

    /// Asks for "yes". Without a terminal: an error that names the flag which answers.
    ///
    /// # Errors
    /// When nobody can be asked.
    pub fn confirm(&self, question: &str, flag: &str) -> Result<bool, Diagnostic> {
        if !self.interactive {
            let detail = format!("{question} This needs an answer, and there is no terminal to ask on.");
            return Err(Diagnostic::error("No terminal to ask on", detail).help(format!("Add {flag} to answer yes.")));
        }
        self.out(&format!("{}\nOnly \"yes\" is taken as yes: ", self.style.bold(question)));
        let mut answer = String::new();
        let _ = std::io::stdin().read_line(&mut answer);
        self.out("\n");
        Ok(answer.trim() == "yes")
    }

    /// Asks for a name to be typed. To be called where there is a terminal.
    #[must_use]
    pub fn type_name(&self, question: &str, name: &str) -> bool {
        self.out(&format!("{}\nThe environment is protected. Type its name, {name}, to go on: ", self.style.bold(question)));
        let mut answer = String::new();
        let _ = std::io::stdin().read_line(&mut answer);
        self.out("\n");
        answer.trim() == name
    }
}
