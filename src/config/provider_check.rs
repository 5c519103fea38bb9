//! Whether every provider reference leads to a configuration.

use super::fields::suggest;
use super::model::{Config, Module, ModuleCall, ProviderRef};
use super::report::place;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::Expr;

/// Checks the references of resources and module calls in the whole tree.
pub(super) fn check_providers(config: &Config, diags: &mut Diagnostics) {
    for (path, module) in &config.modules {
        for resource in module.resources.values() {
            let subject = Subject { what: &resource.addr.to_string(), span: resource.span };
            known(module, &resource.provider_ref, &subject, diags);
            keyed(module, &resource.provider_ref, resource.provider_key.as_ref(), &subject, diags);
        }
        for call in module.calls.values() {
            check_call(config, path, module, call, diags);
        }
    }
}

struct Subject<'a> {
    what: &'a str,
    span: Span,
}

/// Reports an alias that nobody declared. Default configurations always exist.
fn known(module: &Module, reference: &ProviderRef, subject: &Subject<'_>, diags: &mut Diagnostics) {
    let Some(alias) = &reference.alias else { return };
    let name = &reference.name;
    let declared = module.configuration_aliases.iter().any(|(n, a)| n == name && a == alias);
    if declared || module.providers.contains_key(&(name.clone(), Some(alias.clone()))) {
        return;
    }
    let error = Diagnostic::error(
        "Provider configuration not present",
        format!("{} uses {name}.{alias}, but the module has no provider \"{name}\" block with alias \"{alias}\".", subject.what),
    )
    .at(subject.span);
    let blocks = module.providers.keys().filter(|(n, _)| n == name).filter_map(|(_, a)| a.as_deref());
    let passed = module.configuration_aliases.iter().filter(|(n, _)| n == name).map(|(_, a)| a.as_ref());
    let candidates: Vec<&str> = blocks.chain(passed).collect();
    diags.push(suggest(error, alias, candidates));
}

/// A configuration with `for_each` is used instance by instance, any other one as it is.
fn keyed(module: &Module, reference: &ProviderRef, key: Option<&Expr>, subject: &Subject<'_>, diags: &mut Diagnostics) {
    let block = module.providers.get(&(reference.name.clone(), reference.alias.clone()));
    let name = reference.alias.as_ref().map_or_else(|| reference.name.to_string(), |alias| format!("{}.{alias}", reference.name));
    match (block.and_then(|b| b.for_each.as_ref()), key) {
        (Some(_), None) => {
            let detail = format!("{} uses {name}, which has for_each, and does not say which instance of it.", subject.what);
            let d = Diagnostic::error("Provider instance key required", detail).at(subject.span);
            diags.push(d.help(format!("Write for example: {name}[each.key]")));
        }
        (None, Some(key)) => {
            let detail = format!("{} chooses an instance of {name}, which has no for_each here and so only one.", subject.what);
            diags.push(Diagnostic::error("Unexpected provider instance key", detail).at(key.span).help(format!("Write: {name}")));
        }
        _ => {}
    }
}

fn check_call(config: &Config, path: &ModulePath, module: &Module, call: &ModuleCall, diags: &mut Diagnostics) {
    let what = format!("module.{}", call.name);
    let subject = Subject { what: &what, span: call.span };
    for (inner, outer) in &call.providers {
        known(module, outer, &subject, diags);
        let key = call.provider_keys.iter().find(|(child, _)| child == inner).map(|(_, key)| key);
        keyed(module, outer, key, &subject, diags);
    }
    let Some(child) = config.modules.get(&path.child(&call.name)) else { return };
    for (inner, outer) in &call.providers {
        passed_in(config, child, inner, (module, outer), &subject, diags);
    }
    for (name, alias) in &child.configuration_aliases {
        let wanted = ProviderRef { name: name.clone(), alias: Some(alias.clone()) };
        if !call.providers.iter().any(|(inner, _)| *inner == wanted) {
            diags.push(
                Diagnostic::error(
                    "Missing required provider configuration",
                    format!("The module behind {what} needs the provider configuration {name}.{alias}, but the call does not pass it."),
                )
                .at(call.span)
                .help(format!("Add to the call: providers = {{ {name}.{alias} = {name} }}")),
            );
        }
    }
    no_repetition(config, &path.child(&call.name), call, diags);
}

/// What is passed must be declared by the child, and be of the same provider.
fn passed_in(
    config: &Config,
    child: &Module,
    inner: &ProviderRef,
    outer: (&Module, &ProviderRef),
    subject: &Subject<'_>,
    diags: &mut Diagnostics,
) {
    let (there, here) = (child.provider_source(&inner.name), outer.0.provider_source(&outer.1.name));
    if there != here {
        diags.push(
            Diagnostic::error(
                "Provider type mismatch",
                format!("{} passes {here} where the module means {there} by \"{}\".", subject.what, inner.name),
            )
            .at(subject.span),
        );
        return;
    }
    let block = child.providers.get(&(inner.name.clone(), inner.alias.clone()));
    if let Some(block) = block.filter(|b| !b.is_empty()) {
        diags.push(
            Diagnostic::error(
                "Cannot override provider configuration",
                format!(
                    "{} passes a configuration for \"{}\", but the module configures it itself at {}.",
                    subject.what,
                    inner.name,
                    place(&config.sources, block.span)
                ),
            )
            .at(subject.span)
            .help("Remove the provider block from the module, or do not pass the provider."),
        );
    }
    if let (Some(alias), None) = (&inner.alias, block) {
        let declared = child.configuration_aliases.iter().any(|(n, a)| *n == inner.name && a == alias);
        if !declared {
            diags.push(
                Diagnostic::error(
                    "Undefined provider configuration",
                    format!("{} passes {}.{alias}, which the module does not declare.", subject.what, inner.name),
                )
                .at(subject.span)
                .help(format!("Declare it in the module's required_providers: configuration_aliases = [{}.{alias}]", inner.name)),
            );
        }
    }
}

/// A module that configures providers itself, at any depth, can be called once only.
fn no_repetition(config: &Config, child: &ModulePath, call: &ModuleCall, diags: &mut Diagnostics) {
    let repeated = [("count", call.count.is_some()), ("for_each", call.for_each.is_some()), ("depends_on", !call.depends_on.is_empty())];
    let Some((how, _)) = repeated.into_iter().find(|(_, used)| *used) else { return };
    let below = config.modules.iter().filter(|(path, _)| path.0.starts_with(&child.0));
    let own = below.flat_map(|(_, module)| module.providers.values()).find(|block| !block.is_empty());
    if let Some(block) = own {
        diags.push(
            Diagnostic::error(
                "Module is incompatible with count, for_each, and depends_on",
                format!(
                    "module.{} is called with {how}, but it (or a module it calls) has a provider configuration of its own at {}.",
                    call.name,
                    place(&config.sources, block.span)
                ),
            )
            .at(call.span)
            .help("Configure the provider in the root module and pass it with providers = { ... }."),
        );
    }
}
