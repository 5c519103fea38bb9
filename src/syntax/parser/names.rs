//! Names, each text stored once where it comes up again and again.
//!
//! Configuration repeats itself: `var`, `local`, types and arguments come by the hundred thousand. A table of
//! fixed size remembers the last name of each slot, so that a text without repetition costs one comparison more.

use std::sync::Arc;

/// Slots of the table: a power of two.
const SLOTS: usize = 1024;

/// Remembers names.
pub(super) struct Names {
    slots: Vec<Option<Arc<str>>>,
}

impl Names {
    /// An empty table; it is filled with the first name.
    pub fn new() -> Names {
        Names { slots: Vec::new() }
    }

    /// The shared form of a name.
    pub fn get(&mut self, name: &str) -> Arc<str> {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let Some(slot) = self.slots.get_mut(slot(name)) else { return name.into() };
        match slot {
            Some(known) if known.as_ref() == name => known.clone(),
            _ => slot.insert(name.into()).clone(),
        }
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
    }
}
