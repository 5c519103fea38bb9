//! The one rewriting step that state addresses pass: `moved` blocks, and the move between an
//! address without key and `[0]` when `count` comes or goes.
//!
//! Blocks may feed each other (a to b, b to c): each runs after those that move something to where
//! it begins, so a chain works from any point of it.

mod endpoint;

use crate::addr::{InstanceAddr, InstanceKey, Mode, ModulePath, ResourceAddr, ResourceInstanceParent};
use crate::config::{Config, Moved};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::graph::Graph;
use crate::plan::eval::{Place, static_place};
use crate::state::State;
use endpoint::{End, ends};
use std::collections::BTreeMap;

/// Where moved objects were before.
type Moves = BTreeMap<InstanceAddr, InstanceAddr>;

/// A block that makes sense.
struct Statement {
    from: End,
    to: End,
    span: Span,
}

/// The state with new addresses, and where each moved object was before.
pub(super) fn rewrite(state: &State, config: &Config, diags: &mut Diagnostics) -> (State, Moves) {
    let mut state = state.clone();
    let mut moves = Moves::new();
    let mut blocked = Vec::new();
    for statement in ordered(statements(config, diags), diags) {
        let all: Vec<InstanceAddr> = state.instances().map(|(a, ..)| a).collect();
        for addr in all {
            let Some(target) = statement.from.moved(&statement.to, &addr) else { continue };
            if !relocate(&mut state, &addr, &target, &mut moves) {
                blocked.push((addr, target, statement.span));
            }
        }
    }
    implied(&mut state, config, &mut moves);
    for (addr, target, span) in blocked {
        let detail = format!("{addr} was to become {target}, but there is an object already; it stays where it is.");
        let help = "Move or remove one of the two with `envctl state mv` or `envctl state rm`; otherwise it will be destroyed.";
        diags.push(Diagnostic::warning("An object could not be moved", detail).at(span).address(&addr).help(help));
    }
    follow(&mut state, &moves);
    (state, moves)
}

fn statements(config: &Config, diags: &mut Diagnostics) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    for (path, module) in &config.modules {
        for block in &module.moved {
            let (Some(from), Some(to)) = (static_place(&block.from), static_place(&block.to)) else {
                diags.push(unclear(block));
                continue;
            };
            if let Some(d) = senseless(config, path, block, &from, &to) {
                diags.push(d);
                continue;
            }
            let (from, to) = ends(path, &from, &to);
            if let Some(d) = ambiguous(&all, &from, &to, block) {
                diags.push(d);
                continue;
            }
            all.push(Statement { from, to, span: block.span });
        }
    }
    all
}

fn unclear(block: &Moved) -> Diagnostic {
    let detail = "\"from\" and \"to\" must both name a resource (aws_vpc.a, module.m.aws_vpc.a[\"k\"]) or both a module (module.m).";
    Diagnostic::error("Invalid moved block", detail).at(block.span)
}

/// Why a block cannot be meant so.
fn senseless(config: &Config, path: &ModulePath, block: &Moved, from: &Place, to: &Place) -> Option<Diagnostic> {
    if from.resource.is_some() != to.resource.is_some() {
        return Some(unclear(block));
    }
    if from == to {
        return Some(Diagnostic::error("Redundant moved block", "\"from\" and \"to\" name the same object.").at(block.span));
    }
    if let (Some((a, ..)), Some((b, ..))) = (&from.resource, &to.resource)
        && a != b
    {
        let detail = format!("An object of type {a} cannot become one of type {b}.");
        return Some(Diagnostic::error("Resource type mismatch", detail).at(block.span));
    }
    let still = match (from.config_addr(path), to.config_addr(path)) {
        (Some(old), Some(new)) => old != new && declared(config, &old) && !from.has_keys(),
        _ => {
            let (old, new) = (from.module(path), to.module(path));
            old != new && config.modules.contains_key(&old) && !from.has_keys()
        }
    };
    still.then(|| {
        let what = from.config_addr(path).map_or_else(|| from.module(path).to_string(), |a| a.to_string());
        let detail = format!("The block says that {what} has another name now, but it is still in the configuration.");
        let d = Diagnostic::error("Moved object still exists", detail).at(block.span);
        d.help("Rename or remove that block, or remove the moved block.")
    })
}

fn declared(config: &Config, addr: &ResourceAddr) -> bool {
    config.modules.get(&addr.module).is_some_and(|m| m.resources.contains_key(addr))
}

fn ambiguous(all: &[Statement], from: &End, to: &End, block: &Moved) -> Option<Diagnostic> {
    let twice = |what: &str, detail: &str| Some(Diagnostic::error(what, detail).at(block.span).help("Remove one of the two blocks."));
    if all.iter().any(|s| s.from == *from && s.to != *to) {
        return twice("Ambiguous moved blocks", "Another block moves the same object somewhere else.");
    }
    if all.iter().any(|s| s.to == *to && s.from != *from) {
        return twice("Ambiguous moved blocks", "Another block moves a different object to the same address.");
    }
    None
}

/// Every statement after those that feed it.
fn ordered(all: Vec<Statement>, diags: &mut Diagnostics) -> Vec<Statement> {
    let mut graph: Graph<usize> = Graph::new();
    let ids: Vec<_> = (0..all.len()).map(|i| graph.add_node(i)).collect();
    for (later, b) in all.iter().enumerate() {
        for (earlier, a) in all.iter().enumerate() {
            if later != earlier
                && a.to.overlaps(&b.from)
                && let (Some(later), Some(earlier)) = (ids.get(later), ids.get(earlier))
            {
                graph.add_edge(*later, *earlier);
            }
        }
    }
    match graph.topological() {
        Ok(order) => {
            let mut all: Vec<Option<Statement>> = all.into_iter().map(Some).collect();
            order.iter().filter_map(|id| all.get_mut(*graph.node(*id)?)?.take()).collect()
        }
        Err(circle) => {
            let span = circle.iter().find_map(|id| all.get(*graph.node(*id)?)).map(|s| s.span);
            let detail = "These moved blocks move objects in a circle, so no address is the last one.";
            diags.push(Diagnostic::error("Cyclic moved blocks", detail).or_at(span).help("Keep the last move alone."));
            Vec::new()
        }
    }
}

/// Adding or removing `count` moves between no key and `[0]`.
fn implied(state: &mut State, config: &Config, moves: &mut Moves) {
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

/// Moves an instance, if it is there; false when its new address is taken.
fn relocate(state: &mut State, from: &InstanceAddr, to: &InstanceAddr, moves: &mut Moves) -> bool {
    if from == to {
        return true;
    }
    if state.instance(to).is_some() {
        return false;
    }
    let Some(resource) = state.resources.get_mut(&from.resource) else { return true };
    let provider = resource.provider.clone();
    let Some(instance) = resource.instances.remove(&from.key) else { return true };
    if resource.instances.is_empty() {
        state.resources.remove(&from.resource);
    }
    *state.instance_mut(to, &provider) = instance;
    let origin = moves.remove(from).unwrap_or_else(|| from.clone());
    moves.insert(to.clone(), origin);
    true
}

/// What depended on a resource that moved as a whole depends on it under its new name.
fn follow(state: &mut State, moves: &Moves) {
    let mut renamed: BTreeMap<ResourceAddr, ResourceAddr> = BTreeMap::new();
    for (to, from) in moves {
        let (old, new) = (from.config_addr(), to.config_addr());
        if old != new && !state.resources.keys().any(|r| r.config_addr() == old) {
            renamed.insert(old, new);
        }
    }
    if renamed.is_empty() {
        return;
    }
    let instances = state.resources.values_mut().flat_map(|r| r.instances.values_mut());
    for object in instances.flat_map(|i| i.current.iter_mut().chain(i.deposed.values_mut())) {
        for dependency in &mut object.dependencies {
            if let Some(new) = renamed.get(dependency) {
                *dependency = new.clone();
            }
        }
    }
}
