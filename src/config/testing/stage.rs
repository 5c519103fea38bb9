//! The configuration of one run: provider blocks of the test file put in, stand-ins for what is
//! mocked or overridden.
//!
//! A stand-in is a provider of its own. A resource that is mocked or overridden is given the source
//! of its stand-in instead of its provider's, so that neither the planner nor the engine know of
//! tests; whoever runs the stage registers the stand-ins it lists.

use super::literal::settled;
use super::model::{MockProvider, OverrideModule, OverrideResource, Stubs, TestFile, TestRun};
use crate::addr::{ModulePath, ProviderSource, ResourceAddr};
use crate::config::fields::suggest;
use crate::config::model::{CheckRule, Config, Module, ProviderBlock, ProviderRef, Resource};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{Scope, Subject, references};
use crate::syntax::{Expr, ExprKind};
use crate::value::{Members, Name};
use std::collections::BTreeMap;

/// Host of the sources of stand-ins: no registry has it.
const HOST: &str = "tftest";

/// A provider that stands in for another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Double {
    /// Its own source.
    pub source: ProviderSource,
    /// The provider whose types it has.
    pub of: ProviderSource,
    /// Values of computed attributes, by type.
    pub stubs: Stubs,
    /// The resource it stands in for: what values are drawn from.
    pub resource: ResourceAddr,
}

impl Double {
    /// Whether a source is that of a stand-in: its objects exist nowhere.
    #[must_use]
    pub fn is(source: &ProviderSource) -> bool {
        source.host.as_ref() == HOST
    }
}

/// What a run is planned with.
pub struct Staged {
    /// The configuration.
    pub config: Config,
    /// Stand-ins that it names.
    pub doubles: Vec<Double>,
}

/// Prepares a configuration for a run. `turn` tells its stand-ins from those of other runs, `scope` gives what provider blocks of the test file name
/// beyond the configuration: variables of the file, outputs of earlier runs.
pub fn stage(config: &Config, file: &TestFile, run: &TestRun, turn: usize, scope: &dyn Scope, diags: &mut Diagnostics) -> Staged {
    let mut stage = Stage { config: config.clone(), turn, doubles: Vec::new(), mocked: Vec::new() };
    stage.modules(file, run, diags);
    stage.providers(file, run, scope, diags);
    stage.resources(file, run, diags);
    Staged { config: stage.config, doubles: stage.doubles }
}

/// A configuration of a provider in the root module that is mocked.
struct Mocked<'a> {
    of: ProviderSource,
    alias: Option<Name>,
    mock: &'a MockProvider,
}

struct Stage<'a> {
    config: Config,
    turn: usize,
    doubles: Vec<Double>,
    mocked: Vec<Mocked<'a>>,
}

/// Those of the run, then those of the file that the run does not write again.
fn merged<'a, T>(
    run: &'a [T],
    file: &'a [T],
    same: impl Fn(&T, &T) -> bool,
    again: impl Fn(&T) -> Diagnostic,
    diags: &mut Diagnostics,
) -> Vec<&'a T> {
    let mut all: Vec<&T> = run.iter().collect();
    for one in file {
        if run.iter().any(|r| same(r, one)) {
            diags.push(again(one));
        } else {
            all.push(one);
        }
    }
    all
}

fn covered(target: &str, span: Span) -> Diagnostic {
    Diagnostic::warning("Override of the file not used", format!("The run overrides {target} itself, and that counts.")).at(span)
}

impl<'a> Stage<'a> {
    fn double(&mut self, of: ProviderSource, stubs: Stubs, resource: &ResourceAddr) -> ProviderSource {
        let namespace = format!("{}-{}", self.turn, self.doubles.len());
        let source = ProviderSource { host: HOST.into(), namespace: namespace.into(), kind: of.kind.clone() };
        self.doubles.push(Double { source: source.clone(), of, stubs, resource: resource.clone() });
        source
    }

    /// Overridden modules keep their variables and outputs alone.
    fn modules(&mut self, file: &TestFile, run: &TestRun, diags: &mut Diagnostics) {
        let again = |o: &OverrideModule| covered(&o.target.to_string(), o.span);
        let all = merged(&run.overrides.modules, &file.overrides.modules, |a, b| a.target == b.target, again, diags);
        for one in all {
            if !self.config.modules.contains_key(&one.target) {
                let known: Vec<String> = self.config.modules.keys().filter(|m| !m.is_root()).map(ToString::to_string).collect();
                let d = Diagnostic::error("Module not found", format!("There is no {} to override.", one.target)).at(one.span);
                diags.push(suggest(d, &one.target.to_string(), known.iter().map(String::as_str)));
                continue;
            }
            self.config.modules.retain(|path, _| *path == one.target || !path.0.starts_with(&one.target.0));
            if let Some(module) = self.config.modules.get_mut(&one.target) {
                hollow(module, one, diags);
            }
        }
    }

    /// Provider configurations of the test file: all, or those that the run names.
    fn providers(&mut self, file: &'a TestFile, run: &TestRun, scope: &dyn Scope, diags: &mut Diagnostics) {
        let own = |name: &Name, alias: &Option<Name>| ProviderRef { name: name.clone(), alias: alias.clone() };
        let wanted: Vec<(ProviderRef, ProviderRef)> = if run.providers.is_empty() {
            let blocks = file.providers.iter().map(|p| own(&p.name, &p.alias));
            let mocks = file.mocks.iter().map(|m| own(&m.name, &m.alias));
            blocks.chain(mocks).map(|r| (r.clone(), r)).collect()
        } else {
            run.providers.clone()
        };
        for (there, here) in wanted {
            let is = |name: &Name, alias: &Option<Name>| *name == here.name && *alias == here.alias;
            let block = file.providers.iter().find(|p| is(&p.name, &p.alias));
            let mock = file.mocks.iter().find(|m| is(&m.name, &m.alias));
            match (block, mock) {
                (Some(block), _) => self.put(&there, block, scope, diags),
                (None, Some(mock)) => self.mock(&there, mock),
                (None, None) => diags.push(unknown_provider(&here, file, run.span)),
            }
        }
    }

    fn put(&mut self, there: &ProviderRef, block: &ProviderBlock, scope: &dyn Scope, diags: &mut Diagnostics) {
        self.drop_block(there);
        let Some(root) = self.config.modules.get_mut(&ModulePath::root()) else { return };
        let variables = &root.variables;
        let body = settled(&block.body, &|name| variables.contains_key(name), scope, diags);
        let block = ProviderBlock {
            name: there.name.clone(),
            alias: there.alias.clone(),
            for_each: block.for_each.clone(),
            body,
            span: block.span,
        };
        root.providers.insert((there.name.clone(), there.alias.clone()), block);
    }

    fn mock(&mut self, there: &ProviderRef, mock: &'a MockProvider) {
        self.drop_block(there);
        let of = self.config.root().map_or_else(|| ProviderSource::default_for(&there.name), |m| m.provider_source(&there.name));
        self.mocked.push(Mocked { of, alias: there.alias.clone(), mock });
    }

    /// The configuration's own block is not evaluated.
    fn drop_block(&mut self, there: &ProviderRef) {
        if let Some(root) = self.config.modules.get_mut(&ModulePath::root()) {
            let source = root.provider_source(&there.name);
            let sources: BTreeMap<Name, ProviderSource> =
                root.providers.keys().map(|(n, _)| (n.clone(), root.provider_source(n))).collect();
            root.providers.retain(|(name, alias), _| *alias != there.alias || sources.get(name) != Some(&source));
        }
    }

    fn resources(&mut self, file: &TestFile, run: &TestRun, diags: &mut Diagnostics) {
        let again = |o: &OverrideResource| covered(&o.target.to_string(), o.span);
        let overrides = merged(&run.overrides.resources, &file.overrides.resources, |a, b| a.target == b.target, again, diags);
        for one in &overrides {
            self.must_be_there(one, diags);
        }
        let addrs: Vec<(ModulePath, ResourceAddr)> =
            self.config.modules.iter().flat_map(|(p, m)| m.resources.keys().map(|r| (p.clone(), r.clone()))).collect();
        for (path, addr) in addrs {
            let Some(resource) = self.config.modules.get(&path).and_then(|m| m.resources.get(&addr)) else { continue };
            let (of, key) = (resource.provider.clone(), (addr.mode, addr.kind.clone()));
            let mocked = self.mock_of(resource);
            let inner = mocked.and_then(|m| m.mock.overrides.iter().find(|o| o.target == addr)).map(|o| o.values.clone());
            let values: Option<Members> = overrides.iter().find(|o| o.target == addr).map(|o| o.values.clone()).or(inner);
            let mocks = mocked.map(|m| m.mock.stubs.clone());
            let Some(stubs) = values.map(|v| Stubs::from([(key, v)])).or(mocks) else { continue };
            let source = self.double(of, stubs, &addr);
            if let Some(resource) = self.config.modules.get_mut(&path).and_then(|m| m.resources.get_mut(&addr)) {
                resource.provider = source;
            }
        }
    }

    /// The mocked configuration that a resource uses, if it does.
    fn mock_of(&self, resource: &Resource) -> Option<&Mocked<'a>> {
        let used = self.config.provider_config_for(&resource.addr.module, &resource.provider_ref).addr;
        let same = |m: &&Mocked<'a>| used.module.is_root() && m.of == resource.provider && m.alias == used.alias;
        self.mocked.iter().find(same)
    }

    fn must_be_there(&self, one: &OverrideResource, diags: &mut Diagnostics) {
        let module = self.config.modules.get(&one.target.module);
        if module.is_some_and(|m| m.resources.contains_key(&one.target)) {
            return;
        }
        let known: Vec<String> = self.config.modules.values().flat_map(|m| m.resources.keys()).map(ToString::to_string).collect();
        let d = Diagnostic::error("Resource not found", format!("There is no {} to override.", one.target)).at(one.span);
        diags.push(suggest(d, &one.target.to_string(), known.iter().map(String::as_str)));
    }
}

fn unknown_provider(here: &ProviderRef, file: &TestFile, span: Span) -> Diagnostic {
    let shown = |name: &Name, alias: &Option<Name>| alias.as_ref().map_or_else(|| name.to_string(), |a| format!("{name}.{a}"));
    let blocks = file.providers.iter().map(|p| shown(&p.name, &p.alias));
    let known: Vec<String> = blocks.chain(file.mocks.iter().map(|m| shown(&m.name, &m.alias))).collect();
    let name = shown(&here.name, &here.alias);
    let d = Diagnostic::error(
        "Missing provider definition",
        format!("The run uses {name}, and the test file has no such provider or mock_provider."),
    );
    suggest(d.at(span), &name, known.iter().map(String::as_str))
}

/// Takes everything out of a module but variables and outputs, and gives those their values.
fn hollow(module: &mut Module, by: &OverrideModule, diags: &mut Diagnostics) {
    for name in by.outputs.keys().filter(|n| !module.outputs.contains_key(*n)) {
        let d =
            Diagnostic::warning("Output not found", format!("{} has no output \"{name}\"; the value is not used.", by.target)).at(by.span);
        diags.push(suggest(d, name, module.outputs.keys().map(AsRef::as_ref)));
    }
    for (name, output) in &mut module.outputs {
        let none = Expr::new(ExprKind::Null, by.span);
        output.value = by.outputs.get(name).cloned().unwrap_or(none);
        output.depends_on.clear();
        output.preconditions.clear();
    }
    for variable in module.variables.values_mut() {
        variable.validations.retain(of_variables_alone);
    }
    module.locals.clear();
    module.resources.clear();
    module.calls.clear();
    module.providers.clear();
    module.moved.clear();
    module.imports.clear();
    module.removed.clear();
    module.checks.clear();
}

fn of_variables_alone(rule: &CheckRule) -> bool {
    let found = [&rule.condition, &rule.error_message].into_iter().flat_map(|e| references(e, &mut Diagnostics::new()));
    found.into_iter().all(|r| matches!(r.subject, Subject::Var(_)))
}
