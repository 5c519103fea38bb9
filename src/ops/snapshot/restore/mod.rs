//! Restoring a database beside the one there is, with its settings, and putting it in its place.
//!
//! A restore is a list of steps. Each looks at what is there before it acts, and is noted when it is
//! done: a run that dies at any moment is finished by the same command. The old database is kept.

mod describe;
mod differ;
mod record;
mod steps;
mod switch;

pub use describe::{ending, steps_text, terms_text};
pub use differ::{Difference, differences, settings_of};
pub use record::{RECORDS, Record, Step, Switch};
pub use steps::{Keeper, Restoring, prepare_switch};
pub use switch::switch;
