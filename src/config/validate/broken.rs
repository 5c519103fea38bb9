//! Texts that could not be read completely, and what they may declare.
//!
//! After a syntax error a block can be missing from the tree. References to it are then no mistake
//! of their own, and reporting them would bury the cause.

use crate::diag::{Diagnostics, FileId, SourceMap};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The sources in which loading found errors.
pub(super) struct BrokenTexts(Vec<Arc<str>>);

impl BrokenTexts {
    pub fn of(diags: &Diagnostics, sources: &SourceMap) -> BrokenTexts {
        let files: BTreeSet<FileId> = diags.iter().filter(|d| d.is_error()).filter_map(|d| d.subject).map(|s| s.file).collect();
        BrokenTexts(files.into_iter().map(|f| sources.text(f)).collect())
    }

    /// Whether one of them seems to declare the name: as a quoted label or at the start of a line.
    pub fn may_declare(&self, name: &str) -> bool {
        self.may_label(name) || self.0.iter().any(|text| text.lines().any(|line| assigns(line, name)))
    }

    /// Whether one of them seems to have a block with this label. An assignment is none: what a call
    /// passes is written like one.
    pub fn may_label(&self, name: &str) -> bool {
        let quoted = format!("\"{name}\"");
        self.0.iter().any(|text| text.contains(&quoted))
    }
}

fn assigns(line: &str, name: &str) -> bool {
    line.trim_start().strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
}
