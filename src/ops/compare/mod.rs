//! `compare`: what differs between two environments, a working copy and a host, and whether it was meant to.
//!
//! Each side is gathered by its own means ([`Side`]); from there on everything is pure: items are paired by name, part by
//! part ([`pairs`]), what differs by nature is told apart, `expect` rules say what is meant, and the rest has a risk.

mod apps;
pub mod compose;
mod expect;
mod files;
pub mod folder;
mod glob;
mod nature;
mod objects;
mod pairs;
mod risk;
mod side;
#[cfg(test)]
mod tests;
mod values;
mod verdict;

pub use apps::{add_apps, add_host, file_name};
pub use expect::{Expect, Must, expectations, misnamed};
pub use files::{file_text, is_env_name};
pub use glob::{covers, fits};
pub use nature::Nature;
pub use objects::{add_configuration, add_state, add_variables, add_versions, datum};
pub use pairs::{Detail, LineSeen, Pair, Seen, Standing, pairs};
pub use risk::{RISKS, Risk, risk_of};
pub use side::{Datum, EnvKey, FileText, Section, Side, Steps};
pub use verdict::{Comparison, Finding, Verdict, compare};
