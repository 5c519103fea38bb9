//! What recovery found, in words.

use super::merge::Placed;
use crate::addr::InstanceAddr;
use crate::store::JournalEntry;
use jiff::Timestamp;
use std::time::Duration;

/// What became of something that a former run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// It was made and is the object at its address now.
    Adopted,
    /// It was made, and the address has another object: it will be destroyed.
    Superfluous,
    /// It was destroyed.
    Destroyed,
    /// It was changed.
    Changed,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which object.
    pub addr: InstanceAddr,
    /// What became of it.
    pub kind: FindingKind,
    /// How long before the run's last sign of life it was begun.
    pub before_end: Option<Duration>,
}

impl Finding {
    /// The finding as a sentence; `done` false: as it will be.
    #[must_use]
    pub fn text(&self, done: bool) -> String {
        let before = self.before_end.map(|d| format!("{} s before the previous run ended", d.as_secs()));
        let when = |verb: &str| before.as_ref().map_or_else(|| format!("{verb} by a previous run"), |b| format!("{verb} {b}"));
        let addr = &self.addr;
        match (self.kind, done) {
            (FindingKind::Adopted, true) => format!("adopted {addr}, {}", when("created")),
            (FindingKind::Adopted, false) => format!("would adopt {addr}, {}", when("created")),
            (FindingKind::Superfluous, _) => {
                format!("{addr} was {}, and another object has its address: it will be destroyed", when("created"))
            }
            (FindingKind::Destroyed, _) => format!("{addr} was {}", when("destroyed")),
            (FindingKind::Changed, _) => format!("{addr} was {}", when("changed")),
        }
    }
}

pub(super) fn of(entry: &JournalEntry, placed: Placed, last: Option<Timestamp>) -> Option<Finding> {
    let kind = match placed {
        Placed::Known => return None,
        Placed::Current => FindingKind::Adopted,
        Placed::Deposed => FindingKind::Superfluous,
        Placed::Removed => FindingKind::Destroyed,
        Placed::Updated => FindingKind::Changed,
    };
    let before_end = last.and_then(|last| Duration::try_from(last.duration_since(entry.at)).ok());
    Some(Finding { addr: entry.intent.addr.clone(), kind, before_end })
}
