//! What a test file says of itself as a whole: names, doubled blocks, references between runs.

use super::model::{Overrides, TestFile};
use crate::config::fields::suggest;
use crate::config::report::place;
use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::lang::{Subject, references};
use crate::syntax::Expr;
use crate::value::Name;
use std::collections::BTreeMap;

/// Checks a file before any of it runs.
pub(super) fn check(file: &TestFile, sources: &SourceMap, diags: &mut Diagnostics) {
    names(file, sources, diags);
    mocks(file, sources, diags);
    overrides(&file.overrides, diags);
    file.runs.iter().for_each(|run| overrides(&run.overrides, diags));
    let all: Vec<&Name> = file.runs.iter().map(|r| &r.name).collect();
    for (at, run) in file.runs.iter().enumerate() {
        let before = all.get(..at).unwrap_or(&[]);
        let asserted = run.asserts.iter().flat_map(|r| [&r.condition, &r.error_message]);
        for expr in run.variables.values().chain(asserted) {
            runs_named(expr, &run.name, before, &all, diags);
        }
    }
    for expr in file.variables.values() {
        runs_named(expr, "", &all, &all, diags);
    }
}

fn names(file: &TestFile, sources: &SourceMap, diags: &mut Diagnostics) {
    let mut seen: BTreeMap<&Name, Span> = BTreeMap::new();
    for run in &file.runs {
        if let Some(first) = seen.get(&run.name) {
            let detail =
                format!("A run \"{}\" is at {} already, and run.{} could mean either.", run.name, place(sources, *first), run.name);
            diags.push(Diagnostic::error("Duplicate run", detail).at(run.span).help("Rename one of the two."));
        }
        seen.entry(&run.name).or_insert(run.span);
    }
}

fn mocks(file: &TestFile, sources: &SourceMap, diags: &mut Diagnostics) {
    let mut seen: BTreeMap<(&Name, Option<&Name>), Span> = file.providers.iter().map(|p| ((&p.name, p.alias.as_ref()), p.span)).collect();
    for mock in &file.mocks {
        let key = (&mock.name, mock.alias.as_ref());
        if let Some(first) = seen.get(&key) {
            let shown = mock.alias.as_ref().map_or_else(|| mock.name.to_string(), |a| format!("{}.{a}", mock.name));
            let detail = format!("A provider configuration \"{shown}\" is at {} already.", place(sources, *first));
            diags.push(Diagnostic::error("Duplicate mock_provider block", detail).at(mock.span).help("Give one of the two an alias."));
        }
        seen.entry(key).or_insert(mock.span);
        for (i, one) in mock.overrides.iter().enumerate() {
            if mock.overrides.iter().take(i).any(|o| o.target == one.target) {
                diags.push(doubled(&one.target.to_string(), one.span));
            }
        }
    }
}

fn overrides(all: &Overrides, diags: &mut Diagnostics) {
    for (i, one) in all.resources.iter().enumerate() {
        if all.resources.iter().take(i).any(|o| o.target == one.target) {
            diags.push(doubled(&one.target.to_string(), one.span));
        }
    }
    for (i, one) in all.modules.iter().enumerate() {
        if all.modules.iter().take(i).any(|o| o.target == one.target) {
            diags.push(doubled(&one.target.to_string(), one.span));
        }
    }
}

fn doubled(target: &str, span: Span) -> Diagnostic {
    Diagnostic::error("Duplicate override", format!("{target} is overridden twice in the same place."))
        .at(span)
        .help("Remove one of the two.")
}

/// `run.x` names a run that was before.
fn runs_named(expr: &Expr, own: &str, before: &[&Name], all: &[&Name], diags: &mut Diagnostics) {
    for found in references(expr, &mut Diagnostics::new()) {
        let Subject::Resource { kind, name, .. } = &found.subject else { continue };
        if kind.as_ref() != "run" || before.contains(&name) {
            continue;
        }
        let d = if name.as_ref() == own {
            Diagnostic::error("Reference to the run itself", format!("run.{name} has no outputs before it has run."))
                .help("Inside its assertions, write output.NAME.")
        } else if all.contains(&name) {
            Diagnostic::error("Reference to a later run", format!("run.{name} has not run yet: runs go from top to bottom."))
                .help(format!("Move the run \"{name}\" up."))
        } else {
            let d = Diagnostic::error("Reference to an unknown run", format!("There is no run \"{name}\" in this file."));
            suggest(d, name, before.iter().map(|n| n.as_ref()))
        };
        diags.push(d.at(found.span));
    }
}
