//! The pure planner: from configuration and refreshed state to a plan that decides everything.

pub mod check;
mod checks;
pub mod diff;
pub mod eval;
pub mod file;
pub mod generate;
mod model;
pub mod planner;

pub use checks::{CheckResults, CheckStatus};
pub use model::{Action, ActionReason, OutputChange, Plan, PlanMode, PlanOptions, ResourceChange};
pub use planner::{Answer, PlanInput, Planned, Planner, Progress, ReadAnswer, Request};
