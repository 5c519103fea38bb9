//! Taking down what the runs of a file made, the last first.

use super::Leftover;
use super::file::{FileRun, Kept, Last};
use super::run::Setting;
use crate::addr::{InstanceAddr, Mode};
use crate::config::Config;
use crate::config::testing::Double;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{PlanMode, PlanOptions};
use crate::state::State;
use crate::value::Name;
use std::sync::Arc;
use tokio::sync::watch;

/// What cleaning up came to: reports by run, objects left, states that hold them.
pub(super) type Cleaned = (Vec<(Name, Diagnostics)>, Vec<Leftover>, Vec<State>);

impl FileRun<'_> {
    /// Destroys everything, state by state; an interruption does not stop it, a second one does.
    pub(super) async fn clean_up(&mut self) -> Cleaned {
        let mut all: Vec<(Kept, Last)> = Vec::new();
        for mut kept in std::mem::take(&mut self.states).into_values() {
            if let Some(last) = kept.last.take() {
                all.push((kept, last));
            }
        }
        all.sort_by_key(|(_, last)| std::cmp::Reverse(last.index));
        let (mut reports, mut leftovers, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for (kept, last) in all {
            let mut diags = Diagnostics::new();
            let state = release(kept, &mut diags);
            let state = self.destroy(state, &last, &mut diags).await;
            let state = real(state);
            let here = objects(&state, &last.name);
            if !here.is_empty() {
                leftovers.extend(here);
                left.push(state);
            }
            if !diags.is_empty() {
                reports.push((last.name, diags));
            }
        }
        (reports, leftovers, left)
    }

    async fn destroy(&self, state: State, last: &Last, diags: &mut Diagnostics) -> State {
        let managed = state.instances().any(|(a, ..)| a.resource.mode == Mode::Managed);
        if !managed || *self.bench.leave.borrow() {
            return state;
        }
        let options = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
        let config = Arc::new(unprotected(&last.config));
        let setting = Setting { config, variables: last.variables.clone(), state, options };
        let mut made = self.plan(&setting).await;
        let wrong = made.diags.has_errors();
        diags.extend(made.diags.into_iter().filter(Diagnostic::is_error).collect());
        let Some(plan) = made.plan.filter(|_| !wrong) else { return setting.state };
        let (_never, cancel) = watch::channel(false);
        match self.apply(&setting, &plan, &mut made.providers, cancel).await {
            Ok((result, _)) => {
                diags.extend(result.diags);
                result.state
            }
            Err(found) => {
                diags.extend(found);
                setting.state
            }
        }
    }
}

/// Objects that were there before the test are none of its own: they stay, and leave the state.
fn release(mut kept: Kept, diags: &mut Diagnostics) -> State {
    for addr in &kept.imported {
        let Some(resource) = kept.state.resources.get_mut(&addr.resource) else { continue };
        let stand_in = Double::is(&resource.provider.source);
        if resource.instances.remove(&addr.key).is_some() && !stand_in {
            let detail = format!("{addr} was imported by the test, not made by it: it stays as the test left it.");
            diags.push(Diagnostic::warning("Imported object not destroyed", detail).address(addr));
        }
        kept.state.prune(addr);
    }
    kept.state
}

/// `prevent_destroy` protects what a team runs, not what its tests make.
fn unprotected(config: &Config) -> Config {
    let mut config = config.clone();
    for resource in config.modules.values_mut().flat_map(|m| m.resources.values_mut()) {
        resource.lifecycle.prevent_destroy = false;
    }
    config
}

/// The state without data sources and objects of stand-ins, which exist nowhere.
fn real(mut state: State) -> State {
    state.resources.retain(|addr, r| addr.mode == Mode::Managed && !Double::is(&r.provider.source));
    state.outputs.clear();
    state
}

fn objects(state: &State, run: &Name) -> Vec<Leftover> {
    let mut all = Vec::new();
    for (addr, _, instance) in state.instances() {
        let current = instance.current.iter().map(|o| (None, o));
        let deposed = instance.deposed.iter().map(|(k, o)| (Some(k.clone()), o));
        for (key, object) in current.chain(deposed) {
            let id = object.attributes.get("id").and_then(serde_json::Value::as_str).map(str::to_string);
            all.push(leftover(run, &addr, key, id));
        }
    }
    all
}

fn leftover(run: &Name, addr: &InstanceAddr, deposed: Option<crate::state::DeposedKey>, id: Option<String>) -> Leftover {
    Leftover { run: run.clone(), addr: addr.clone(), deposed, id }
}
