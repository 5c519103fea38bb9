//! The pure planner: from configuration and refreshed state to a plan that decides everything.

pub mod diff;
pub mod eval;
mod model;

pub use model::{Action, ActionReason, OutputChange, Plan, PlanMode, PlanOptions, ResourceChange};
