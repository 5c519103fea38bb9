//! What programs read: plans, states, diagnostics and the event stream as JSON, in the shapes of
//! OpenTofu's "JSON Output Format" and "Machine-Readable UI" documents.

mod checks;
mod configuration;
mod diagnostic;
mod objects;
mod plan;
mod state;
mod stream;
mod test_lines;
mod validation;
mod value;

#[cfg(test)]
mod tests;

pub use checks::checks;
pub use configuration::configuration;
pub use diagnostic::diagnostic;
pub use plan::{PlanContext, plan};
pub use state::state;
pub use stream::Line;
pub use validation::validation;
pub use value::{masked, plain};

use crate::plan::{Action, ActionReason};

/// Version of the plan's format.
const PLAN_FORMAT: &str = "1.2";
/// Version of the state's format.
const STATE_FORMAT: &str = "1.0";

/// `actions` of a change.
fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
    }
}

/// `action_reason` of a change.
fn reason(reason: ActionReason) -> &'static str {
    match reason {
        ActionReason::ReplaceBecauseCannotUpdate => "replace_because_cannot_update",
        ActionReason::ReplaceBecauseTainted => "replace_because_tainted",
        ActionReason::ReplaceByRequest => "replace_by_request",
        ActionReason::ReplaceByTriggers => "replace_by_triggers",
        ActionReason::DeleteBecauseNoResourceConfig => "delete_because_no_resource_config",
        ActionReason::DeleteBecauseNoModule => "delete_because_no_module",
        ActionReason::DeleteBecauseWrongRepetition => "delete_because_wrong_repetition",
        ActionReason::DeleteBecauseCountIndex => "delete_because_count_index",
        ActionReason::DeleteBecauseEnabledFalse => "delete_because_enabled_false",
        ActionReason::DeleteBecauseEachKey => "delete_because_each_key",
        ActionReason::ReadBecauseConfigUnknown => "read_because_config_unknown",
        ActionReason::ReadBecauseDependencyPending => "read_because_dependency_pending",
    }
}
