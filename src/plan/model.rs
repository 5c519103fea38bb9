//! The plan as data: what will be done to which object, and why.

use crate::addr::{InstanceAddr, ProviderConfigAddr, ResourceAddr, Target};
use crate::schema::{Note, Replace};
use crate::state::{DeposedKey, State};
use crate::value::{Name, Value};
use std::collections::BTreeMap;

/// What kind of plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanMode {
    /// Make the world what the configuration says.
    #[default]
    Normal,
    /// Destroy everything in the state.
    Destroy,
    /// Only take over what changed outside.
    RefreshOnly,
}

/// What the caller asked for.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Normal, destroy, refresh-only.
    pub mode: PlanMode,
    /// `-target`
    pub targets: Vec<Target>,
    /// `-exclude`
    pub excludes: Vec<Target>,
    /// `-replace`
    pub replace: Vec<InstanceAddr>,
    /// `-refresh=false` clears it.
    pub refresh: bool,
    /// Objects to import beside those of `import` blocks: address and id.
    pub imports: Vec<(InstanceAddr, String)>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions { mode: PlanMode::Normal, targets: vec![], excludes: vec![], replace: vec![], refresh: true, imports: vec![] }
    }
}

/// What will be done with one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Make it.
    Create,
    /// Read a data source during apply.
    Read,
    /// Change it in place.
    Update,
    /// Destroy the old one, then make the new one.
    DeleteThenCreate,
    /// Make the new one, then destroy the old one.
    CreateThenDelete,
    /// Destroy it.
    Delete,
    /// Drop it from the state, leave the object.
    Forget,
}

/// Why, where the action alone does not say it (OpenTofu's `action_reason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionReason {
    /// Attributes that cannot change in place.
    ReplaceBecauseCannotUpdate,
    /// Tainted.
    ReplaceBecauseTainted,
    /// `-replace`
    ReplaceByRequest,
    /// `replace_triggered_by`
    ReplaceByTriggers,
    /// Not in the configuration any more.
    DeleteBecauseNoResourceConfig,
    /// Its module instance is gone.
    DeleteBecauseNoModule,
    /// The resource has `count` or `for_each` now, or has not any more.
    DeleteBecauseWrongRepetition,
    /// Above `count`.
    DeleteBecauseCountIndex,
    /// Not a key of `for_each` any more.
    DeleteBecauseEachKey,
    /// `enabled = false`
    DeleteBecauseEnabledFalse,
    /// A data source whose configuration is not known yet.
    ReadBecauseConfigUnknown,
    /// A data source that depends on changes that are not made yet.
    ReadBecauseDependencyPending,
}

/// The planned change of one object.
#[derive(Clone, Debug)]
pub struct ResourceChange {
    /// Address.
    pub addr: InstanceAddr,
    /// Address before a `moved` step.
    pub previous_addr: Option<InstanceAddr>,
    /// A deposed object of that address.
    pub deposed: Option<DeposedKey>,
    /// Provider configuration.
    pub provider: ProviderConfigAddr,
    /// What will be done.
    pub action: Action,
    /// Why.
    pub reason: Option<ActionReason>,
    /// The object now; `None` when there is none.
    pub before: Option<Value>,
    /// The object then, unknown where only apply will know; `None` when it is destroyed.
    pub after: Option<Value>,
    /// Attributes that force replacement, with reasons in words.
    pub replace: Vec<Replace>,
    /// Remarks of the type.
    pub notes: Vec<Note>,
    /// Resources it depends on, for the state and for the order of destruction.
    pub dependencies: Vec<ResourceAddr>,
    /// Provider bytes of the object now.
    pub private: Option<Vec<u8>>,
    /// `create_before_destroy`, own or inherited from what depends on it.
    pub create_before_destroy: bool,
    /// The id it is imported by with this plan.
    pub importing: Option<String>,
}

impl ResourceChange {
    /// Whether neither the object nor its place in the state changes.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.action == Action::NoOp && self.previous_addr.is_none() && self.importing.is_none()
    }
}

/// The change of an output.
#[derive(Clone, Debug)]
pub struct OutputChange {
    /// Value in the state; `None` when there is none.
    pub before: Option<Value>,
    /// Value then; `None` when the output is gone.
    pub after: Option<Value>,
    /// Declared sensitive.
    pub sensitive: bool,
}

/// A complete plan. Immutable; apply carries it out and decides nothing.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What kind.
    pub mode: PlanMode,
    /// Changes, no-ops included, in address order.
    pub changes: Vec<ResourceChange>,
    /// What changed outside: objects whose refreshed attributes differ from the state's.
    pub drift: Vec<ResourceChange>,
    /// Root outputs, unchanged ones included.
    pub outputs: BTreeMap<Name, OutputChange>,
    /// The state as it was read.
    pub prior_state: State,
    /// The state after refresh (what apply starts from).
    pub refreshed_state: State,
    /// Root variables as evaluated.
    pub variables: BTreeMap<Name, Value>,
    /// Only part of the configuration was planned (`-target`, `-exclude`).
    pub partial: bool,
}

impl Plan {
    /// Whether applying it would change an object, the state or an output.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        if self.mode == PlanMode::RefreshOnly && !self.drift.is_empty() {
            return false;
        }
        let outputs_same = self.outputs.values().all(|o| o.before == o.after);
        self.changes.iter().all(ResourceChange::is_nothing) && outputs_same
    }
}
