//! Names of a configuration as far as they are constants: variables that have values, locals, arguments of module calls.
//! Everything else is unknown, and what is unknown is not reported.

use crate::addr::ModulePath;
use crate::config::{Config, Module};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject, evaluate};
use crate::value::{Name, Value};
use std::cell::Cell;
use std::collections::BTreeMap;

/// Longer chains of locals and calls are unknown.
const MAX_CHAIN: u32 = 24;
/// So many names are looked up for one expression at most.
const MAX_STEPS: u32 = 2000;

/// The names of one module.
pub struct Constants<'a> {
    config: &'a Config,
    module: &'a Module,
    /// Values of the root's variables.
    variables: &'a BTreeMap<Name, Value>,
    env: &'a CallEnv,
    depth: u32,
    steps: Cell<u32>,
}

impl<'a> Constants<'a> {
    /// Of a module of a configuration.
    #[must_use]
    pub fn new(config: &'a Config, module: &'a Module, variables: &'a BTreeMap<Name, Value>, env: &'a CallEnv) -> Self {
        Constants { config, module, variables, env, depth: 0, steps: Cell::new(0) }
    }

    fn deeper(&self, module: &'a Module) -> Option<Constants<'a>> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        let fits = self.depth < MAX_CHAIN && steps < MAX_STEPS;
        let Constants { config, variables, env, depth, .. } = *self;
        fits.then(|| Constants { config, module, variables, env, depth: depth + 1, steps: Cell::new(steps) })
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        if self.module.path == ModulePath::root() {
            return self.variables.get(name).cloned();
        }
        let (call, parent) = self.module.path.0.split_last()?;
        let parent = self.config.modules.get(&ModulePath(parent.to_vec()))?;
        let found = parent.calls.get(call)?;
        if found.repetition().next().is_some() {
            return None;
        }
        match found.arguments.get(name) {
            Some(argument) => {
                let scope = self.deeper(parent)?;
                let value = evaluate(argument, &scope, &mut Diagnostics::new());
                self.steps.set(scope.steps.get());
                Some(value)
            }
            None => self.module.variables.get(name)?.default.clone(),
        }
    }

    fn local(&self, name: &Name) -> Option<Value> {
        let local = self.module.locals.get(name)?;
        let scope = self.deeper(self.module)?;
        let value = evaluate(&local.expr, &scope, &mut Diagnostics::new());
        self.steps.set(scope.steps.get());
        Some(value)
    }
}

impl Scope for Constants<'_> {
    fn resolve(&self, subject: &Subject, _span: Span) -> Result<Value, Diagnostic> {
        let value = match subject {
            Subject::Var(name) => self.variable(name),
            Subject::Local(name) => self.local(name),
            _ => None,
        };
        Ok(value.unwrap_or_else(Value::dynamic))
    }

    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }

    fn call_env(&self) -> &CallEnv {
        self.env
    }

    fn provisional(&self) -> bool {
        true
    }
}
