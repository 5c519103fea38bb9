//! Outputs, as changes in a plan and as values after an apply.

use super::body::{Pair, Remarks, attr};
use super::lines::Lines;
use crate::plan::OutputChange;
use crate::report::{Style, pretty};
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

/// `name = value`, collections with one element a line as `tofu output` prints them; sensitive ones masked.
#[must_use]
pub fn outputs_text(outputs: &BTreeMap<Name, Value>, style: &Style) -> String {
    let shown = |v: &Value| match v.marks().is_sensitive() {
        true if !style.show_sensitive => "<sensitive>".to_string(),
        _ if style.show_sensitive => pretty(&v.unmark_deep().0),
        _ => pretty(v),
    };
    outputs.iter().map(|(n, v)| format!("{n} = {}\n", shown(v))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    /// As `terraform output` 1.11 prints them, which shares this code with OpenTofu.
    #[test]
    fn outputs_have_an_element_a_line() {
        let list = Value::list(Type::String, vec![Value::string("a"), Value::string("b")]);
        let object = Value::object([("k".into(), Value::tuple(vec![Value::int(1)]))].into_iter().collect());
        let outputs =
            BTreeMap::from([(Name::from("l"), list), ("longer_name".into(), object), ("s".into(), Value::string("hush").sensitive())]);
        let want = "l = tolist([\n  \"a\",\n  \"b\",\n])\nlonger_name = {\n  \"k\" = [\n    1,\n  ]\n}\ns = <sensitive>\n";
        assert_eq!(outputs_text(&outputs, &Style::default()), want);
        let shown = outputs_text(&outputs, &Style { show_sensitive: true, ..Style::default() });
        assert!(shown.ends_with("s = \"hush\"\n"), "{shown}");
    }
}
