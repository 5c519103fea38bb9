//! The names of a module with unknowns of the right types behind them.

use super::super::model::{Config, Module};
use crate::addr::ResourceAddr;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject, evaluate};
use crate::schema::SchemaSource;
use crate::value::{Name, Type, Value};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Chains of locals longer than this are taken as unknown: the stack is finite.
const MAX_CHAIN: u32 = 64;

/// What is declared is an unknown of its type (path values are known, locals are evaluated); what
/// is not is unknown too, since it was reported by name already.
pub(super) struct ModuleScope<'a> {
    config: &'a Config,
    module: &'a Module,
    schemas: &'a dyn SchemaSource,
    env: &'a CallEnv,
    locals: RefCell<BTreeMap<Name, Value>>,
    depth: Cell<u32>,
}

impl<'a> ModuleScope<'a> {
    pub fn new(config: &'a Config, module: &'a Module, schemas: &'a dyn SchemaSource, env: &'a CallEnv) -> Self {
        ModuleScope { config, module, schemas, env, locals: RefCell::default(), depth: Cell::new(0) }
    }

    fn variable(&self, name: &str) -> Value {
        let Some(variable) = self.module.variables.get(name) else { return Value::dynamic() };
        let ty = variable.ty.without_optional();
        let value = if variable.nullable { Value::unknown(ty) } else { Value::unknown_not_null(ty) };
        if variable.sensitive { value.sensitive() } else { value }
    }

    /// A local evaluates once; what is wrong with it is reported where it stands, and one that
    /// leads back to itself is unknown here.
    fn local(&self, name: &Name) -> Value {
        if let Some(value) = self.locals.borrow().get(name) {
            return value.clone();
        }
        let Some(local) = self.module.locals.get(name).filter(|_| self.depth.get() < MAX_CHAIN) else { return Value::dynamic() };
        self.locals.borrow_mut().insert(name.clone(), Value::dynamic());
        self.depth.set(self.depth.get() + 1);
        let value = evaluate(&local.expr, self, &mut Diagnostics::new());
        self.depth.set(self.depth.get() - 1);
        self.locals.borrow_mut().insert(name.clone(), value.clone());
        value
    }

    fn call(&self, name: &Name) -> Value {
        let Some(call) = self.module.calls.get(name).filter(|c| c.repetition().next().is_none()) else { return Value::dynamic() };
        let Some(child) = self.config.modules.get(&self.module.path.child(&call.name)) else { return Value::dynamic() };
        let outputs = child.outputs.iter().map(|(n, o)| {
            let value = Value::dynamic();
            (n.clone(), if o.sensitive { value.sensitive() } else { value })
        });
        Value::object(outputs.collect())
    }

    fn resource(&self, addr: &ResourceAddr) -> Value {
        let Some(resource) = self.module.resources.get(addr) else { return Value::dynamic() };
        let Some(schema) = self.schemas.schema(&resource.provider, addr.mode, &addr.kind) else { return Value::dynamic() };
        let ty = schema.block.ty();
        if resource.lifecycle.enabled.is_some() {
            return Value::unknown(ty);
        }
        Value::unknown_not_null(match (&resource.count, &resource.for_each) {
            (Some(_), _) => Type::list(ty),
            (None, Some(_)) => Type::map(ty),
            (None, None) => ty,
        })
    }
}

impl Scope for ModuleScope<'_> {
    fn resolve(&self, subject: &Subject, _span: Span) -> Result<Value, Diagnostic> {
        Ok(match subject {
            Subject::Var(name) => self.variable(name),
            Subject::Local(name) => self.local(name),
            Subject::Module(name) => self.call(name),
            Subject::Resource { mode, kind, name } => {
                let (module, mode) = (self.module.path.clone(), *mode);
                self.resource(&ResourceAddr { module, mode, kind: kind.clone(), name: name.clone() })
            }
            Subject::Each(name) if name.as_ref() == "key" => Value::unknown_not_null(Type::String),
            Subject::Count(_) => Value::unknown_not_null(Type::Number),
            Subject::Path(name) if name.as_ref() == "module" => Value::string(self.config.path_module(&self.module.path).to_string_lossy()),
            Subject::Path(name) if name.as_ref() == "root" => Value::string("."),
            Subject::Path(_) | Subject::Terraform(_) => Value::unknown_not_null(Type::String),
            Subject::Each(_) | Subject::SelfRef => Value::dynamic(),
        })
    }

    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }

    fn provisional(&self) -> bool {
        true
    }

    fn call_env(&self) -> &CallEnv {
        self.env
    }
}
