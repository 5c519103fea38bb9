//! Marking an object to be replaced, and taking the mark away.

use crate::addr::{InstanceAddr, Mode};
use crate::diag::Diagnostic;
use crate::state::{ObjectState, State, Status};

/// Why an object could not be marked.
#[derive(Clone, Debug, PartialEq)]
pub enum Missing {
    /// It is not in the state: `-allow-missing` makes a warning of it.
    Absent(Diagnostic),
    /// It is there, and still not possible.
    Impossible(Diagnostic),
}

const NONE: &str = "No such object";

fn object<'s>(state: &'s mut State, addr: &InstanceAddr) -> Result<&'s mut ObjectState, Missing> {
    let absent = |why: &str| {
        let help = "`envctl state list` shows what is there; what is new in the configuration has to be applied first.";
        Missing::Absent(Diagnostic::error(NONE, format!("The state holds no object at {addr}{why}.")).help(help))
    };
    if state.resources.is_empty() {
        return Err(absent(": it holds none at all"));
    }
    let instance = state.resources.get_mut(&addr.resource).and_then(|r| r.instances.get_mut(&addr.key)).ok_or_else(|| absent(""))?;
    instance.current.as_mut().ok_or_else(|| {
        let detail = format!("{addr} is in the middle of a replacement: its old object waits to be destroyed, the new one is not made.");
        Missing::Impossible(Diagnostic::error(NONE, detail).help("Run `envctl apply` to finish the replacement."))
    })
}

/// The next plan replaces the object. `false`: it was tainted already.
///
/// # Errors
/// When there is no such object, or it is not a managed one.
pub fn taint(state: &mut State, addr: &InstanceAddr) -> Result<bool, Missing> {
    if addr.resource.mode != Mode::Managed {
        let detail = format!("{addr} is not managed: there is nothing to replace.");
        return Err(Missing::Impossible(Diagnostic::error("It cannot be tainted", detail).help("Name a managed resource instance.")));
    }
    let object = object(state, addr)?;
    let changed = object.status != Status::Tainted;
    object.status = Status::Tainted;
    Ok(changed)
}

/// The object counts as complete again.
///
/// # Errors
/// When there is no such object, or it is not tainted.
pub fn untaint(state: &mut State, addr: &InstanceAddr) -> Result<(), Missing> {
    let object = object(state, addr)?;
    if object.status != Status::Tainted {
        let detail = format!("{addr} is not tainted.");
        return Err(Missing::Impossible(Diagnostic::error("Nothing to untaint", detail).help("Nothing was changed.")));
    }
    object.status = Status::Ready;
    Ok(())
}
