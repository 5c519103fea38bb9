//! What names mean in a test file: variables, and the outputs of earlier runs.

use crate::addr::Mode;
use crate::diag::{Diagnostic, Span};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject};
use crate::plan::eval::{InstanceScope, Kind};
use crate::value::{Key, Members, Name, Value, closest};
use std::collections::BTreeMap;

/// Outputs of runs that were, by run.
pub(super) type Outputs = BTreeMap<Name, Members>;

/// The outputs of a run.
///
/// # Errors
/// When it has not run.
fn outputs_of(outputs: &Outputs, run: &Name, span: Span) -> Result<Value, Diagnostic> {
    outputs.get(run).map(|m| Value::object(m.clone())).ok_or_else(|| {
        let detail = format!("run.{run} has no outputs: that run was not carried out.");
        Diagnostic::error("Reference to a run without outputs", detail)
            .at(span)
            .help("Runs go from top to bottom, and stop at the first error.")
    })
}

fn special<'s>(subject: &'s Subject, root: &str) -> Option<&'s Name> {
    match subject {
        Subject::Resource { mode: Mode::Managed, kind, name } if kind.as_ref() == root => Some(name),
        _ => None,
    }
}

/// The scope of `variables` and `provider` blocks of a test file.
pub(super) struct FileScope<'a> {
    pub variables: &'a BTreeMap<Name, Value>,
    pub outputs: &'a Outputs,
    pub env: &'a CallEnv,
}

impl Scope for FileScope<'_> {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        if let Some(run) = special(subject, "run") {
            return outputs_of(self.outputs, run, span);
        }
        let Subject::Var(name) = subject else {
            let d =
                Diagnostic::error("Reference not available here", format!("{subject} has no value before the configuration is planned."));
            return Err(d.at(span).help("Use variables (var.x), and outputs of earlier runs (run.setup.x)."));
        };
        self.variables.get(name).cloned().ok_or_else(|| {
            let d = Diagnostic::error("Reference to undeclared input variable", format!("var.{name} has no value here.")).at(span);
            match closest(name, self.variables.keys().map(AsRef::as_ref)) {
                Some(near) => d.help(format!("Did you mean var.{near}?")),
                None => d.help("Declare it, or give it a value in a variables block of the test file."),
            }
        })
    }

    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }

    fn call_env(&self) -> &CallEnv {
        self.env
    }
}

/// The scope of assertions: the root module as the run left it, `output.x`, `run.x`, and variables
/// that only the test file has.
pub(super) struct AssertScope<'a> {
    pub inner: InstanceScope<'a>,
    pub root_outputs: &'a [Name],
    pub values: &'a dyn Fn(&Name) -> Option<Value>,
    pub declared: &'a dyn Fn(&str) -> bool,
    pub variables: &'a BTreeMap<Name, Value>,
    pub outputs: &'a Outputs,
}

impl Scope for AssertScope<'_> {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        if let Some(run) = special(subject, "run") {
            return outputs_of(self.outputs, run, span);
        }
        if let Some(name) = special(subject, "output") {
            if let Some(value) = (self.values)(name) {
                return Ok(value);
            }
            if self.root_outputs.contains(name) {
                return Ok(Value::dynamic());
            }
            let d =
                Diagnostic::error("Reference to undeclared output", format!("The module under test has no output \"{name}\".")).at(span);
            return Err(match closest(name, self.root_outputs.iter().map(AsRef::as_ref)) {
                Some(near) => d.help(format!("Did you mean output.{near}?")),
                None => d,
            });
        }
        match subject {
            Subject::Var(name) if !(self.declared)(name) && self.variables.contains_key(name) => {
                Ok(self.variables.get(name).cloned().unwrap_or_else(Value::dynamic))
            }
            _ => self.inner.resolve(subject, span),
        }
    }

    fn resolve_instance(&self, subject: &Subject, key: &Key, span: Span) -> Option<Result<Value, Diagnostic>> {
        let own = special(subject, "run").or_else(|| special(subject, "output")).is_some();
        if own { None } else { self.inner.resolve_instance(subject, key, span) }
    }

    fn functions(&self) -> &FunctionTable {
        self.inner.functions()
    }

    fn call_env(&self) -> &CallEnv {
        self.inner.call_env()
    }
}

/// The root outputs of an evaluation that have a value.
pub(super) fn root_outputs(eval: &crate::plan::eval::Evaluator) -> Members {
    let root = crate::addr::ModuleInstance::root();
    let declared = eval.config().root().map(|m| m.outputs.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let value = |n: Name| eval.values.get(Kind::Output, &root, &n).cloned().map(|v| (n, v));
    declared.into_iter().filter_map(value).collect()
}
