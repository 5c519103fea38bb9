//! Module calls against the variables of the module they call.

use super::Checker;
use super::places::Place;
use crate::config::fields::suggest;
use crate::config::model::{Module, ModuleCall, Variable};
use crate::config::report::place;
use crate::diag::Diagnostic;
use crate::syntax::Expr;
use crate::value::{Name, Type, closest, convert};

impl Checker<'_> {
    pub(super) fn calls(&mut self) {
        for call in self.module.calls.values() {
            self.repetition(call.count.as_ref(), call.for_each.as_ref(), call.enabled.as_ref());
            self.depends_on(&call.depends_on);
            let inside = Place::repeated(call.count.is_some(), call.for_each.is_some());
            for (_, key) in &call.provider_keys {
                self.expr(key, &inside);
            }
            let child = self.config.modules.get(&self.module.path.child(&call.name));
            for (name, expr) in &call.arguments {
                match child.map(|c| (c, c.variables.get(name))) {
                    Some((child, None)) => self.unknown_argument(call, name, expr, child),
                    Some((_, Some(variable))) => self.argument(call, variable, expr, &inside),
                    None => drop(self.expr(expr, &inside)),
                }
            }
            if let Some(child) = child {
                self.required_arguments(call, child);
            }
        }
    }

    /// `count`, `for_each` and `enabled`: what is inside the block is not known there.
    pub(super) fn repetition(&mut self, count: Option<&Expr>, for_each: Option<&Expr>, enabled: Option<&Expr>) {
        if let Some(enabled) = enabled {
            self.typed(enabled, &Type::Bool, "enabled", &Place::default());
        }
        if let Some(count) = count {
            self.typed(count, &Type::Number, "count", &Place::default());
        }
        let Some(expr) = for_each else { return };
        let Some(value) = self.expr(expr, &Place::default()) else { return };
        let why = match value.ty() {
            Type::List(_) | Type::Tuple(_) => "a list, whose elements have no lasting names",
            Type::Bool | Type::Number | Type::String => "a single value",
            _ => return,
        };
        self.diags.push(
            Diagnostic::error("Invalid for_each argument", format!("for_each takes a map or a set of strings; this is {why}."))
                .at(expr.span)
                .help("Wrap a list of distinct strings: for_each = toset([...])"),
        );
    }

    fn unknown_argument(&mut self, call: &ModuleCall, name: &Name, expr: &Expr, child: &Module) {
        if self.broken.may_label(name) {
            return;
        }
        let error = Diagnostic::error("Unsupported argument", format!("module.{} has no variable named \"{name}\".", call.name))
            .at(expr.span)
            .within(call.span);
        self.diags.push(suggest(error, name, child.variables.keys().map(AsRef::as_ref)));
    }

    fn argument(&mut self, call: &ModuleCall, variable: &Variable, expr: &Expr, inside: &Place) {
        if let Some(message) = &variable.deprecated {
            self.diags.push(
                Diagnostic::warning(
                    "Deprecated variable",
                    format!("The variable \"{}\" of module.{} is deprecated: {message}", variable.name, call.name),
                )
                .at(expr.span),
            );
        }
        let Some(value) = self.expr(expr, inside) else { return };
        if let Err(e) = convert(&variable.defaults.apply(&value), &variable.ty) {
            let at = if e.path.0.is_empty() { String::new() } else { format!(" at {}", e.path) };
            self.diags.push(
                Diagnostic::error(
                    "Invalid value for module argument",
                    format!(
                        "The variable \"{}\" of module.{} is of type {} (declared at {}){at}: {}.",
                        variable.name,
                        call.name,
                        variable.ty,
                        place(&self.config.sources, variable.span),
                        e.message
                    ),
                )
                .at(expr.span)
                .within(call.span),
            );
        }
    }

    fn required_arguments(&mut self, call: &ModuleCall, child: &Module) {
        let names = || child.variables.keys().map(AsRef::as_ref);
        let unknown = call.arguments.keys().filter(|n| !child.variables.contains_key(*n));
        let meant: Vec<String> = unknown.filter_map(|n| closest(n, names())).collect();
        let missing = child.variables.values().filter(|v| v.default.is_none() && !call.arguments.contains_key(&v.name));
        let missing = missing.filter(|v| !meant.iter().any(|m| m == v.name.as_ref()));
        for variable in missing {
            let declared = place(&self.config.sources, variable.span);
            let error = Diagnostic::error(
                "Missing required argument",
                format!(
                    "module.{} needs the argument \"{}\" (declared at {declared}), but the call does not set it.",
                    call.name, variable.name
                ),
            );
            let help = match &variable.description {
                Some(text) => format!("Add: {} = ...   # {}", variable.name, text.trim()),
                None => format!("Add: {} = ...", variable.name),
            };
            self.diags.push(error.at(call.span).help(help));
        }
    }
}
