//! The body of a change: attribute by attribute, element by element, what it was and will be.

use super::lines::Lines;
use crate::plan::diff::WRITE_ONLY;
use crate::report::Mark;
use crate::report::value::{inline, key, placeholder, quoted};
use crate::schema::{BlockSchema, Note, Replace};
use crate::value::{Path, Repr, Value};

/// Causes of replacement and notes, by path.
pub(super) struct Remarks<'a> {
    pub replace: &'a [Replace],
    pub notes: &'a [Note],
}

impl Remarks<'_> {
    /// Whether the place is a write-only argument that is given.
    fn write_only(&self, path: &Path) -> bool {
        self.notes.iter().any(|n| n.text == WRITE_ONLY && n.path == *path)
    }

    /// What to write behind the line of a path.
    fn of(&self, path: &Path) -> String {
        let mut parts = Vec::new();
        if let Some(cause) = self.replace.iter().find(|r| r.path == *path) {
            let reason = cause.reason.as_ref().map(|r| format!(": {r}")).unwrap_or_default();
            parts.push(format!("# forces replacement{reason}"));
        }
        parts.extend(self.notes.iter().filter(|n| n.path == *path).map(|n| format!("# {}", n.text)));
        parts.join(" ")
    }
}

/// Before and after of one place. `None` is "there is no such thing", unlike null.
#[derive(Clone, Copy)]
pub(super) struct Pair<'v> {
    pub before: Option<&'v Value>,
    pub after: Option<&'v Value>,
}

impl<'v> Pair<'v> {
    fn absent(value: Option<&Value>) -> bool {
        value.is_none_or(|v| v.is_null() && !v.marks().is_sensitive())
    }
    /// Neither side has anything.
    fn is_nothing(self) -> bool {
        Self::absent(self.before) && Self::absent(self.after)
    }
    fn is_same(self) -> bool {
        match (self.before, self.after) {
            (Some(b), Some(a)) => b.unmark_deep().0 == a.unmark_deep().0 && a.is_wholly_known(),
            _ => false,
        }
    }
    fn mark(self) -> Mark {
        match (Self::absent(self.before), Self::absent(self.after)) {
            (true, _) => Mark::Add,
            (false, true) => Mark::Remove,
            (false, false) if self.is_same() => Mark::Same,
            _ => Mark::Change,
        }
    }
    fn member(self, name: &str) -> Pair<'v> {
        Pair { before: self.before.and_then(|v| v.get(name)), after: self.after.and_then(|v| v.get(name)) }
    }
}

/// Shown although unchanged: they say which object it is.
const IDENTITY: [&str; 2] = ["id", "name"];

/// All attributes and blocks of an object.
pub(super) fn block(lines: &mut Lines<'_>, depth: usize, schema: &BlockSchema, pair: Pair<'_>, path: &Path, remarks: &Remarks<'_>) {
    let shown = |n: &str| {
        let p = pair.member(n);
        remarks.write_only(&path.then(n))
            || !p.is_nothing() && (!p.is_same() || (depth == 1 && IDENTITY.contains(&n)) || !remarks.of(&path.then(n)).is_empty())
    };
    let width = schema.attrs.keys().filter(|n| shown(n)).map(|n| n.len()).max().unwrap_or(0);
    let mut hidden = 0;
    for (name, attribute) in &schema.attrs {
        if attribute.as_blocks && matches!(pair.member(name).after.map(Value::repr), Some(Repr::Unknown { .. })) && pair.before.is_none() {
            lines.line(depth, Mark::Add, &format!("{name:width$} = (known after apply)"), "");
        } else if remarks.write_only(&path.then(name.clone())) {
            lines.line(depth, pair.mark(), &format!("{name:width$} = (write-only attribute)"), "");
        } else if shown(name) {
            attr(lines, depth, &format!("{name:width$} = "), pair.member(name), &path.then(name.clone()), remarks);
        } else if !pair.member(name).is_nothing() {
            hidden += 1;
        }
    }
    lines.hidden(depth, hidden, "attribute");
    nested_blocks(lines, depth, schema, pair, path, remarks);
}

fn nested_blocks(lines: &mut Lines<'_>, depth: usize, schema: &BlockSchema, pair: Pair<'_>, path: &Path, remarks: &Remarks<'_>) {
    let mut hidden = 0;
    for (name, nested) in &schema.blocks {
        let here = path.then(name.clone());
        let both = pair.member(name);
        if both.after.is_some_and(Value::is_unknown) {
            lines.line(depth, both.mark(), &format!("{name} (known after apply)"), &remarks.of(&here));
            continue;
        }
        for (i, element) in elements(both).into_iter().enumerate() {
            if element.is_same() {
                hidden += 1;
                continue;
            }
            let at = if nested.nesting == crate::schema::Nesting::Single { here.clone() } else { here.index(i) };
            lines.line(depth, element.mark(), &format!("{name} {{"), &remarks.of(&here));
            block(lines, depth + 1, &nested.block, element, &at, remarks);
            lines.line(depth, Mark::Same, "}", "");
        }
    }
    lines.hidden(depth, hidden, "block");
}

/// Pairs the elements of two collections: lists by position, sets by equality.
fn elements(pair: Pair<'_>) -> Vec<Pair<'_>> {
    let as_items = |v: Option<&'_ Value>| -> Vec<Value> { v.and_then(Value::items).map(<[Value]>::to_vec).unwrap_or_default() };
    let single = |v: Option<&Value>| v.is_some_and(|v| matches!(v.repr(), Repr::Object(_)));
    if single(pair.before) || single(pair.after) {
        return if pair.is_nothing() { vec![] } else { vec![pair] };
    }
    let is_set = |v: Option<&Value>| v.is_some_and(|v| matches!(v.repr(), Repr::Set(..)));
    let before = pair.before.and_then(Value::items).unwrap_or(&[]);
    let after = pair.after.and_then(Value::items).unwrap_or(&[]);
    if is_set(pair.before) || is_set(pair.after) {
        let (b, a) = (as_items(pair.before), as_items(pair.after));
        let kept = before.iter().filter(|v| a.contains(v)).map(|v| Pair { before: Some(v), after: Some(v) });
        let gone = before.iter().filter(|v| !a.contains(v)).map(|v| Pair { before: Some(v), after: None });
        let come = after.iter().filter(|v| !b.contains(v)).map(|v| Pair { before: None, after: Some(v) });
        return kept.chain(gone).chain(come).collect();
    }
    (0..before.len().max(after.len())).map(|i| Pair { before: before.get(i), after: after.get(i) }).collect()
}

/// One attribute, element or map entry; `label` is written in front of the value.
pub(super) fn attr(lines: &mut Lines<'_>, depth: usize, label: &str, pair: Pair<'_>, path: &Path, remarks: &Remarks<'_>) {
    let remark = remarks.of(path);
    let mark = pair.mark();
    if let Some(text) = masked(pair, lines) {
        lines.line(depth, mark, &format!("{label}{text}"), &remark);
        return;
    }
    if open(pair) {
        let (left, right) = brackets(pair);
        lines.line(depth, mark, &format!("{label}{left}"), &remark);
        inside(lines, depth + 1, pair, path, remarks);
        let end = if mark == Mark::Remove { format!("{right} -> null") } else { right.to_string() };
        lines.line(depth, Mark::Same, &end, "");
        return;
    }
    if let Some((old, new)) = long_texts(pair) {
        lines.line(depth, mark, &format!("{label}<<-EOT"), &remark);
        text_diff(lines, depth + 1, old, new);
        lines.line(depth, Mark::Same, "EOT", "");
        return;
    }
    let show = |v: Option<&Value>| v.map_or("null".to_string(), |v| inline(v, lines.style));
    let text = match mark {
        Mark::Add | Mark::Same => show(pair.after),
        Mark::Remove => format!("{} -> null", show(pair.before)),
        _ => format!("{} -> {}", show(pair.before), show(pair.after)),
    };
    lines.line(depth, mark, &format!("{label}{text}"), &remark);
}

/// A sensitive side masks the whole place; it still says whether the value changes.
fn masked(pair: Pair<'_>, lines: &Lines<'_>) -> Option<&'static str> {
    let hides = |v: Option<&Value>| v.is_some_and(|v| v.marks().is_sensitive() && placeholder(v, lines.style) == Some("(sensitive value)"));
    if !hides(pair.before) && !hides(pair.after) {
        return None;
    }
    Some(match (pair.mark(), pair.after.is_some_and(Value::is_unknown)) {
        (Mark::Add, _) => "(sensitive value)",
        (Mark::Remove, _) => "(sensitive value) -> null",
        (_, true) => "(sensitive value) -> (known after apply)",
        _ => "(sensitive value, changed)",
    })
}

fn is_open(value: Option<&Value>) -> bool {
    value.is_some_and(|v| v.children().next().is_some() && !v.marks().is_sensitive())
}

/// Whether to show the inside line by line.
fn open(pair: Pair<'_>) -> bool {
    if pair.after.is_some_and(Value::is_unknown) {
        return false;
    }
    is_open(pair.after)
        || (is_open(pair.before) && Pair::absent(pair.after))
        || (is_open(pair.before) && pair.after.is_some_and(|a| a.items().is_some() || a.members().is_some()))
}

fn brackets(pair: Pair<'_>) -> (&'static str, &'static str) {
    let listed = pair.after.filter(|v| !v.is_null()).or(pair.before).is_some_and(|v| v.items().is_some());
    if listed { ("[", "]") } else { ("{", "}") }
}

fn inside(lines: &mut Lines<'_>, depth: usize, pair: Pair<'_>, path: &Path, remarks: &Remarks<'_>) {
    let members = |v: Option<&Value>| v.and_then(Value::members).cloned().unwrap_or_default();
    let (before, after) = (members(pair.before), members(pair.after));
    let mut hidden = 0;
    if before.is_empty() && after.is_empty() {
        for (i, element) in elements(pair).into_iter().enumerate() {
            if element.is_same() {
                hidden += 1;
            } else {
                attr(lines, depth, "", element, &path.index(i), remarks);
            }
        }
        lines.hidden(depth, hidden, "element");
        return;
    }
    let is_map = matches!(pair.after.filter(|v| !v.is_null()).or(pair.before).map(Value::repr), Some(Repr::Map(..)));
    let spell = |k: &str| if is_map { quoted(k) } else { key(k) };
    let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let width = names.iter().map(|k| spell(k).len()).max().unwrap_or(0);
    for name in names {
        let entry = Pair { before: before.get(name), after: after.get(name) };
        if entry.is_nothing() {
            continue;
        }
        if entry.is_same() {
            hidden += 1;
            continue;
        }
        attr(lines, depth, &format!("{:width$} = ", spell(name)), entry, &path.then(name.clone()), remarks);
    }
    lines.hidden(depth, hidden, "element");
}

/// Texts of several lines are compared line by line.
fn long_texts(pair: Pair<'_>) -> Option<(&str, &str)> {
    let before = plain_text(pair.before)?;
    let after = plain_text(pair.after)?;
    let long = |t: Option<&str>| t.is_some_and(|t| t.trim_end().contains('\n'));
    (long(before) || long(after)).then_some((before.unwrap_or(""), after.unwrap_or("")))
}

/// `Some(None)`: nothing there; `None`: not text.
#[allow(clippy::option_option)]
fn plain_text(value: Option<&Value>) -> Option<Option<&str>> {
    match value {
        Some(v) if !v.is_null() => v.as_str().map(Some),
        _ => Some(None),
    }
}

fn text_diff(lines: &mut Lines<'_>, depth: usize, old: &str, new: &str) {
    let diff = similar::TextDiff::from_lines(old, new);
    for change in diff.iter_all_changes() {
        let mark = match change.tag() {
            similar::ChangeTag::Insert => Mark::Add,
            similar::ChangeTag::Delete => Mark::Remove,
            similar::ChangeTag::Equal => Mark::Same,
        };
        lines.line(depth, mark, change.value().trim_end_matches('\n'), "");
    }
}
