//! Variables, locals and outputs.

use super::{Evaluator, Kind, Repetition};
use crate::addr::{ModuleInstance, ModulePath};
use crate::config::{Output, Variable};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::value::{Name, Value, convert};

impl Evaluator {
    pub(super) fn variable(&mut self, path: &ModulePath, name: &Name, diags: &mut Diagnostics) {
        let config = self.config.clone();
        let Some(variable) = config.modules.get(path).and_then(|m| m.variables.get(name)) else { return };
        for module in self.module_instances(path).to_vec() {
            let value = if module.is_root() { self.root_value(variable, diags) } else { self.argument(&module, variable, diags) };
            let Some(value) = value else { continue };
            self.values.set(Kind::Variable, &module, name, value);
            let scope = self.scope(&module);
            let what = within(&module, &format!("var.{name}"));
            scope.check(&variable.validations, "Invalid value for variable", &what, diags);
        }
    }

    fn root_value(&self, variable: &Variable, diags: &mut Diagnostics) -> Option<Value> {
        let given = self.inputs.get(&variable.name).or(variable.default.as_ref());
        if given.is_none() {
            let detail = format!("The root variable {} has no default, and no value was given for it.", variable.name);
            let help = format!("Give one with -var '{0}=...', in a .tfvars file, or as TF_VAR_{0}.", variable.name);
            diags.push(Diagnostic::error("No value for required variable", detail).at(variable.span).help(help));
        }
        finish(variable, given?.clone(), variable.span, diags)
    }

    /// The call's argument, evaluated in the calling module's instance.
    fn argument(&self, module: &ModuleInstance, variable: &Variable, diags: &mut Diagnostics) -> Option<Value> {
        let (parent, (call_name, key)) = (module.parent()?, module.0.last()?);
        let call = self.config.modules.get(&parent.path())?.calls.get(call_name)?;
        let Some(expr) = call.arguments.get(&variable.name) else {
            if variable.default.is_none() {
                let detail = format!("The argument \"{}\" is required, but {module} is called without it.", variable.name);
                diags.push(Diagnostic::error("Missing required argument", detail).at(call.span));
            }
            return finish(variable, variable.default.clone()?, call.span, diags);
        };
        let mut scope = self.scope(&parent);
        if let Some(expansion) = self.values.call(&parent, call_name) {
            scope.repetition = Repetition::of(expansion, key);
        }
        let mut found = Diagnostics::new();
        let value = scope.evaluate(expr, &mut found);
        let ok = !found.has_errors();
        diags.extend(found);
        if !ok {
            return None;
        }
        if value.deep_marks().is_ephemeral() && !variable.ephemeral {
            let detail =
                format!("The value for var.{} of {module} is ephemeral, and the variable does not take such values.", variable.name);
            let d = Diagnostic::error("Invalid use of an ephemeral value", detail).at(expr.span);
            diags.push(d.help("Write ephemeral = true in the variable, or give it a value that is not ephemeral."));
            return None;
        }
        finish(variable, value, expr.span, diags)
    }

    pub(super) fn local(&mut self, path: &ModulePath, name: &Name, diags: &mut Diagnostics) {
        let config = self.config.clone();
        let Some(local) = config.modules.get(path).and_then(|m| m.locals.get(name)) else { return };
        for module in self.module_instances(path).to_vec() {
            let value = self.scope(&module).evaluate(&local.expr, diags);
            self.values.set(Kind::Local, &module, name, value);
        }
    }

    pub(super) fn output(&mut self, path: &ModulePath, name: &Name, diags: &mut Diagnostics) {
        let config = self.config.clone();
        let Some(output) = config.modules.get(path).and_then(|m| m.outputs.get(name)) else { return };
        for module in self.module_instances(path).to_vec() {
            let scope = self.scope(&module);
            let what = within(&module, &format!("output.{name}"));
            if !scope.check(&output.preconditions, "Precondition of an output failed", &what, diags) {
                continue;
            }
            let mut value = scope.evaluate(&output.value, diags);
            if let Some(d) = misplaced(output, path, &value) {
                diags.push(d);
                continue;
            }
            if output.ephemeral {
                value = value.mark(&crate::value::Marks::EPHEMERAL);
            }
            if output.sensitive {
                value = value.sensitive();
            } else if path.is_root() && value.has_sensitive() {
                let detail = format!("The output {name} refers to sensitive values, and would show them.");
                let help = "Write sensitive = true in the output, or use nonsensitive() where the value is no secret.";
                diags.push(Diagnostic::error("Output refers to sensitive values", detail).at(output.value.span).help(help));
                continue;
            }
            self.values.set(Kind::Output, &module, name, value);
        }
    }
}

/// A name with the module it stands in.
fn within(module: &ModuleInstance, name: &str) -> String {
    if module.is_root() { name.to_string() } else { format!("{module}.{name}") }
}

/// Ephemeral values leave a module through ephemeral outputs alone, and the root module never.
fn misplaced(output: &Output, path: &ModulePath, value: &Value) -> Option<Diagnostic> {
    if path.is_root() && output.ephemeral {
        let detail = "Outputs of the root module are stored in the state, so none of them can be ephemeral.";
        return Some(Diagnostic::error("Ephemeral output in the root module", detail).at(output.span));
    }
    if output.ephemeral || !value.deep_marks().is_ephemeral() {
        return None;
    }
    let d = Diagnostic::error("Invalid use of an ephemeral value", "The output refers to an ephemeral value, and is not ephemeral itself.");
    let help = if path.is_root() { "Take the value out: it must not be stored." } else { "Write ephemeral = true in the output." };
    Some(d.at(output.value.span).help(help))
}

/// Defaults, conversion, nullability and marks of a variable's value.
fn finish(variable: &Variable, value: Value, at: Span, diags: &mut Diagnostics) -> Option<Value> {
    let value = match (&variable.default, variable.nullable) {
        (Some(default), false) if value.is_null() => default.clone(),
        _ => value,
    };
    let converted = match convert(&variable.defaults.apply(&value), &variable.ty) {
        Ok(value) => value,
        Err(e) => {
            let place = if e.path.0.is_empty() { String::new() } else { format!(" at {}", e.path) };
            let detail = format!("The value of {} does not suit its type{place}: {}.", variable.name, e.message);
            diags.push(Diagnostic::error("Invalid value for variable", detail).at(at));
            return None;
        }
    };
    if converted.is_null() && !variable.nullable {
        let detail = format!("The variable {} must not be null.", variable.name);
        diags.push(Diagnostic::error("Invalid value for variable", detail).at(at));
        return None;
    }
    let marked = if variable.sensitive { converted.sensitive() } else { converted };
    Some(match (&variable.deprecated, variable.ephemeral) {
        (_, true) => marked.mark(&crate::value::Marks::EPHEMERAL),
        _ => marked,
    })
}
