//! Moving objects to other addresses.
//!
//! OpenTofu forgets the dependencies of whatever depended on a moved object; we rewrite them, so
//! that a destroy before the next apply still goes in the right order.

use super::no_match;
use crate::addr::{InstanceAddr, InstanceKey, Mode, ModuleInstance, ResourceAddr, ResourceInstanceParent, Target};
use crate::diag::Diagnostic;
use crate::state::{ResourceState, State};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that moved: a module instance, a resource or an instance, by its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where it was.
    pub from: String,
    /// Where it is now.
    pub to: String,
}

/// Moves a module, a resource or an instance, by the rules of `tofu state mv`: a module goes to a
/// module address, a resource with `count` or `for_each` to a resource, an instance to an
/// instance; mode and type stay; nothing may lie at the target. A module without a key means its
/// only instance, or all of them, which keep their keys.
///
/// # Errors
/// What cannot be moved, and why; the state is unchanged then.
pub fn move_objects(state: &mut State, from: &Target, to: &Target) -> Result<Vec<Moved>, Diagnostic> {
    let (moved, renamed) = match (from, to, instance_of(from), instance_of(to)) {
        (Target::Module(from), Target::Module(to), ..) => modules(state, from, to)?,
        (_, _, Some(source), Some(target)) => objects(state, from, to, &source, &target)?,
        (_, Target::Module(to), ..) => return Err(invalid(format!("{} is no module, and {to} is one.", text(from)))),
        _ => return Err(invalid(format!("{} is a module, and {} is not.", text(from), text(to)))),
    };
    rename_dependencies(state, &renamed);
    Ok(moved)
}

/// A resource without a key as its only instance; `None` for a module.
fn instance_of(target: &Target) -> Option<InstanceAddr> {
    match target {
        Target::Module(_) => None,
        Target::Resource(resource) => Some(resource.instance(InstanceKey::None)),
        Target::Instance(instance) => Some(instance.clone()),
    }
}

/// What each static address became.
type Renamed = BTreeMap<ResourceAddr, BTreeSet<ResourceAddr>>;

fn invalid(detail: String) -> Diagnostic {
    Diagnostic::error("Invalid move", detail).help("Move a module to a module, a resource to a resource, an instance to an instance.")
}

fn taken(to: &impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error("The target is taken", format!("The state holds something at {to} already."))
        .help("Remove or move that first; `envctl state list` shows what is there.")
}

fn text(target: &Target) -> String {
    match target {
        Target::Module(m) => m.to_string(),
        Target::Resource(r) => r.to_string(),
        Target::Instance(i) => i.to_string(),
    }
}

fn modules(state: &mut State, from: &ModuleInstance, to: &ModuleInstance) -> Result<(Vec<Moved>, Renamed), Diagnostic> {
    let mut sources: BTreeMap<ModuleInstance, ModuleInstance> = exact(state, from, to);
    if sources.is_empty() {
        sources = every_instance(state, from, to);
    }
    if sources.is_empty() {
        return Err(no_match(&Target::Module(from.clone())));
    }
    for target in sources.values() {
        if state.resources.keys().any(|r| r.module == *target && !sources.contains_key(&r.module)) {
            return Err(taken(target));
        }
    }
    let mut renamed = Renamed::new();
    let mut moving = Vec::new();
    for (source, target) in &sources {
        let inside: Vec<ResourceInstanceParent> = state.resources.keys().filter(|r| r.module == *source).cloned().collect();
        for old in inside {
            let new = ResourceInstanceParent { module: target.clone(), ..old.clone() };
            renamed.entry(old.config_addr()).or_default().insert(new.config_addr());
            moving.extend(state.resources.remove(&old).map(|r| (new, r)));
        }
    }
    state.resources.extend(moving);
    let moved = sources.iter().map(|(a, b)| Moved { from: a.to_string(), to: b.to_string() }).collect();
    Ok((moved, renamed))
}

/// Module instances at and below `from`, and where each goes.
fn exact(state: &State, from: &ModuleInstance, to: &ModuleInstance) -> BTreeMap<ModuleInstance, ModuleInstance> {
    let place = |module: &ModuleInstance| {
        let below = module.0.strip_prefix(from.0.as_slice())?;
        Some((module.clone(), ModuleInstance(to.0.iter().chain(below).cloned().collect())))
    };
    state.resources.keys().filter_map(|r| place(&r.module)).collect()
}

/// `module.a` where only `module.a[..]` exist: all of them, keys kept.
fn every_instance(state: &State, from: &ModuleInstance, to: &ModuleInstance) -> BTreeMap<ModuleInstance, ModuleInstance> {
    let (Some(((name, InstanceKey::None), above)), Some(((target, InstanceKey::None), target_above))) =
        (from.0.split_last(), to.0.split_last())
    else {
        return BTreeMap::new();
    };
    let keys: BTreeSet<&InstanceKey> = state
        .resources
        .keys()
        .filter(|r| r.module.0.starts_with(above))
        .filter_map(|r| r.module.0.get(above.len()).filter(|(n, _)| n == name).map(|(_, key)| key))
        .collect();
    let with = |above: &[_], name, key: &InstanceKey| ModuleInstance(above.to_vec()).child(name, key.clone());
    keys.into_iter().flat_map(|key| exact(state, &with(above, name, key), &with(target_above, target, key))).collect()
}

fn objects(
    state: &mut State,
    from: &Target,
    to: &Target,
    source: &InstanceAddr,
    target: &InstanceAddr,
) -> Result<(Vec<Moved>, Renamed), Diagnostic> {
    let Some(resource) = state.resources.get(&source.resource) else { return Err(no_match(from)) };
    same_kind(&source.resource, &target.resource)?;
    let whole = matches!(from, Target::Resource(_)) && !resource.instances.contains_key(&InstanceKey::None);
    let moved = if whole {
        if matches!(to, Target::Instance(_)) {
            return Err(invalid(format!("{} has several instances, and {target} is one.", source.resource)));
        }
        whole_resource(state, &source.resource, &target.resource)?
    } else {
        one_instance(state, source, target)?
    };
    let renamed = Renamed::from([(source.config_addr(), BTreeSet::from([target.config_addr()]))]);
    Ok((vec![moved], renamed))
}

fn same_kind(from: &ResourceInstanceParent, to: &ResourceInstanceParent) -> Result<(), Diagnostic> {
    if from.mode == Mode::Ephemeral || to.mode == Mode::Ephemeral {
        return Err(invalid(format!("{from} or {to} is ephemeral: such objects are never in a state.")));
    }
    if from.mode != to.mode {
        return Err(invalid(format!("{from} and {to}: a managed resource cannot become a data source, nor the other way round.")));
    }
    if from.kind != to.kind {
        return Err(invalid(format!("{from} and {to} have different types.")));
    }
    Ok(())
}

fn whole_resource(state: &mut State, from: &ResourceInstanceParent, to: &ResourceInstanceParent) -> Result<Moved, Diagnostic> {
    if state.resources.contains_key(to) {
        return Err(taken(to));
    }
    if let Some(resource) = state.resources.remove(from) {
        state.resources.insert(to.clone(), resource);
    }
    Ok(Moved { from: from.to_string(), to: to.to_string() })
}

fn one_instance(state: &mut State, from: &InstanceAddr, to: &InstanceAddr) -> Result<Moved, Diagnostic> {
    if state.instance(to).is_some() {
        return Err(taken(to));
    }
    let missing = || no_match(&Target::Instance(from.clone()));
    let source = state.resources.get_mut(&from.resource).ok_or_else(missing)?;
    let instance = source.instances.remove(&from.key).ok_or_else(missing)?;
    let (provider, extra) = (source.provider.clone(), source.extra.clone());
    let fresh = || ResourceState { provider, instances: BTreeMap::new(), extra };
    state.resources.entry(to.resource.clone()).or_insert_with(fresh).instances.insert(to.key.clone(), instance);
    state.prune(from);
    Ok(Moved { from: from.to_string(), to: to.to_string() })
}

/// Dependencies follow what they name; an old address that still has objects stays in the list.
fn rename_dependencies(state: &mut State, renamed: &Renamed) {
    let left: BTreeSet<ResourceAddr> = state.resources.keys().map(ResourceInstanceParent::config_addr).collect();
    let objects = state.resources.values_mut().flat_map(|r| r.instances.values_mut());
    for object in objects.flat_map(|i| i.current.iter_mut().chain(i.deposed.values_mut())) {
        if !object.dependencies.iter().any(|d| renamed.contains_key(d)) {
            continue;
        }
        let mut all: BTreeSet<ResourceAddr> = object.dependencies.iter().flat_map(|d| renamed.get(d)).flatten().cloned().collect();
        all.extend(object.dependencies.iter().filter(|d| left.contains(d) || !renamed.contains_key(d)).cloned());
        object.dependencies = all.into_iter().collect();
    }
}
