//! Which instances an address means, and taking them out.

use crate::addr::{InstanceAddr, InstanceKey, ModuleInstance, Target};
use crate::diag::Diagnostic;
use crate::state::State;

/// Whether an instance is what the address names: itself, one of the resource's, or something in
/// the module (a module without a key means all of its instances) or below it.
#[must_use]
pub fn covers(target: &Target, addr: &InstanceAddr) -> bool {
    match target {
        Target::Module(module) => is_inside(module, &addr.resource.module),
        Target::Resource(resource) => addr.resource == *resource,
        Target::Instance(instance) => addr == instance,
    }
}

fn is_inside(outer: &ModuleInstance, inner: &ModuleInstance) -> bool {
    let Some(((last, last_key), above)) = outer.0.split_last() else { return true };
    let Some((name, key)) = inner.0.get(above.len()) else { return false };
    inner.0.starts_with(above) && name == last && (*last_key == InstanceKey::None || key == last_key)
}

/// The instances that each address names, in the order of the state, none twice; and the
/// addresses that name nothing.
#[must_use]
pub fn select<'t>(state: &State, targets: &'t [Target]) -> (Vec<InstanceAddr>, Vec<&'t Target>) {
    let all: Vec<InstanceAddr> = state.instances().map(|(addr, ..)| addr).collect();
    let found = all.iter().filter(|addr| targets.iter().any(|t| covers(t, addr))).cloned().collect();
    let empty = targets.iter().filter(|t| !all.iter().any(|addr| covers(t, addr))).collect();
    (found, empty)
}

/// Takes instances out, their replaced objects included, and references to what is gone then.
pub fn remove(state: &mut State, addrs: &[InstanceAddr]) {
    for addr in addrs {
        if let Some(resource) = state.resources.get_mut(&addr.resource) {
            resource.instances.remove(&addr.key);
            state.prune(addr);
        }
    }
    state.drop_lost_references();
}

/// The message for an address that names nothing in the state.
#[must_use]
pub fn no_match(target: &Target) -> Diagnostic {
    let detail = match target {
        Target::Module(module) => format!("The state holds nothing in {module}."),
        Target::Resource(resource) => format!("The state holds no object at {resource}."),
        Target::Instance(instance) => format!("The state holds no object at {instance}."),
    };
    Diagnostic::error("Not in the state", detail).help("`envctl state list` shows what is there.")
}
