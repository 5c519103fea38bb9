//! What names mean inside one module instance.

use super::Evaluator;
use super::values::{Kind, instance_key};
use crate::addr::{InstanceKey, Mode, ModuleInstance, ResourceAddr, ResourceInstanceParent};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject, evaluate};
use crate::syntax::Expr;
use crate::value::{Key, Marks, Name, Value, closest};

/// A module instance, and the instance of a resource or call that is being evaluated in it.
pub struct InstanceScope<'a> {
    pub(super) eval: &'a Evaluator,
    /// Where.
    pub module: &'a ModuleInstance,
    /// `each` and `count`.
    pub repetition: Repetition,
    /// `self`, in conditions.
    pub self_value: Option<Value>,
}

/// `each` or `count` of the instance that is being evaluated.
#[derive(Clone, Debug, Default)]
pub enum Repetition {
    /// Neither.
    #[default]
    None,
    /// `count.index`
    Count(u64),
    /// `each.key` and `each.value`
    Each(Name, Value),
}

impl Repetition {
    /// The repetition of an instance.
    #[must_use]
    pub fn of(expansion: &super::Expansion, key: &InstanceKey) -> Repetition {
        match (expansion, key) {
            (super::Expansion::Each(map), InstanceKey::Str(k)) => match map.get(k) {
                Some(v) => Repetition::Each(k.clone(), v.clone()),
                None => Repetition::None,
            },
            (_, InstanceKey::Int(i)) => Repetition::Count(*i),
            _ => Repetition::None,
        }
    }
}

impl InstanceScope<'_> {
    /// Evaluates an expression; reports into `diags`, and then returns an unknown.
    pub fn evaluate(&self, expr: &Expr, diags: &mut Diagnostics) -> Value {
        evaluate(expr, self, diags)
    }

    fn parent(&self, subject: &Subject) -> Option<ResourceInstanceParent> {
        let Subject::Resource { mode, kind, name } = subject else { return None };
        let module = self.module.clone();
        Some(ResourceInstanceParent { module, mode: *mode, kind: kind.clone(), name: name.clone() })
    }

    fn undeclared(&self, what: &str, name: &str, near: Option<String>, span: Span) -> Diagnostic {
        let place = if self.module.is_root() { "the root module".to_string() } else { self.module.path().to_string() };
        let d = Diagnostic::error(format!("Reference to undeclared {what}"), format!("{name} is not declared in {place}.")).at(span);
        match near {
            Some(near) => d.help(format!("Did you mean {near}?")),
            None => d,
        }
    }

    fn named(&self, kind: Kind, name: &Name, span: Span) -> Result<Value, Diagnostic> {
        if let Some(value) = self.eval.values.get(kind, self.module, name) {
            return Ok(value.clone());
        }
        let module = self.eval.config.modules.get(&self.module.path());
        let (what, prefix, names): (_, _, Vec<&str>) = match kind {
            Kind::Local => ("local value", "local", module.map(|m| m.locals.keys().map(AsRef::as_ref).collect()).unwrap_or_default()),
            _ => ("input variable", "var", module.map(|m| m.variables.keys().map(AsRef::as_ref).collect()).unwrap_or_default()),
        };
        if names.contains(&name.as_ref()) {
            return Ok(Value::dynamic());
        }
        let near = closest(name, names).map(|n| format!("{prefix}.{n}"));
        Err(self.undeclared(what, &format!("{prefix}.{name}"), near, span))
    }

    fn resource(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        let Some(parent) = self.parent(subject) else { return Ok(Value::dynamic()) };
        let marks = if parent.mode == Mode::Ephemeral { Marks::EPHEMERAL } else { Marks::default() };
        if let Some(value) = self.eval.values.whole_resource(&parent) {
            return Ok(value.mark(&marks));
        }
        let addr: ResourceAddr = parent.config_addr();
        let module = self.eval.config.modules.get(&addr.module);
        if module.is_some_and(|m| m.resources.contains_key(&addr)) {
            return Ok(Value::dynamic().mark(&marks));
        }
        let local = |a: &ResourceAddr| ResourceAddr { module: crate::addr::ModulePath::root(), ..a.clone() }.to_string();
        let names: Vec<String> = module.map(|m| m.resources.keys().map(local).collect()).unwrap_or_default();
        let near = closest(&subject.to_string(), names.iter().map(String::as_str));
        Err(self.undeclared("resource", &subject.to_string(), near, span))
    }

    fn call(&self, name: &Name, span: Span) -> Result<Value, Diagnostic> {
        if let Some(value) = self.eval.values.whole_call(self.module, name, &self.output_names(name)) {
            return Ok(value);
        }
        let calls = self.eval.config.modules.get(&self.module.path()).map(|m| &m.calls);
        if calls.is_some_and(|c| c.contains_key(name)) {
            return Ok(Value::dynamic());
        }
        let near = closest(name, calls.into_iter().flat_map(|c| c.keys().map(AsRef::as_ref))).map(|n| format!("module.{n}"));
        Err(self.undeclared("module", &format!("module.{name}"), near, span))
    }

    fn output_names(&self, call: &Name) -> Vec<Name> {
        let child = self.module.path().child(call);
        self.eval.config.modules.get(&child).map(|m| m.outputs.keys().cloned().collect()).unwrap_or_default()
    }

    fn repetition(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        let known = match (&self.repetition, subject) {
            (Repetition::Count(i), Subject::Count(n)) if n.as_ref() == "index" => {
                return Ok(Value::int(i64::try_from(*i).unwrap_or(i64::MAX)));
            }
            (Repetition::Each(key, _), Subject::Each(n)) if n.as_ref() == "key" => Some(Value::string(key)),
            (Repetition::Each(_, value), Subject::Each(n)) if n.as_ref() == "value" => Some(value.clone()),
            _ => None,
        };
        let (root, argument) = if matches!(subject, Subject::Each(_)) { ("each", "for_each") } else { ("count", "count") };
        known.ok_or_else(|| {
            Diagnostic::error(
                format!("Reference to \"{root}\" in a context without it"),
                format!(
                    "{subject} has a meaning only inside a resource or module block with {argument} (each.key, each.value; count.index)."
                ),
            )
            .at(span)
        })
    }

    fn path(&self, name: &str, span: Span) -> Result<Value, Diagnostic> {
        let config = &self.eval.config;
        let module = config.modules.get(&self.module.path()).map(|m| &m.dir);
        match name {
            "module" => Ok(Value::string(module.map_or_else(|| ".".to_string(), |dir| relative(dir, &config.root_dir)))),
            "root" => Ok(Value::string(".")),
            "cwd" => Ok(Value::string(config.root_dir.display().to_string())),
            _ => Err(Diagnostic::error(
                "Invalid \"path\" attribute",
                format!("path.{name} does not exist; there are path.module, path.root and path.cwd."),
            )
            .at(span)),
        }
    }
}

impl Scope for InstanceScope<'_> {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        match subject {
            Subject::Var(name) => self.named(Kind::Variable, name, span),
            Subject::Local(name) => self.named(Kind::Local, name, span),
            Subject::Module(name) => self.call(name, span),
            Subject::Resource { .. } => self.resource(subject, span),
            Subject::Each(_) | Subject::Count(_) => self.repetition(subject, span),
            Subject::SelfRef => self.self_value.clone().ok_or_else(|| {
                Diagnostic::error("Invalid \"self\" reference", "self has a meaning only in postconditions and provisioners of a resource.")
                    .at(span)
            }),
            Subject::Path(name) => self.path(name, span),
            Subject::Terraform(name) if name.as_ref() == "workspace" => Ok(Value::string(&self.eval.workspace)),
            Subject::Terraform(name) => Err(Diagnostic::error(
                "Invalid \"terraform\" attribute",
                format!("terraform.{name} does not exist; there is terraform.workspace."),
            )
            .at(span)),
        }
    }

    fn resolve_instance(&self, subject: &Subject, key: &Key, _span: Span) -> Option<Result<Value, Diagnostic>> {
        let key = instance_key(key)?;
        if let Subject::Module(name) = subject {
            let expansion = self.eval.values.call(self.module, name)?;
            let names = self.output_names(name);
            return expansion.contains(&key).then(|| Ok(self.eval.values.call_instance(self.module, name, &key, &names)));
        }
        let parent = self.parent(subject)?;
        let expansion = self.eval.values.resource(&parent)?;
        if !expansion.contains(&key) {
            return None;
        }
        self.eval.values.instance(&parent, &key).cloned().map(Ok)
    }

    fn functions(&self) -> &FunctionTable {
        self.eval.functions
    }

    fn call_env(&self) -> &CallEnv {
        &self.eval.env
    }
}

/// `dir` as written from `base`: `.`, `modules/x`, `../../modules/x`.
fn relative(dir: &std::path::Path, base: &std::path::Path) -> String {
    let (mut a, mut b) = (dir.components().peekable(), base.components().peekable());
    while a.peek().is_some() && a.peek() == b.peek() {
        a.next();
        b.next();
    }
    let up = b.map(|_| "..".to_string());
    let parts: Vec<String> = up.chain(a.map(|c| c.as_os_str().to_string_lossy().into_owned())).collect();
    if parts.is_empty() { ".".to_string() } else { parts.join("/") }
}
