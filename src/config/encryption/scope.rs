//! What an encryption block may refer to: variables, locals, and its own key providers and methods.

use crate::config::model::Module;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject, evaluate};
use crate::value::{Members, Name, Value};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Locals that refer to locals, and so on.
const DEPTH: usize = 64;

/// The values that exist before any state is read.
pub(super) struct Static<'a> {
    root: &'a Module,
    variables: &'a BTreeMap<Name, Value>,
    env: &'a CallEnv,
    depth: Cell<usize>,
    /// `key_provider.<kind>` and `method.<kind>`: what is declared, as names.
    own: RefCell<BTreeMap<(String, String), Members>>,
}

impl<'a> Static<'a> {
    pub fn new(root: &'a Module, variables: &'a BTreeMap<Name, Value>, env: &'a CallEnv) -> Self {
        Static { root, variables, env, depth: Cell::new(0), own: RefCell::default() }
    }

    /// Lets expressions name `key_provider.<kind>.<name>` or `method.<kind>.<name>`.
    pub fn declare(&self, block: &str, kind: &str, name: &str) {
        let key = (block.to_string(), kind.to_string());
        let address = Value::string(format!("{block}.{kind}.{name}"));
        self.own.borrow_mut().entry(key).or_default().insert(name.into(), address);
    }

    fn local(&self, name: &Name, span: Span) -> Result<Value, Diagnostic> {
        let Some(local) = self.root.locals.get(name) else {
            return Err(Diagnostic::error("Undeclared local", format!("There is no local value \"{name}\".")).at(span));
        };
        if self.depth.get() >= DEPTH {
            return Err(Diagnostic::error("Locals refer to each other", format!("local.{name} depends on itself.")).at(span));
        }
        self.depth.set(self.depth.get() + 1);
        let mut diags = Diagnostics::new();
        let value = evaluate(&local.expr, self, &mut diags);
        self.depth.set(self.depth.get() - 1);
        match diags.iter().find(|d| d.is_error()) {
            Some(d) => Err(d.clone()),
            None => Ok(value),
        }
    }
}

impl Scope for Static<'_> {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        match subject {
            Subject::Var(name) => self.variables.get(name).cloned().ok_or_else(|| {
                Diagnostic::error("No value for a variable", format!("var.{name} is needed to read the state, and has no value."))
                    .at(span)
                    .help(format!("Set it with -var, a file of variables, or TF_VAR_{name}."))
            }),
            Subject::Local(name) => self.local(name, span),
            Subject::Resource { kind, name, .. } => {
                let own = self.own.borrow().get(&(kind.to_string(), name.to_string())).cloned();
                own.map(Value::object).ok_or_else(|| unknown(subject, span))
            }
            other => Err(unknown(other, span)),
        }
    }

    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }

    fn call_env(&self) -> &CallEnv {
        self.env
    }
}

fn unknown(subject: &Subject, span: Span) -> Diagnostic {
    let detail = format!("{subject} has no value while the encryption of the state is set up.");
    Diagnostic::error("Invalid reference in an encryption block", detail)
        .at(span)
        .help("Only variables, locals, and the key providers and methods of the block itself can be used here.")
}
