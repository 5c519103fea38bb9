//! Addresses of `-target`, `-exclude` and `-replace` have to name something: a misspelt one would make a plan of
//! nothing, which looks like an environment that is as it should be.

use super::Planner;
use super::selection::{below, covers, names};
use crate::addr::{InstanceAddr, InstanceKey, ModuleInstance, ResourceAddr, ResourceInstanceParent, Target};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
use crate::plan::eval::ConfigGraph;
use crate::plan::{PlanMode, PlanOptions};
use crate::state::State;
use crate::value::closest;
use std::collections::BTreeSet;

/// What can be said before anything is evaluated: each address names a resource or module of the configuration or of
/// the state (as `moved` blocks left it).
pub(super) fn check(options: &PlanOptions, config: &Config, graph: &ConfigGraph, state: &State, diags: &mut Diagnostics) {
    for (flag, target) in all(options) {
        let configured = match &target {
            Target::Module(m) => config.modules.contains_key(&m.path()),
            _ => resources(graph).any(|r| names(&target, r)),
        };
        if !configured && !state.instances().any(|(addr, ..)| names(&target, &addr.config_addr())) {
            diags.push(nothing(flag, &target, near(&target, config, graph, state)));
        }
    }
}

/// Every address with its flag.
fn all(options: &PlanOptions) -> impl Iterator<Item = (&'static str, Target)> {
    let targets = options.targets.iter().map(|t| ("-target", t.clone()));
    let excludes = options.excludes.iter().map(|t| ("-exclude", t.clone()));
    let replace = options.replace.iter().map(|i| ("-replace", Target::Instance(i.clone())));
    targets.chain(excludes).chain(replace)
}

fn resources(graph: &ConfigGraph) -> impl Iterator<Item = &ResourceAddr> {
    graph.order.iter().filter_map(|id: &NodeId| graph.resource(*id))
}

fn text(target: &Target) -> String {
    match target {
        Target::Module(m) => m.to_string(),
        Target::Resource(r) => r.to_string(),
        Target::Instance(i) => i.to_string(),
    }
}

fn nothing(flag: &str, target: &Target, near: Option<String>) -> Diagnostic {
    let detail = format!("{flag}={}: neither the configuration nor the state has it.", text(target));
    Diagnostic::error("No such address", detail).help(match near {
        Some(near) => format!("Did you mean {near}?"),
        None => "Addresses are those of the plan and of `envctl state list`.".to_string(),
    })
}

/// The nearest address of the same kind.
fn near(target: &Target, config: &Config, graph: &ConfigGraph, state: &State) -> Option<String> {
    let candidates: BTreeSet<String> = match target {
        Target::Module(_) => config.modules.keys().filter(|p| !p.is_root()).map(ToString::to_string).collect(),
        _ => resources(graph).map(ToString::to_string).chain(state.instances().map(|(a, ..)| a.config_addr().to_string())).collect(),
    };
    let wanted = match target {
        Target::Module(m) => m.path().to_string(),
        Target::Resource(r) => r.config_addr().to_string(),
        Target::Instance(i) => i.config_addr().to_string(),
    };
    closest(&wanted, candidates.iter().map(String::as_str))
}

impl Planner {
    /// What evaluation adds: keys that no instance has, and a warning where only a part was planned.
    pub(super) fn check_selection(&mut self) {
        // `import` limits its plan to what it imports; nobody wrote -target.
        if self.diags.has_errors() || !self.options.imports.is_empty() {
            return;
        }
        for (flag, target) in all(&self.options) {
            if let Some(keys) = self.other_keys(&target, flag == "-replace") {
                let error = nothing(flag, &target, None);
                self.diags.push(if keys.is_empty() { error } else { error.help(format!("There is: {}.", keys.join(", "))) });
            }
        }
        if self.selection.is_partial() {
            let flag = if self.options.targets.is_empty() { "-exclude" } else { "-target" };
            let rest = match self.options.mode {
                PlanMode::Destroy => "What is left out stays, and so does what it needs.",
                _ => "What is left out may still differ from the configuration, and outputs may be as they were.",
            };
            let warning = Diagnostic::warning("This plan is partial", format!("Because of {flag} only a part was looked at. {rest}"));
            self.diags.push(warning.help(format!("{flag} is for exceptions, recovering from a mistake say; plan without it afterwards.")));
        }
    }

    /// The instances there are, where the address names none; `None` when it names one, or nobody knows.
    fn other_keys(&self, target: &Target, exact: bool) -> Option<Vec<String>> {
        let (resource, key) = match target {
            Target::Module(m) => return self.other_modules(m).map(|all| all.iter().map(ToString::to_string).collect()),
            Target::Resource(_) => return None,
            Target::Instance(i) => (&i.resource, &i.key),
        };
        let stored = |a: &InstanceAddr| if exact { a.resource == *resource && a.key == *key } else { covers(target, a) };
        if self.state.instances().any(|(addr, ..)| stored(&addr)) {
            return None;
        }
        if self.other_modules(&resource.module).is_some() {
            return Some(Vec::new());
        }
        let expansion = self.eval.values.resource(resource)?;
        if expansion.contains(key) || (!exact && *key == InstanceKey::None) {
            return None;
        }
        let shown = |r: &ResourceInstanceParent| expansion.keys().into_iter().take(10).map(|k| r.clone().instance(k).to_string()).collect();
        Some(shown(resource))
    }

    /// The instances of a module, when the address names none of them.
    fn other_modules(&self, module: &ModuleInstance) -> Option<Vec<ModuleInstance>> {
        let known = self.eval.module_instances(&module.path());
        let stored = self.state.instances().any(|(addr, ..)| below(module, &addr.resource.module));
        let unknown = !module.is_root() && !known.is_empty() && !stored && !known.iter().any(|m| below(module, m));
        unknown.then(|| known.iter().take(10).cloned().collect())
    }
}
