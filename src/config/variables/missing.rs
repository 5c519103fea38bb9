//! What to say about required variables without a value.

use super::Variables;
use crate::config::model::Config;
use crate::config::report::place;
use crate::diag::Diagnostic;

/// One error that lists every required variable without a value, with its description and the
/// ways to set it; `None` when there is none.
#[must_use]
pub fn missing_variables(config: &Config, variables: &Variables) -> Option<Diagnostic> {
    let first = variables.missing.first()?;
    let declared = config.root().map(|m| &m.variables)?;
    let mut lines = Vec::with_capacity(variables.missing.len());
    for variable in variables.missing.iter().filter_map(|n| declared.get(n)) {
        let description = variable.description.as_ref().map_or_else(String::new, |d| format!(": {}", d.trim()));
        lines.push(format!("  {} ({}){description}", variable.name, place(&config.sources, variable.span)));
    }
    let file = if config.in_environments { format!("in environments/{0}/{0}.env ({first}=...), ", config.name) } else { String::new() };
    let error = Diagnostic::error(
        "No value for required variable",
        format!("These variables have no default and were not set:\n{}", lines.join("\n")),
    )
    .help(format!("Set each {file}in terraform.tfvars ({first} = ...), as TF_VAR_{first} in the environment, or with -var '{first}=...'."));
    let only = declared.get(first).filter(|_| variables.missing.len() == 1);
    Some(error.or_at(only.map(|v| v.span)))
}
