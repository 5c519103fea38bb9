//! Colours and markers, and the switch that turns colours off.

use anstyle::{AnsiColor, Style as Ansi};

/// How to write for this reader.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Write ANSI colours.
    pub color: bool,
    /// Show sensitive values (`-show-sensitive`).
    pub show_sensitive: bool,
    /// Columns of the terminal; 0 is unknown.
    pub width: usize,
}

/// What happens to an object, an attribute or an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `+`
    Add,
    /// `-`
    Remove,
    /// `~`
    Change,
    /// `-/+`
    Replace,
    /// `+/-`
    ReplaceCreateFirst,
    /// `<=`
    Read,
    /// `.`
    Forget,
    /// blank
    Same,
}

impl Mark {
    /// Three columns, right-aligned as people know them from plans.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Mark::Add => "  +",
            Mark::Remove => "  -",
            Mark::Change => "  ~",
            Mark::Replace => "-/+",
            Mark::ReplaceCreateFirst => "+/-",
            Mark::Read => " <=",
            Mark::Forget => "  .",
            Mark::Same => "   ",
        }
    }

    fn ansi(self) -> Ansi {
        let color = match self {
            Mark::Add => AnsiColor::Green,
            Mark::Remove => AnsiColor::Red,
            Mark::Change => AnsiColor::Yellow,
            Mark::Replace | Mark::ReplaceCreateFirst => AnsiColor::Magenta,
            Mark::Read => AnsiColor::Cyan,
            Mark::Forget | Mark::Same => return Ansi::new(),
        };
        Ansi::new().fg_color(Some(color.into()))
    }
}

impl Style {
    /// Text in an ANSI style, plain without colours.
    #[must_use]
    pub fn paint(&self, ansi: Ansi, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{ansi}{text}{ansi:#}") } else { text.to_string() }
    }
    /// The marker in its colour.
    #[must_use]
    pub fn mark(&self, mark: Mark) -> String {
        self.paint(mark.ansi(), mark.text())
    }
    /// Text in the colour of a marker.
    #[must_use]
    pub fn tint(&self, mark: Mark, text: &str) -> String {
        self.paint(mark.ansi(), text)
    }
    /// Bold text.
    #[must_use]
    pub fn bold(&self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }
    /// Text that stays in the background.
    #[must_use]
    pub fn dim(&self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }
    /// Text that warns.
    #[must_use]
    pub fn alert(&self, text: &str) -> String {
        self.paint(Ansi::new().fg_color(Some(AnsiColor::Red.into())), text)
    }
    /// Good news.
    #[must_use]
    pub fn good(&self, text: &str) -> String {
        self.paint(Ansi::new().fg_color(Some(AnsiColor::Green.into())).bold(), text)
    }
}
