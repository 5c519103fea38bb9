//! The planned object while a type's rules adjust it.

use super::ProviderFacts;
use crate::value::{Members, Path, Repr, Step, Type, Value};

/// A reason to replace the object instead of updating it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replace {
    /// The attribute that forces it.
    pub path: Path,
    /// In words, where the attribute alone does not say it.
    pub reason: Option<String>,
}

/// A remark for the reader of the plan, at an attribute ("STOP-START: the instance is stopped and
/// started", "NO EFFECT: ...").
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The attribute.
    pub path: Path,
    /// The remark.
    pub text: String,
}

/// What a type's rules see and change while planning one object.
pub struct DiffDraft<'a> {
    /// The configuration, nulls where nothing is written, unknowns possible.
    pub config: &'a Value,
    /// The object as it is; `None` when it will be created (also by a replacement).
    pub prior: Option<&'a Value>,
    /// The object as it shall be; starts as configuration merged with prior computed values.
    pub planned: Value,
    /// What the provider configuration knows.
    pub provider: &'a ProviderFacts,
    /// Reasons to replace found so far.
    pub replace: Vec<Replace>,
    /// Remarks found so far.
    pub notes: Vec<Note>,
}

impl DiffDraft<'_> {
    /// The planned value at a dotted path (`root_block_device.0.volume_size`).
    #[must_use]
    pub fn planned(&self, path: &str) -> Option<&Value> {
        self.planned.at(&Path::parse(path))
    }
    /// The prior value at a dotted path.
    #[must_use]
    pub fn prior(&self, path: &str) -> Option<&Value> {
        self.prior.and_then(|p| p.at(&Path::parse(path)))
    }
    /// The configured value at a dotted path, `None` where nothing is written.
    #[must_use]
    pub fn configured(&self, path: &str) -> Option<&Value> {
        self.config.at(&Path::parse(path)).filter(|v| !v.is_null())
    }
    /// Whether the object is being created.
    #[must_use]
    pub fn is_create(&self) -> bool {
        self.prior.is_none()
    }
    /// Whether an existing object's value at the path changes (unknown counts as a change).
    #[must_use]
    pub fn changes(&self, path: &str) -> bool {
        let plain = |v: Option<&Value>| v.map(|v| v.unmark_deep().0);
        self.prior.is_some() && plain(self.prior(path)) != plain(self.planned(path))
    }
    /// Replaces the planned value at a dotted path; a path that does not exist is left alone.
    pub fn set(&mut self, path: &str, value: Value) {
        self.planned = set_at(&self.planned, &Path::parse(path).0, value);
    }
    /// Makes the planned value at a dotted path unknown, keeping its type.
    pub fn set_unknown(&mut self, path: &str) {
        let ty = self.planned(path).map_or(Type::Dynamic, Value::ty);
        self.set(path, Value::unknown(ty));
    }
    /// Asks for replacement because of the attribute at the path.
    pub fn require_replace(&mut self, path: &str, reason: Option<&str>) {
        let replace = Replace { path: Path::parse(path), reason: reason.map(str::to_string) };
        if !self.replace.contains(&replace) {
            self.replace.push(replace);
        }
    }
    /// Adds a remark at the path.
    pub fn note(&mut self, path: &str, text: impl Into<String>) {
        self.notes.push(Note { path: Path::parse(path), text: text.into() });
    }
}

/// `value` with the part at `steps` replaced.
fn set_at(value: &Value, steps: &[Step], new: Value) -> Value {
    let Some((step, rest)) = steps.split_first() else { return new };
    match (value.repr(), step) {
        (Repr::Object(m), Step::Attr(n)) => Value::object(set_member(m, n, rest, new)).mark(value.marks()),
        (Repr::Map(t, m), Step::Attr(n)) => Value::map(t.clone(), set_member(m, n, rest, new)).mark(value.marks()),
        (Repr::List(..) | Repr::Tuple(_), Step::Index(crate::value::Key::Int(i))) => {
            let mut at = -1i64;
            let mut new = Some(new);
            value.map_children(&mut |child| {
                at += 1;
                if at == *i { new.take().map_or_else(|| child.clone(), |n| set_at(child, rest, n)) } else { child.clone() }
            })
        }
        _ => value.clone(),
    }
}

fn set_member(members: &Members, name: &str, rest: &[Step], new: Value) -> Members {
    let mut members = members.clone();
    if let Some(old) = members.get(name) {
        let value = set_at(old, rest, new);
        members.insert(name.into(), value);
    }
    members
}
