//! Early evaluation: values that a module's `source` and `version` may use, and the `backend` block.
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
use crate::value::{Marks, Name, Type, Value, convert};
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
    /// What the value decides, in words.
    decides: &'a str,
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
    let value = early_value(expr, "which module is fetched", config, values, module, diags)?;
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

/// The value of a setting of the root module's backend; what is wrong with it is reported.
pub(super) fn early_setting(expr: &Expr, config: &Config, values: &EarlyValues, diags: &mut Diagnostics) -> Option<Value> {
    let value = early_value(expr, "where the state is kept", config, values, &ModulePath::root(), diags)?;
    let marks = value.deep_marks();
    let why = if marks.is_secret() {
        "The settings of a backend are kept beside plans, so none can come from a sensitive or ephemeral value."
    } else if !value.is_wholly_known() {
        "The settings of a backend have to be known while the configuration is read."
    } else {
        return Some(value);
    };
    let d = Diagnostic::error("Invalid backend setting", why).at(expr.span);
    diags.push(d.help("Give credentials by the environment (AWS_PROFILE, AWS_ACCESS_KEY_ID), other settings by plain values."));
    None
}

fn early_value(
    expr: &Expr,
    decides: &str,
    config: &Config,
    values: &EarlyValues,
    module: &ModulePath,
    diags: &mut Diagnostics,
) -> Option<Value> {
    let (depth, known) = (Cell::new(0), Known::default());
    let scope = Early { config, values, module: module.clone(), decides, depth: &depth, known: &known };
    let mut own = Diagnostics::new();
    let value = evaluate(expr, &scope, &mut own);
    let failed = own.has_errors();
    diags.extend(own);
    (!failed).then_some(value)
}

fn text_of(value: &Value) -> Result<String, String> {
    let marks = value.deep_marks();
    if marks.is_secret() {
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
            let detail = format!("var.{name} decides {}, and has no value here.", self.decides);
            let help = format!("Set it with -var '{name}=...', a file of variables, or TF_VAR_{name}.");
            return Err(Diagnostic::error("No value for a variable", detail).at(span).help(help));
        };
        let value = convert(&value, &declared.ty).map_err(|e| {
            Diagnostic::error("Unsuitable value type", format!("var.{name} does not fit its type: {}.", e.message)).at(span)
        })?;
        let value = if declared.ephemeral { value.mark(&Marks::EPHEMERAL) } else { value };
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
            Subject::Path(name) => self.path(name).ok_or_else(|| unknown(self.decides, subject, span)),
            Subject::Terraform(name) if name.as_ref() == "workspace" => Ok(Value::string(self.values.workspace.clone())),
            other => Err(unknown(self.decides, other, span)),
        }
    }

    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }

    fn call_env(&self) -> &CallEnv {
        &self.values.env
    }
}

fn unknown(decides: &str, subject: &Subject, span: Span) -> Diagnostic {
    let detail = format!("It is decided {decides} before anything is planned, when {subject} has no value yet.");
    Diagnostic::error("Value not known early enough", detail)
        .at(span)
        .help("Only variables, locals, path.* and terraform.workspace can be used here.")
}
