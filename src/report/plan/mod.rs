//! A plan as people know it: `+ ~ - -/+`, old and new values, causes, a summary line.

mod body;
mod change;
mod lines;
mod outputs;
mod summary;

pub use outputs::outputs_text;
pub use summary::{Counts, render};
