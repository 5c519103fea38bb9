//! Early evaluation: values that a module's `source` and `version` may use.
//!
//! Those are variables (of the root module as given; of a called module as its call passes them),
//! locals, `path.*` and `terraform.workspace`. Nothing of a resource, data source or module output
//! exists yet, and a sensitive value may not decide what is fetched.

use super::model::Config;
use super::sources::EarlyValues;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject, evaluate};
use crate::syntax::Expr;
use crate::value::{Name, Type, Value, convert};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Values that refer to values, and so on.
const DEPTH: usize = 64;

type Known = RefCell<BTreeMap<(ModulePath, String), Value>>;

/// What exists early, in one module of a tree that is still being loaded.
struct Early<'a> {
    config: &'a Config,
    values: &'a EarlyValues,
    module: ModulePath,
    depth: &'a Cell<usize>,
    /// Locals and passed variables that were evaluated already.
    known: &'a Known,
}

/// The text of a `source` or `version`; what is wrong with it is reported.
pub(super) fn early_text(
    expr: &Expr,
    what: &str,
    config: &Config,
    values: &EarlyValues,
    module: &ModulePath,
    diags: &mut Diagnostics,
) -> Option<String> {
    let (depth, known) = (Cell::new(0), Known::default());
    let scope = Early { config, values, module: module.clone(), depth: &depth, known: &known };
    let mut own = Diagnostics::new();
    let value = evaluate(expr, &scope, &mut own);
    let failed = own.has_errors();
    diags.extend(own);
    if failed {
        return None;
    }
    match text_of(&value) {
        Ok(text) => Some(text),
        // What is not known may be what the parser could not read.
        Err(_) if !value.is_wholly_known() && diags.has_errors() => None,
        Err(why) => {
            diags.push(
                Diagnostic::error(format!("Invalid module {what}"), format!("The {what} of a module {why}."))
                    .at(expr.span)
                    .help("Use text, variables and locals with values that are known before anything is planned."),
            );
            None
        }
    }
}

fn text_of(value: &Value) -> Result<String, String> {
    let marks = value.deep_marks();
    if marks.is_sensitive() || marks.is_ephemeral() {
        return Err("decides what is fetched and is shown, so it cannot come from a sensitive or ephemeral value".into());
    }
    if !value.is_wholly_known() {
        return Err("has to be known while the configuration is read".into());
    }
    let text = convert(value, &Type::String).map_err(|e| format!("has to be text: {}", e.message))?;
    text.as_str().map(str::to_string).ok_or_else(|| "has to be text, and is null".to_string())
}

impl Early<'_> {
    fn nested(&self, key: &str, span: Span, module: ModulePath, expr: &Expr) -> Result<Value, Diagnostic> {
        let id = (self.module.clone(), key.to_string());
        if let Some(value) = self.known.borrow().get(&id) {
            return Ok(value.clone());
        }
        if self.depth.get() >= DEPTH {
            let detail = format!("{key} depends on itself, or on too long a chain of other values.");
            return Err(Diagnostic::error("Values refer to each other", detail).at(span));
        }
        self.depth.set(self.depth.get() + 1);
        let mut diags = Diagnostics::new();
        let scope = Early { module, ..*self };
        let value = evaluate(expr, &scope, &mut diags);
        self.depth.set(self.depth.get() - 1);
        if let Some(error) = diags.iter().find(|d| d.is_error()) {
            return Err(error.clone());
        }
        self.known.borrow_mut().insert(id, value.clone());
        Ok(value)
    }

    fn variable(&self, name: &Name, span: Span) -> Result<Value, Diagnostic> {
        let declared = self.config.modules.get(&self.module).and_then(|m| m.variables.get(name));
        let Some(declared) = declared else {
            let known = self.config.modules.get(&self.module).into_iter().flat_map(|m| m.variables.keys());
            let error = Diagnostic::error("Reference to undeclared variable", format!("The module declares no variable \"{name}\"."));
            return Err(super::fields::suggest(error.at(span), name, known.map(AsRef::as_ref)));
        };
        let passed = self.passed(name);
        let value = match (self.module.is_root(), passed) {
            (true, _) => self.values.variables.get(name).cloned(),
            (false, Some((parent, expr))) => Some(self.nested(&format!("var.{name}"), span, parent, expr)?),
            (false, None) => declared.default.clone(),
        };
        let Some(value) = value else {
            let detail = format!("var.{name} decides which module is fetched, and has no value here.");
            let help = format!("Set it with -var '{name}=...', a file of variables, or TF_VAR_{name}.");
            return Err(Diagnostic::error("No value for a variable", detail).at(span).help(help));
        };
        let value = convert(&value, &declared.ty).map_err(|e| {
            Diagnostic::error("Unsuitable value type", format!("var.{name} does not fit its type: {}.", e.message)).at(span)
        })?;
        Ok(if declared.sensitive { value.sensitive() } else { value })
    }

    /// What the call of this module passes for a variable, and where it is written.
    fn passed(&self, name: &Name) -> Option<(ModulePath, &Expr)> {
        let parent = self.module.parent()?;
        let call = self.config.modules.get(&parent)?.calls.get(self.module.0.last()?)?;
        Some((parent, call.arguments.get(name)?))
    }

    fn local(&self, name: &Name, span: Span) -> Result<Value, Diagnostic> {
        let module = self.config.modules.get(&self.module);
        match module.and_then(|m| m.locals.get(name)) {
            Some(local) => self.nested(&format!("local.{name}"), span, self.module.clone(), &local.expr),
            None => {
                let known = module.into_iter().flat_map(|m| m.locals.keys());
                let error = Diagnostic::error("Reference to undeclared local value", format!("There is no local value \"{name}\"."));
                Err(super::fields::suggest(error.at(span), name, known.map(AsRef::as_ref)))
            }
        }
    }

    fn path(&self, name: &str) -> Option<Value> {
        let path = match name {
            "module" => self.config.path_module(&self.module),
            "root" => ".".into(),
            "cwd" => self.config.root_dir.clone(),
            _ => return None,
        };
        Some(Value::string(path.display().to_string()))
    }
}

impl Scope for Early<'_> {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        match subject {
            Subject::Var(name) => self.variable(name, span),
            Subject::Local(name) => self.local(name, span),
            Subject::Path(name) => self.path(name).ok_or_else(|| unknown(subject, span)),
            Subject::Terraform(name) if name.as_ref() == "workspace" => Ok(Value::string(self.values.workspace.clone())),
            other => Err(unknown(other, span)),
        }
    }

    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }

    fn call_env(&self) -> &CallEnv {
        &self.values.env
    }
}

fn unknown(subject: &Subject, span: Span) -> Diagnostic {
    let detail = format!("Which module is fetched is decided before anything is planned, when {subject} has no value yet.");
    Diagnostic::error("Value not known early enough", detail)
        .at(span)
        .help("Only variables, locals, path.* and terraform.workspace can be used here.")
}
