//! The one rewriting step that state addresses pass: `moved` blocks, and the move between an
//! address without key and `[0]` when `count` comes or goes.

use crate::addr::{InstanceAddr, InstanceKey, Mode, ModuleInstance, ModulePath, ResourceAddr, ResourceInstanceParent};
use crate::config::{Config, Moved};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::eval::{instance_key, static_traversal};
use crate::state::State;
use crate::value::Step;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a `moved` block names, relative to its module.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    modules: Vec<(Arc<str>, Option<InstanceKey>)>,
    resource: Option<(Arc<str>, Arc<str>, Option<InstanceKey>)>,
}

/// The state with new addresses, and where each moved object was before.
pub(super) fn rewrite(state: &State, config: &Config, diags: &mut Diagnostics) -> (State, BTreeMap<InstanceAddr, InstanceAddr>) {
    let mut state = state.clone();
    let mut moves = BTreeMap::new();
    for (path, module) in &config.modules {
        for block in &module.moved {
            match (place(&block.from), place(&block.to)) {
                (Some(from), Some(to)) if from.resource.is_some() == to.resource.is_some() => {
                    explicit(&mut state, path, &from, &to, &mut moves);
                }
                _ => diags.push(unclear(block)),
            }
        }
    }
    implied(&mut state, config, &mut moves);
    follow(&mut state, &moves);
    (state, moves)
}

/// Objects go on depending on what moved: where nothing is left at the old address, the new one takes its place.
fn follow(state: &mut State, moves: &BTreeMap<InstanceAddr, InstanceAddr>) {
    let left: BTreeSet<ResourceAddr> = state.resources.keys().map(ResourceInstanceParent::config_addr).collect();
    let renamed: BTreeMap<ResourceAddr, ResourceAddr> = moves
        .iter()
        .map(|(to, from)| (from.config_addr(), to.config_addr()))
        .filter(|(from, to)| from != to && !left.contains(from))
        .collect();
    if renamed.is_empty() {
        return;
    }
    for resource in state.resources.values_mut() {
        for instance in resource.instances.values_mut() {
            for object in instance.current.iter_mut().chain(instance.deposed.values_mut()) {
                for dependency in &mut object.dependencies {
                    if let Some(now) = renamed.get(dependency) {
                        *dependency = now.clone();
                    }
                }
            }
        }
    }
}

fn unclear(block: &Moved) -> Diagnostic {
    let detail = "\"from\" and \"to\" must both name a resource (aws_vpc.a, module.m.aws_vpc.a[\"k\"]) or both a module (module.m).";
    Diagnostic::error("Invalid moved block", detail).at(block.span)
}

fn place(expr: &crate::syntax::Expr) -> Option<Place> {
    let found = static_traversal(expr)?;
    let mut steps = vec![Step::Attr(found.root)];
    steps.extend(found.steps);
    let mut at = steps.into_iter().peekable();
    let mut place = Place { modules: Vec::new(), resource: None };
    while let Some(Step::Attr(name)) = at.next() {
        let Some(Step::Attr(second)) = at.next() else { return None };
        let key = at.next_if(|s| matches!(s, Step::Index(_))).and_then(|s| match s {
            Step::Index(k) => instance_key(&k),
            Step::Attr(_) => None,
        });
        if name.as_ref() == "module" {
            place.modules.push((second, key));
        } else {
            place.resource = Some((name, second, key));
            return at.next().is_none().then_some(place);
        }
    }
    (!place.modules.is_empty()).then_some(place)
}

fn explicit(state: &mut State, path: &ModulePath, from: &Place, to: &Place, moves: &mut BTreeMap<InstanceAddr, InstanceAddr>) {
    let all: Vec<InstanceAddr> = state.instances().map(|(a, ..)| a).collect();
    for addr in all {
        if let Some(target) = moved_to(&addr, path, from, to) {
            relocate(state, &addr, &target, moves);
        }
    }
}

/// The new address of an object that `from` covers, in whatever instance of the module it lies.
fn moved_to(addr: &InstanceAddr, path: &ModulePath, from: &Place, to: &Place) -> Option<InstanceAddr> {
    let steps = &addr.resource.module.0;
    let depth = path.0.len();
    let (base, below) = (steps.get(..depth)?, steps.get(depth..)?);
    if !base.iter().zip(&path.0).all(|((n, _), p)| n == p) {
        return None;
    }
    let inside = below.get(..from.modules.len())?;
    let rest = below.get(from.modules.len()..)?;
    let matches = inside.iter().zip(&from.modules).all(|((n, k), (m, wanted))| n == m && wanted.as_ref().is_none_or(|w| w == k));
    if !matches {
        return None;
    }
    let mut module: Vec<(Arc<str>, InstanceKey)> = base.to_vec();
    for (i, (name, key)) in to.modules.iter().enumerate() {
        // Without a key on either side the instance keeps its key; a key on one side changes it.
        let same = from.modules.get(i).is_some_and(|(_, k)| k.is_none()) && key.is_none();
        let old = inside.get(i).map(|(_, k)| k.clone()).filter(|_| same).unwrap_or_default();
        module.push((name.clone(), key.clone().unwrap_or(old)));
    }
    match (&from.resource, &to.resource) {
        (Some((kind, name, key)), Some((new_kind, new_name, new_key))) => {
            let r = &addr.resource;
            let fits = rest.is_empty() && r.mode == Mode::Managed && r.kind == *kind && r.name == *name;
            if !fits
                || key.as_ref().is_some_and(|k| *k != addr.key)
                || (key.is_none() && new_key.is_some() && addr.key != InstanceKey::None)
            {
                return None;
            }
            let target_key = match (key, new_key) {
                (_, Some(new)) => new.clone(),
                (None, None) => addr.key.clone(),
                (Some(_), None) => InstanceKey::None,
            };
            let parent =
                ResourceInstanceParent { module: ModuleInstance(module), mode: r.mode, kind: new_kind.clone(), name: new_name.clone() };
            Some(parent.instance(target_key))
        }
        (None, None) => {
            module.extend(rest.iter().cloned());
            let parent = ResourceInstanceParent { module: ModuleInstance(module), ..addr.resource.clone() };
            Some(parent.instance(addr.key.clone()))
        }
        _ => None,
    }
}

/// Adding or removing `count` moves between no key and `[0]`.
fn implied(state: &mut State, config: &Config, moves: &mut BTreeMap<InstanceAddr, InstanceAddr>) {
    let parents: Vec<ResourceInstanceParent> = state.resources.keys().filter(|p| p.mode == Mode::Managed).cloned().collect();
    for parent in parents {
        let addr = parent.config_addr();
        let Some(resource) = config.modules.get(&addr.module).and_then(|m| m.resources.get(&addr)) else { continue };
        let (plain, first) = (parent.instance(InstanceKey::None), parent.instance(InstanceKey::Int(0)));
        if resource.count.is_some() {
            relocate(state, &plain, &first, moves);
        } else if resource.for_each.is_none() {
            relocate(state, &first, &plain, moves);
        }
    }
}

/// Moves an instance, if it is there and its new address is free.
fn relocate(state: &mut State, from: &InstanceAddr, to: &InstanceAddr, moves: &mut BTreeMap<InstanceAddr, InstanceAddr>) {
    if from == to || state.instance(to).is_some() {
        return;
    }
    let Some(resource) = state.resources.get_mut(&from.resource) else { return };
    let provider = resource.provider.clone();
    let Some(instance) = resource.instances.remove(&from.key) else { return };
    if resource.instances.is_empty() {
        state.resources.remove(&from.resource);
    }
    *state.instance_mut(to, &provider) = instance;
    let origin = moves.remove(from).unwrap_or_else(|| from.clone());
    moves.insert(to.clone(), origin);
}
