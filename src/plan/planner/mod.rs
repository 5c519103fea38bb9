//! The planner: a state machine that asks for what it needs of the world and decides everything.
//!
//! [`Planner::step`] evaluates whatever can be evaluated and returns questions; it is called again
//! with the answers. Evaluated nodes are kept, so the work stays linear in the configuration.

mod binding;
mod data;
mod ephemeral;
mod facts;
mod finish;
mod import;
mod instance;
mod lifecycle;
mod managed;
mod moved;
mod named;
mod orphans;
mod prior;
mod removed;
mod request;
mod selection;
#[cfg(test)]
mod tests;
mod waits;

pub use finish::stored_output;
pub use instance::ignored_paths;
pub use request::{Answer, ObjectId, ReadAnswer, Request};

use super::eval::{ConfigGraph, EvalInput, Evaluator, Node, provider_block};
use super::{Plan, PlanMode, PlanOptions, ResourceChange};
use crate::addr::{InstanceAddr, Mode, ProviderConfigAddr, ResourceAddr};
use crate::config::{Config, validate};
use crate::diag::Diagnostics;
use crate::graph::NodeId;
use crate::lang::CallEnv;
use crate::schema::{ProviderFacts, SchemaSource};
use crate::state::{ObjectState, State};
use crate::value::{Name, Value};
use facts::ConfigFacts;
use prior::Priors;
use selection::Selection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a plan starts from.
pub struct PlanInput {
    /// The configuration.
    pub config: Arc<Config>,
    /// Schemas of providers and types.
    pub schemas: Arc<dyn SchemaSource>,
    /// The state as it was read; empty when there is none.
    pub state: State,
    /// Values of root variables, converted and marked.
    pub variables: BTreeMap<Name, Value>,
    /// What the caller asked for.
    pub options: PlanOptions,
    /// The surroundings of function calls.
    pub env: CallEnv,
    /// `terraform.workspace`
    pub workspace: String,
}

/// Where the planner is.
pub enum Progress {
    /// It needs answers.
    Need(Vec<Request>),
    /// It is through.
    Done(Box<Planned>),
}

/// The outcome.
pub struct Planned {
    /// The plan; `None` when there were errors.
    pub plan: Option<Plan>,
    /// Everything found.
    pub diags: Diagnostics,
    /// The configuration as planned: apps and questions are evaluated in it.
    pub eval: Evaluator,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Pending,
    Done,
    Failed,
}

/// What is known of a provider configuration.
#[derive(Clone)]
enum ProviderStatus {
    Asked,
    Ready(Arc<ProviderFacts>),
    Failed,
}

/// The outcome of trying a node.
enum Tried {
    Done,
    Failed,
    Wait,
}

impl From<bool> for Tried {
    fn from(ok: bool) -> Self {
        if ok { Tried::Done } else { Tried::Failed }
    }
}

/// A data source or ephemeral resource that was asked for or answered.
enum DataStatus {
    Asked,
    Answered(Result<Value, ()>),
}

/// The planner.
pub struct Planner {
    eval: Evaluator,
    graph: Arc<ConfigGraph>,
    config: Arc<Config>,
    options: PlanOptions,
    original: State,
    /// The state after `moved` steps.
    state: State,
    moves: BTreeMap<InstanceAddr, InstanceAddr>,
    priors: Priors,
    selection: Selection,
    facts: ConfigFacts,
    status: Vec<Status>,
    expanded: BTreeSet<ResourceAddr>,
    providers: BTreeMap<ProviderConfigAddr, ProviderStatus>,
    data: BTreeMap<InstanceAddr, DataStatus>,
    data_objects: BTreeMap<InstanceAddr, (ProviderConfigAddr, ObjectState)>,
    changes: BTreeMap<ObjectId, ResourceChange>,
    /// Resources with a planned change.
    changing: BTreeSet<ResourceAddr>,
    kept: BTreeSet<InstanceAddr>,
    /// Positions of import blocks by the resource they name.
    import_blocks: BTreeMap<ResourceAddr, Vec<usize>>,
    /// Resources whose imports were asked for.
    imported: BTreeSet<ResourceAddr>,
    importing: BTreeMap<InstanceAddr, import::Importing>,
    retired: removed::Retired,
    /// Providers whose configuration is not wholly known yet.
    uncallable: BTreeSet<ProviderConfigAddr>,
    requests: Vec<Request>,
    diags: Diagnostics,
}

impl Planner {
    /// Prepares a plan: rewrites moved addresses, decodes the state, orders the configuration.
    ///
    /// # Errors
    /// What `validate` finds wrong with the configuration, a cycle in it included.
    pub fn new(input: PlanInput) -> Result<Planner, Diagnostics> {
        let mut diags = checked(&input)?;
        let original = input.state;
        let wants_imports = input.options.mode == PlanMode::Normal;
        let import_blocks = if wants_imports { import::blocks(&input.config, &mut diags) } else { BTreeMap::new() };
        let retired = removed::Retired::new(&input.config, &mut diags);
        let (state, moves) = moved::rewrite(&original, &input.config, &mut diags);
        let priors = Priors::of(&state, &input.config, input.schemas.as_ref(), &mut diags);
        let graph = Arc::new(ConfigGraph::build(&input.config, &priors.providers())?);
        named::check(&input.options, &input.config, &graph, &state, &mut diags);
        if diags.has_errors() {
            return Err(diags);
        }
        let selection = Selection::new(&input.options, &graph, &state);
        let facts = ConfigFacts::new(&input.config, &graph);
        let eval = Evaluator::new(EvalInput {
            config: input.config.clone(),
            graph: graph.clone(),
            schemas: input.schemas,
            variables: input.variables,
            env: input.env,
            workspace: input.workspace,
        });
        Ok(Planner {
            eval,
            status: vec![Status::Pending; graph.graph.len()],
            graph,
            config: input.config,
            options: input.options,
            original,
            state,
            moves,
            priors,
            selection,
            facts,
            expanded: BTreeSet::new(),
            providers: BTreeMap::new(),
            data: BTreeMap::new(),
            data_objects: BTreeMap::new(),
            changes: BTreeMap::new(),
            changing: BTreeSet::new(),
            kept: BTreeSet::new(),
            import_blocks,
            imported: BTreeSet::new(),
            importing: BTreeMap::new(),
            retired,
            uncallable: BTreeSet::new(),
            requests: Vec::new(),
            diags,
        })
    }

    /// Takes answers and goes on as far as possible.
    pub fn step(&mut self, answers: Vec<Answer>) -> Progress {
        for answer in answers {
            self.answer(answer);
        }
        let graph = self.graph.clone();
        for id in &graph.order {
            self.advance(*id);
        }
        if !self.requests.is_empty() {
            return Progress::Need(std::mem::take(&mut self.requests));
        }
        Progress::Done(Box::new(self.finish()))
    }

    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Provider { addr, facts: Ok(facts), callable } => {
                self.providers.insert(addr.clone(), ProviderStatus::Ready(Arc::new(facts)));
                if !callable {
                    self.uncallable.insert(addr.clone());
                }
                self.ask_priors(&addr);
            }
            Answer::Provider { addr, facts: Err(d), .. } => {
                self.diags.push(d.or_at(provider_block(&self.config, &addr).map(|b| b.span)));
                self.providers.insert(addr, ProviderStatus::Failed);
            }
            Answer::Read { id, found } => self.priors.answer(&id, found, &mut self.diags),
            Answer::Import { addr, found } => self.take_import(&addr, found),
            Answer::Data { addr, result } => {
                let checked = self.in_check(&addr.config_addr());
                let result = result.map_err(|d| self.diags.push(if checked { d.into_warning() } else { d }));
                self.data.insert(addr, DataStatus::Answered(result));
            }
            Answer::Opened { addr, result } => {
                let result = result.map_err(|d| self.diags.push(d));
                self.data.insert(addr, DataStatus::Answered(result));
            }
        }
    }

    fn status(&self, id: NodeId) -> Status {
        self.status.get(id.index()).copied().unwrap_or(Status::Failed)
    }

    fn advance(&mut self, id: NodeId) {
        if self.status(id) != Status::Pending {
            return;
        }
        let graph = self.graph.clone();
        let needs: Vec<Status> = graph.graph.dependencies(id).map(|d| self.status(d)).collect();
        let outcome = if needs.contains(&Status::Failed) {
            Tried::Failed
        } else if needs.contains(&Status::Pending) {
            Tried::Wait
        } else {
            self.attempt(id, &graph)
        };
        let status = match outcome {
            Tried::Done => Status::Done,
            Tried::Failed => Status::Failed,
            Tried::Wait => return,
        };
        if let Some(slot) = self.status.get_mut(id.index()) {
            *slot = status;
        }
    }

    fn attempt(&mut self, id: NodeId, graph: &ConfigGraph) -> Tried {
        let wanted = self.selection.node(id);
        match graph.graph.node(id) {
            Some(Node::Provider(addr)) => self.provider(id, addr),
            Some(Node::Resource(addr)) if addr.mode == Mode::Ephemeral => self.ephemeral(id, addr, wanted),
            Some(Node::Resource(addr)) if self.options.mode == PlanMode::Destroy => self.as_stored(addr),
            Some(Node::Resource(addr)) if !wanted => self.as_stored(addr),
            Some(Node::Resource(addr)) => match addr.mode {
                Mode::Managed => self.managed(id, addr),
                Mode::Data | Mode::Ephemeral => self.data_source(id, addr),
            },
            Some(Node::Check(..)) if self.options.mode == PlanMode::Destroy => Tried::Done,
            Some(Node::Output(path, _)) if self.options.mode == PlanMode::Destroy && path.is_root() => Tried::Done,
            Some(_) if wanted => self.evaluate(id),
            _ => Tried::Done,
        }
    }

    /// While destroying, what cannot be evaluated matters only to what needs it.
    fn evaluate(&mut self, id: NodeId) -> Tried {
        if self.options.mode == PlanMode::Destroy {
            let mut ignored = Diagnostics::new();
            let _ = self.eval.run(id, &mut ignored);
            return Tried::Done;
        }
        self.eval.run(id, &mut self.diags).into()
    }

    fn provider(&mut self, id: NodeId, addr: &ProviderConfigAddr) -> Tried {
        let expanded = self.eval.run(id, &mut self.diags);
        let Some(all) = self.eval.provider_addrs(addr).filter(|_| expanded) else {
            self.providers.insert(addr.clone(), ProviderStatus::Failed);
            return Tried::Failed;
        };
        if !all.contains(addr) {
            self.providers.insert(addr.clone(), ProviderStatus::Ready(Arc::default()));
        }
        let asked = all.iter().filter(|one| self.ask_provider(one)).count();
        self.bind_orphans(addr);
        if asked == all.len() { Tried::Done } else { Tried::Failed }
    }

    /// Asks for one instance of a configuration; false after an error.
    fn ask_provider(&mut self, addr: &ProviderConfigAddr) -> bool {
        let Some(config) = self.eval.provider_config(addr, &mut self.diags) else {
            self.providers.insert(addr.clone(), ProviderStatus::Failed);
            return false;
        };
        if self.providers.contains_key(addr) {
            return true;
        }
        if !self.eval.schemas.has_provider(&addr.source) {
            // Reported where a resource needs it.
            self.providers.insert(addr.clone(), ProviderStatus::Ready(Arc::default()));
            return true;
        }
        self.providers.insert(addr.clone(), ProviderStatus::Asked);
        self.requests.push(Request::Provider { addr: addr.clone(), config: config.unmark_deep().0 });
        true
    }

    /// A resource that is not planned: its values are those of the state.
    fn as_stored(&mut self, addr: &ResourceAddr) -> Tried {
        self.bind_stored(addr);
        if addr.mode == Mode::Managed && !self.priors.ready(addr) && self.provider_pending(addr) {
            return Tried::Wait;
        }
        let mut ignored = Diagnostics::new();
        if let Some(id) = self.graph.ids.get(&Node::Resource(addr.clone())) {
            let _ = self.eval.run(*id, &mut ignored);
        }
        self.set_stored_values(addr);
        Tried::Done
    }

    fn provider_pending(&self, addr: &ResourceAddr) -> bool {
        let ids = self.priors.by_resource.get(addr).into_iter().flatten();
        let mut priors = ids.filter_map(|id| self.priors.all.get(id));
        priors.any(|p| !matches!(self.providers.get(&p.provider), Some(ProviderStatus::Failed)))
    }
}

/// What can be seen without values is reported as `validate` reports it, all at once. Destroying
/// needs little of the configuration, so mistakes in it do not stand in the way.
fn checked(input: &PlanInput) -> Result<Diagnostics, Diagnostics> {
    let mut diags = Diagnostics::new();
    if input.options.mode != PlanMode::Destroy {
        validate(&input.config, input.schemas.as_ref(), &input.env, &mut diags);
    }
    if diags.has_errors() { Err(diags) } else { Ok(diags) }
}
