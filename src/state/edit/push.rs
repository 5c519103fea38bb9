//! Whether one state may take the place of another (`state push`, migration, restore).

use crate::diag::Diagnostic;
use crate::state::State;

/// What to do with a state that is to take another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// Both hold the same: nothing to write.
    Same,
    /// To be written with this serial.
    Write {
        /// The file's own; where force was needed, one above both.
        serial: u64,
    },
}

/// Whether two states hold the same objects and outputs; serial, lineage and the tool that wrote
/// them do not count.
#[must_use]
pub fn same_content(a: &State, b: &State) -> bool {
    a.outputs == b.outputs && a.resources == b.resources && a.check_results == b.check_results
}

/// Refuses another lineage, a lower serial, and an equal serial with other content, unless
/// `force`; where nothing is stored, or an empty state, everything may be written.
///
/// # Errors
/// Why it is refused.
pub fn judge_push(stored: Option<&State>, new: &State, force: bool) -> Result<Push, Diagnostic> {
    let own = Push::Write { serial: new.serial };
    let Some(stored) = stored else { return Ok(own) };
    let related = stored.lineage == new.lineage || stored.lineage.is_empty() || new.lineage.is_empty();
    if related && same_content(stored, new) && new.serial == stored.serial {
        return Ok(Push::Same);
    }
    // A serial that goes down would make an older copy of this state look newer than what is stored.
    let above = Push::Write { serial: stored.serial.max(new.serial).saturating_add(1) };
    let empty = stored.resources.is_empty() && stored.outputs.is_empty();
    if !related {
        if force {
            return Ok(above);
        }
        if empty {
            return Ok(own);
        }
        let detail = format!(
            "The stored state has the lineage {}, the new one {}: they belong to different environments.",
            stored.lineage, new.lineage
        );
        return Err(refused(detail));
    }
    if new.serial > stored.serial {
        return Ok(own);
    }
    if force {
        return Ok(above);
    }
    let detail = if new.serial < stored.serial {
        format!("The stored state has serial {}, the new one {}: it is older.", stored.serial, new.serial)
    } else {
        format!("Both states have serial {}, but they hold different things.", stored.serial)
    };
    Err(refused(detail))
}

fn refused(detail: String) -> Diagnostic {
    Diagnostic::error("The state would lose something", detail)
        .help("Look at both (`envctl state pull`). If the new one is right, -force writes it; nothing was changed.")
}
