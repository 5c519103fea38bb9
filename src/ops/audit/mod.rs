//! `audit`: what will hurt later. Text of files by rules that are data ([`RULES`]), resources by our own reading of the
//! configuration; one file per family.

mod containers;
mod infrastructure;
mod places;
mod repository;
mod rules;
mod scope;
mod scripts;
mod secrets;
mod settings;
mod source;
#[cfg(test)]
mod tests;

pub use infrastructure::check as check_configuration;
pub use repository::{IGNORES, missing_ignores};
pub use rules::{Finding, Level, RULES, Rule, rule_of};
pub use scope::Constants;
pub use settings::{Settings, settings};
pub use source::{Kind, Source};

/// Everything that the text of a file shows.
#[must_use]
pub fn check_source(source: &Source) -> Vec<Finding> {
    let mut out = Vec::new();
    places::check(source, &mut out);
    secrets::check(source, &mut out);
    repository::check(source, &mut out);
    scripts::check(source, &mut out);
    containers::check(source, &mut out);
    out
}
