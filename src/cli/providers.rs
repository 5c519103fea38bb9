//! `providers`: which module needs which provider.

use super::args_language::ProvidersArgs;
use super::project::load_only;
use super::session::Session;
use crate::addr::{ModulePath, ProviderSource};
use crate::config::{Config, Module};
use crate::diag::Diagnostics;
use std::collections::BTreeMap;

/// Runs the command.
///
/// # Errors
/// When the environment does not load.
pub fn run(session: &Session, args: &ProvidersArgs) -> Result<(), Diagnostics> {
    let config = load_only(session, &args.env)?;
    let mut out = String::from("Providers required by the configuration:\n.\n");
    tree(&config, &ModulePath::root(), "", &mut out);
    session.out(&out);
    Ok(())
}

/// The branches below a module: its providers, then the modules it calls.
fn tree(config: &Config, path: &ModulePath, indent: &str, out: &mut String) {
    let Some(module) = config.modules.get(path) else { return };
    let providers = needed(module);
    let last = providers.len() + module.calls.len();
    let branch = |n: usize| if n == last { ("└── ", "    ") } else { ("├── ", "│   ") };
    for (i, (source, version)) in providers.iter().enumerate() {
        let version = version.as_ref().map(|v| format!(" {v}")).unwrap_or_default();
        out.push_str(&format!("{indent}{}provider[{source}]{version}\n", branch(i + 1).0));
    }
    for (i, name) in module.calls.keys().enumerate() {
        let (mark, below) = branch(providers.len() + i + 1);
        out.push_str(&format!("{indent}{mark}module.{name}\n"));
        tree(config, &path.child(name), &format!("{indent}{below}"), out);
    }
}

/// Providers that a module names or that its resources belong to, with the versions it asks for.
fn needed(module: &Module) -> BTreeMap<ProviderSource, Option<String>> {
    let mut all: BTreeMap<ProviderSource, Option<String>> = BTreeMap::new();
    for required in module.required_providers.values() {
        all.insert(required.source.clone(), required.version.clone());
    }
    let blocks = module.providers.keys().map(|(name, _)| module.provider_source(name));
    for source in module.resources.values().map(|r| r.provider.clone()).chain(blocks) {
        all.entry(source).or_default();
    }
    all
}
