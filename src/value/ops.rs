//! Operations every layer needs: deep marks, wholly known, normalisation.

use super::{Marks, Members, Repr, Value};
use std::sync::Arc;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// NFC form of a text, shared without a second copy when it is normal already.
pub(super) fn nfc(text: &str) -> Arc<str> {
    if is_nfc(text) { text.into() } else { text.nfc().collect::<String>().into() }
}

impl Value {
    /// Whether neither it nor anything inside is unknown.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match self.repr() {
            Repr::Unknown { .. } => false,
            _ => self.children().all(Value::is_wholly_known),
        }
    }

    /// Direct members or elements.
    pub fn children(&self) -> impl Iterator<Item = &Value> {
        let items = self.items().unwrap_or(&[]).iter();
        let members = self.members().into_iter().flat_map(|m| m.values());
        items.chain(members)
    }

    /// Marks of the value and of everything inside.
    #[must_use]
    pub fn deep_marks(&self) -> Marks {
        self.children().fold(self.marks().clone(), |all, c| all.union(&c.deep_marks()))
    }

    /// The value without any mark anywhere, and all the marks that were there.
    #[must_use]
    pub fn unmark_deep(&self) -> (Value, Marks) {
        let marks = self.deep_marks();
        if marks.is_empty() {
            return (self.clone(), marks);
        }
        (self.strip(), marks)
    }

    fn strip(&self) -> Value {
        let (plain, _) = self.clone().unmark();
        plain.map_children(&mut |v| v.strip())
    }

    /// Rebuilds the value with every direct member or element replaced; marks stay.
    #[must_use]
    pub fn map_children(&self, f: &mut dyn FnMut(&Value) -> Value) -> Value {
        let each = |f: &mut dyn FnMut(&Value) -> Value, v: &[Value]| v.iter().map(f).collect::<Vec<_>>();
        let by_name = |f: &mut dyn FnMut(&Value) -> Value, m: &Members| m.iter().map(|(k, v)| (k.clone(), f(v))).collect::<Members>();
        let rebuilt = match self.repr() {
            Repr::List(t, v) => Value::list(t.clone(), each(f, v)),
            Repr::Set(t, v) => Value::set(t.clone(), each(f, v)),
            Repr::Tuple(v) => Value::tuple(each(f, v)),
            Repr::Map(t, m) => Value::map(t.clone(), by_name(f, m)),
            Repr::Object(m) => Value::object(by_name(f, m)),
            _ => return self.clone(),
        };
        rebuilt.mark(self.marks())
    }

    /// Whether the value or anything inside is sensitive.
    #[must_use]
    pub fn has_sensitive(&self) -> bool {
        self.deep_marks().is_sensitive()
    }
}
