//! `count` and `for_each`: how many instances, under which keys.

use super::origin::unknown;
use super::{Evaluator, Expansion, InstanceScope, provider_block};
use crate::addr::{ModulePath, ProviderConfigAddr, ResourceAddr};
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::Expr;
use crate::value::{Name, Repr, Type, Value, convert};
use std::collections::BTreeMap;

/// More instances than this are taken for a mistake.
const MOST: i64 = 1_000_000;

impl Evaluator {
    /// Instances of a called module in every instance of its caller.
    pub(super) fn expand_call(&mut self, path: &ModulePath, diags: &mut Diagnostics) {
        let (Some(parent), Some(name)) = (path.parent(), path.0.last()) else { return };
        let config = self.config.clone();
        let Some(call) = config.modules.get(&parent).and_then(|m| m.calls.get(name)) else { return };
        let mut all = Vec::new();
        for module in self.module_instances(&parent).to_vec() {
            let scope = self.scope(&module);
            let what = if module.is_root() { format!("module.{name}") } else { format!("{module}.module.{name}") };
            let found = expansion(&scope, (call.count.as_ref(), call.for_each.as_ref(), call.enabled.as_ref()), &what, diags);
            let Some(expansion) = found else { continue };
            all.extend(expansion.keys().into_iter().map(|k| module.child(name, k)));
            self.values.set_call(&module, name, expansion);
        }
        self.instances.insert(path.clone(), all);
    }

    /// Instances of a provider configuration with `for_each`.
    pub(super) fn expand_provider(&mut self, addr: &ProviderConfigAddr, diags: &mut Diagnostics) {
        let config = self.config.clone();
        let Some(for_each) = provider_block(&config, addr).and_then(|b| b.for_each.as_ref()) else { return };
        let Some(module) = self.module_instances(&addr.module).first().cloned() else { return };
        let found = expansion(&self.scope(&module), (None, Some(for_each), None), &addr.to_string(), diags);
        if let Some(expansion) = found {
            self.provider_instances.insert(addr.clone(), expansion);
        }
    }

    /// Instances of a resource in every instance of its module.
    pub(super) fn expand_resource(&mut self, addr: &ResourceAddr, diags: &mut Diagnostics) {
        let config = self.config.clone();
        let Some(resource) = config.modules.get(&addr.module).and_then(|m| m.resources.get(addr)) else { return };
        for module in self.module_instances(&addr.module).to_vec() {
            let parent = addr.in_module(module.clone());
            let scope = self.scope(&module);
            let written = (resource.count.as_ref(), resource.for_each.as_ref(), resource.lifecycle.enabled.as_ref());
            let found = expansion(&scope, written, &parent.to_string(), diags);
            if let Some(expansion) = found {
                self.values.set_resource(&parent, expansion);
            }
        }
    }
}

fn expansion(
    scope: &InstanceScope<'_>,
    written: (Option<&Expr>, Option<&Expr>, Option<&Expr>),
    what: &str,
    diags: &mut Diagnostics,
) -> Option<Expansion> {
    let mut found = Diagnostics::new();
    let result = match written {
        (Some(count), ..) => number(scope, count, what, &mut found),
        (_, Some(for_each), _) => keys(scope, for_each, what, &mut found),
        (.., Some(enabled)) => switch(scope, enabled, what, &mut found),
        _ => Some(Expansion::Single),
    };
    let ok = !found.has_errors();
    diags.extend(found);
    result.filter(|_| ok)
}

fn number(scope: &InstanceScope<'_>, expr: &Expr, what: &str, diags: &mut Diagnostics) -> Option<Expansion> {
    let (value, marks) = scope.evaluate(expr, diags).unmark_deep();
    if diags.has_errors() {
        return None;
    }
    if marks.is_ephemeral() {
        diags.push(ephemeral("count", expr, what));
        return None;
    }
    if value.is_unknown() {
        diags.push(unknown(scope, "count", expr, what));
        return None;
    }
    let invalid = |why: &str| Diagnostic::error("Invalid count argument", format!("The count of {what} {why}.")).at(expr.span);
    let whole = convert(&value, &Type::Number).ok().filter(|v| !v.is_null());
    match whole.as_ref().map(Value::as_i64) {
        Some(Some(n)) if (0..=MOST).contains(&n) => Some(Expansion::Count(n.unsigned_abs())),
        Some(found) => {
            let why = match found {
                Some(n) if n > MOST => format!("must be at most {MOST}, and is {n}"),
                _ => "must be a whole number, zero or above".to_string(),
            };
            diags.push(invalid(&why));
            None
        }
        None => {
            let found = if value.is_null() { "null".to_string() } else { format!("of type {}", value.ty()) };
            diags.push(invalid(&format!("must be a number, but it is {found}")));
            None
        }
    }
}

fn switch(scope: &InstanceScope<'_>, expr: &Expr, what: &str, diags: &mut Diagnostics) -> Option<Expansion> {
    let (value, marks) = scope.evaluate(expr, diags).unmark_deep();
    if diags.has_errors() {
        return None;
    }
    let problem = if marks.is_ephemeral() {
        ephemeral("enabled", expr, what)
    } else if value.is_unknown() {
        unknown(scope, "enabled", expr, what)
    } else {
        match convert(&value, &Type::Bool).ok().and_then(|v| v.as_bool()) {
            Some(true) => return Some(Expansion::Single),
            Some(false) => return Some(Expansion::Off),
            None => {
                let detail = format!("enabled of {what} must be true or false, and not null.");
                Diagnostic::error("Invalid enabled argument", detail).at(expr.span)
            }
        }
    };
    diags.push(problem);
    None
}

fn keys(scope: &InstanceScope<'_>, expr: &Expr, what: &str, diags: &mut Diagnostics) -> Option<Expansion> {
    let value = scope.evaluate(expr, diags);
    if diags.has_errors() {
        return None;
    }
    let invalid = |why: String| Diagnostic::error("Invalid for_each argument", format!("The for_each of {what} {why}.")).at(expr.span);
    if value.marks().is_sensitive() {
        diags.push(
            invalid("is sensitive, and its keys would show in addresses".into())
                .help("Use nonsensitive() on the keys if they are no secret."),
        );
        return None;
    }
    if value.marks().is_ephemeral() {
        diags.push(ephemeral("for_each", expr, what));
        return None;
    }
    if value.is_unknown() {
        diags.push(unknown(scope, "for_each", expr, what));
        return None;
    }
    match value.repr() {
        Repr::Map(_, m) | Repr::Object(m) => Some(Expansion::Each(m.iter().map(|(k, v)| (k.clone(), v.clone())).collect())),
        Repr::Set(_, items) => set_keys(scope, items, expr, what, diags).map(Expansion::Each),
        Repr::Null(_) => {
            diags.push(invalid("is null".into()).help("Use an empty map or set for no instances: {} or toset([])."));
            None
        }
        _ => {
            diags.push(
                invalid(format!("must be a map or a set of strings, and is {}", value.ty())).help("A list becomes a set with toset()."),
            );
            None
        }
    }
}

fn set_keys(scope: &InstanceScope<'_>, items: &[Value], expr: &Expr, what: &str, diags: &mut Diagnostics) -> Option<BTreeMap<Name, Value>> {
    let mut keys = BTreeMap::new();
    for item in items {
        match item.as_str() {
            Some(key) => drop(keys.insert(Name::from(key), item.clone())),
            None if item.is_unknown() => {
                diags.push(unknown(scope, "for_each", expr, what));
                return None;
            }
            None => {
                let detail = format!("The for_each of {what} is a set of {}; only sets of strings name instances.", item.ty());
                diags.push(Diagnostic::error("Invalid for_each argument", detail).at(expr.span));
                return None;
            }
        }
    }
    Some(keys)
}

/// Which instances there are must be the same while planning and while applying.
fn ephemeral(argument: &str, expr: &Expr, what: &str) -> Diagnostic {
    let detail =
        format!("The {argument} of {what} comes from an ephemeral value, which may be another one each time: instances need lasting keys.");
    Diagnostic::error(format!("Invalid {argument} argument"), detail).at(expr.span).help("Use a value that is not ephemeral.")
}
