//! Outputs, as changes in a plan and as values after an apply.

use super::body::{Pair, Remarks, attr};
use super::lines::Lines;
use crate::plan::OutputChange;
use crate::report::Style;
use crate::value::{Name, Path, Value};
use std::collections::BTreeMap;

/// The changed outputs of a plan, nothing when none changes.
pub(super) fn changes(outputs: &BTreeMap<Name, OutputChange>, style: &Style) -> String {
    let changed: Vec<_> = outputs.iter().filter(|(_, o)| o.before != o.after).collect();
    if changed.is_empty() {
        return String::new();
    }
    let width = changed.iter().map(|(n, _)| n.len()).max().unwrap_or(0);
    let mut lines = Lines::new(style);
    for (name, output) in changed {
        let hide = |v: &Option<Value>| v.clone().map(|v| if output.sensitive { v.sensitive() } else { v });
        let (before, after) = (hide(&output.before), hide(&output.after));
        let pair = Pair { before: before.as_ref(), after: after.as_ref() };
        attr(&mut lines, 0, &format!("{name:width$} = "), pair, &Path::default(), &Remarks { replace: &[], notes: &[] });
    }
    format!("Changes to outputs:\n{}\n", lines.finish())
}

/// `name = value` lines; sensitive ones masked.
#[must_use]
pub fn outputs_text(outputs: &BTreeMap<Name, Value>, style: &Style) -> String {
    let width = outputs.keys().map(|n| n.len()).max().unwrap_or(0);
    let line = |(n, v): (&Name, &Value)| format!("{n:width$} = {}\n", crate::report::inline(v, style));
    outputs.iter().map(line).collect()
}
