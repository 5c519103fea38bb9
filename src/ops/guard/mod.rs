//! Guards: what has to hold before an environment is changed.
//!
//! `guard` blocks are decoded here ([`decode`]) and judged against facts that the command gathered
//! ([`judge`]); nothing here looks at git, stores or prices. Each rule stands alone: all refusals come
//! at once, each with its place in the file, what was found, and how it is lifted.

mod judge;
mod place;
mod rules;
#[cfg(test)]
mod tests;

pub use judge::{Estimate, Facts, Moving, Operation, Others, Refusal, Tree, judge};
pub use place::region;
pub use rules::{Guard, Rule, RuleName, decode};
