//! A plan as people know it: `+ ~ - -/+`, old and new values, causes, a summary line.

mod body;
mod change;
mod lines;
mod object;
mod outputs;
mod summary;

pub use object::object_text;
pub use outputs::outputs_text;
pub use summary::{Counts, render};
