//! Names and numbers, each text and each operand stored once where it comes up again and again.
//!
//! Configuration repeats itself: `var`, `local`, types and arguments come by the hundred thousand. A table of
//! fixed size remembers the last name of each slot, so that a text without repetition costs one comparison more.

use crate::syntax::ast::ExprKind;
use crate::value::Number;
use std::sync::Arc;

/// Slots of the table: a power of two.
const SLOTS: usize = 1024;

/// Remembers names.
pub(super) struct Names {
    slots: Vec<Option<Known>>,
}

struct Known {
    name: Arc<str>,
    /// The name as a variable, or the number, once it was one.
    operand: Option<Arc<ExprKind>>,
}

impl Names {
    /// An empty table; it is filled with the first name.
    pub fn new() -> Names {
        Names { slots: Vec::new() }
    }

    /// The shared form of a name.
    pub fn get(&mut self, name: &str) -> Arc<str> {
        self.known(name).map_or_else(|| name.into(), |known| known.name.clone())
    }

    /// The shared form of a name that stands for a variable.
    pub fn variable(&mut self, name: &str) -> Arc<ExprKind> {
        let Some(known) = self.known(name) else { return Arc::new(ExprKind::Variable(name.into())) };
        known.operand.get_or_insert_with(|| Arc::new(ExprKind::Variable(known.name.clone()))).clone()
    }

    /// The shared form of a number; `None` when the text is none.
    pub fn number(&mut self, text: &str) -> Option<Arc<ExprKind>> {
        if let Some(Known { operand: Some(known), .. }) = self.known(text) {
            return Some(known.clone());
        }
        let number = Arc::new(ExprKind::Number(Number::parse(text)?));
        if let Some(known) = self.known(text) {
            known.operand = Some(number.clone());
        }
        Some(number)
    }

    /// What a bare name means as an operand.
    pub fn operand(&mut self, name: &str) -> Arc<ExprKind> {
        match name {
            "true" => Arc::new(ExprKind::Bool(true)),
            "false" => Arc::new(ExprKind::Bool(false)),
            "null" => Arc::new(ExprKind::Null),
            _ => self.variable(name),
        }
    }

    fn known(&mut self, name: &str) -> Option<&mut Known> {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let slot = self.slots.get_mut(slot(name))?;
        if slot.as_ref().is_some_and(|known| known.name.as_ref() != name) {
            *slot = None;
        }
        Some(slot.get_or_insert_with(|| Known { name: name.into(), operand: None }))
    }
}

/// FNV-1a, folded.
fn slot(name: &str) -> usize {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    ((hash >> 16) ^ hash) as usize & (SLOTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_was_asked_for_and_shared_where_they_repeat() {
        let mut names = Names::new();
        let all: Vec<String> = (0..5000).map(|i| format!("name_{i}")).collect();
        assert!(all.iter().all(|name| names.get(name).as_ref() == name));
        let (first, again) = (names.get("tags"), names.get("tags"));
        assert!(Arc::ptr_eq(&first, &again));
        assert!(Arc::ptr_eq(&names.variable("tags"), &names.operand("tags")));
        assert!(matches!(&*names.variable("null"), ExprKind::Variable(name) if name.as_ref() == "null"));
        assert!(matches!(&*names.operand("null"), ExprKind::Null));
    }
}
