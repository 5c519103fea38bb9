//! The variables of a run: given from outside, by the file, by the run; later ones win.

use super::names::{FileScope, Outputs};
use crate::config::Config;
use crate::config::testing::{TestFile, TestRun};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{CallEnv, Subject, evaluate, references};
use crate::syntax::Expr;
use crate::value::{Name, Value, closest};
use std::collections::BTreeMap;

/// Values for a run.
pub(super) struct RunVariables {
    /// Of the root module's own variables.
    pub own: BTreeMap<Name, Value>,
    /// Everything that expressions of the test file may name.
    pub all: BTreeMap<Name, Value>,
}

/// Evaluates the variables of a run; `given` are those from outside, defaults included.
pub(super) fn variables(
    config: &Config,
    (file, run): (&TestFile, &TestRun),
    given: BTreeMap<Name, Value>,
    outputs: &Outputs,
    env: &CallEnv,
    diags: &mut Diagnostics,
) -> RunVariables {
    let declared = |name: &str| config.root().is_some_and(|m| m.variables.contains_key(name));
    let mut all = given;
    let used = |name: &str| uses(file, run, name);
    // One that is not for this module, and that nothing names, need not be evaluated.
    let ours = |(name, _): &(&Name, &Expr)| declared(name) || used(name);
    for (level, written) in [(Level::File, &file.variables), (Level::Run, &run.variables)] {
        let before = all.clone();
        for (name, expr) in written.iter().filter(ours) {
            if matches!(level, Level::File) && run.variables.contains_key(name) {
                continue;
            }
            let scope = FileScope { variables: &before, outputs, env };
            let mut found = Diagnostics::new();
            let value = evaluate(expr, &scope, &mut found);
            if !found.has_errors() && !value.is_wholly_known() {
                found.push(unknown(name, expr));
            }
            if !found.has_errors() {
                all.insert(name.clone(), value);
            }
            diags.extend(found);
        }
    }
    for (name, expr) in run.variables.iter().filter(|(n, _)| !declared(n) && !used(n)) {
        let known = config.root().into_iter().flat_map(|m| m.variables.keys()).map(AsRef::as_ref);
        let d =
            Diagnostic::warning("Value for undeclared variable", format!("The tested module has no variable \"{name}\".")).at(expr.span);
        diags.push(match closest(name, known) {
            Some(near) => d.help(format!("Did you mean \"{near}\"?")),
            None => d,
        });
    }
    let own = all.iter().filter(|(n, _)| declared(n)).map(|(n, v)| (n.clone(), v.clone())).collect();
    RunVariables { own, all }
}

#[derive(Clone, Copy)]
enum Level {
    File,
    Run,
}

/// Whether an expression of the run, or a provider block of the file, names a variable.
fn uses(file: &TestFile, run: &TestRun, name: &str) -> bool {
    let named = |expr: &Expr| {
        let found = references(expr, &mut Diagnostics::new());
        found.iter().any(|r| matches!(&r.subject, Subject::Var(n) if n.as_ref() == name))
    };
    let in_body = |body: &crate::syntax::Body| {
        let found = crate::lang::body_references(body, &[], &mut Diagnostics::new());
        found.iter().any(|r| matches!(&r.subject, Subject::Var(n) if n.as_ref() == name))
    };
    let asserted = run.asserts.iter().flat_map(|r| [&r.condition, &r.error_message]);
    asserted.chain(run.variables.values()).any(named) || file.providers.iter().any(|p| in_body(&p.body))
}

fn unknown(name: &Name, expr: &Expr) -> Diagnostic {
    let detail = format!("The value for var.{name} is known only after an apply, and a run needs it before it plans.");
    Diagnostic::error("Value not known yet", detail)
        .at(expr.span)
        .help("Take it from a run with command = apply, or give the resource behind it a value with an override.")
}
