//! Writes marked, indented lines.

use crate::report::{Mark, Style};

/// Collects the lines of one change.
pub(super) struct Lines<'a> {
    pub style: &'a Style,
    marked: bool,
    out: String,
}

impl<'a> Lines<'a> {
    pub fn new(style: &'a Style) -> Self {
        Lines { style, marked: true, out: String::new() }
    }

    /// Lines without markers: nothing changes.
    pub fn unmarked(style: &'a Style) -> Self {
        Lines { marked: false, ..Self::new(style) }
    }

    /// A line at a depth (4 columns each), with a marker in front and a remark behind.
    pub fn line(&mut self, depth: usize, mark: Mark, text: &str, remark: &str) {
        let indent = "    ".repeat(depth);
        let mark = if self.marked { self.style.mark(mark) } else { "   ".into() };
        let remark = if remark.is_empty() { String::new() } else { format!(" {}", self.style.alert(remark)) };
        let line = format!("{indent}{mark} {text}{remark}");
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// A remark that says how much is not shown.
    pub fn hidden(&mut self, depth: usize, count: usize, what: &str) {
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            let text = self.style.dim(&format!("# ({count} unchanged {what}{plural} hidden)"));
            self.line(depth, Mark::Same, &text, "");
        }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }
}
