//! The pure planner: from configuration and refreshed state to a plan that decides everything.

pub mod check;
pub mod diff;
pub mod eval;
pub mod file;
mod model;
pub mod planner;

pub use model::{Action, ActionReason, OutputChange, Plan, PlanMode, PlanOptions, ResourceChange};
pub use planner::{Answer, PlanInput, Planned, Planner, Progress, ReadAnswer, Request};
