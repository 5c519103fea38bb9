//! `import`: objects that exist already come under management with this plan.
//!
//! Wanted objects are read while planning, like those of the state; from then on they are priors
//! like any other, and their changes say where they came from.

use super::managed::Shared;
use super::prior::{Prior, Reading};
use super::request::ReadAnswer;
use super::{Planner, ProviderStatus, Request, Tried};
use crate::addr::{InstanceAddr, ModuleInstance, ModulePath, ProviderConfigAddr, ResourceAddr};
use crate::config::{Config, Import};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::evaluate_as;
use crate::plan::PlanMode;
use crate::plan::eval::{Evaluator, Repetition, place};
use crate::schema::ResourceSchema;
use crate::state::object::{ObjectMeta, encode, mark_schema};
use crate::syntax::Expr;
use crate::value::{Key, Name, Repr, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An object on its way in.
pub(super) struct Importing {
    /// What the provider knows it by.
    pub id: String,
    provider: ProviderConfigAddr,
    schema: Arc<ResourceSchema>,
    span: Option<Span>,
    /// Answered; `Some(false)`: it could not be read.
    answered: Option<bool>,
}

/// An object that is wanted: where, what id, and where that is written.
type Wanted = (InstanceAddr, String, Option<Span>);

/// Positions of the root's import blocks by the resource they name; blocks that name none are
/// reported.
pub(super) fn blocks(config: &Config, diags: &mut Diagnostics) -> BTreeMap<ResourceAddr, Vec<usize>> {
    let mut found: BTreeMap<ResourceAddr, Vec<usize>> = BTreeMap::new();
    let Some(root) = config.root() else { return found };
    for (i, block) in root.imports.iter().enumerate() {
        let any = |_: &Expr| Some(Key::Int(0));
        let addr = place(&block.to, &any).and_then(|p| p.config_addr(&ModulePath::root()));
        match addr {
            Some(addr) if config.modules.get(&addr.module).is_some_and(|m| m.resources.contains_key(&addr)) => {
                found.entry(addr).or_default().push(i);
            }
            Some(addr) => {
                let detail = format!("{addr} is not in the configuration, so nothing says how the imported object should be.");
                let d = Diagnostic::error("Configuration for import target does not exist", detail).at(block.to.span);
                diags.push(d.help("Write the resource block, let plan -generate-config-out=FILE write it, or correct the address."));
            }
            None => {
                let detail = "\"to\" must name a managed resource: aws_vpc.a, module.m.aws_vpc.a[\"k\"].";
                diags.push(Diagnostic::error("Invalid import block", detail).at(block.to.span));
            }
        }
    }
    found
}

impl Planner {
    /// Asks for the objects that are to be imported into a resource, once; waits for answers.
    pub(super) fn imports(&mut self, shared: &Shared<'_>, addr: &ResourceAddr) -> Tried {
        if self.options.mode != PlanMode::Normal {
            return Tried::Done;
        }
        if self.imported.insert(addr.clone()) {
            let mut found = Diagnostics::new();
            let wanted = self.wanted_imports(addr, &mut found);
            let failed = found.has_errors();
            self.diags.extend(found);
            if failed || !wanted.into_iter().all(|w| self.ask_import(shared, w)) {
                return Tried::Failed;
            }
        }
        let mut mine = self.importing.iter().filter(|(a, _)| a.config_addr() == *addr).peekable();
        if mine.peek().is_none() {
            return Tried::Done;
        }
        let answers: Vec<Option<bool>> = mine.map(|(_, i)| i.answered).collect();
        if answers.contains(&Some(false)) {
            Tried::Failed
        } else if answers.contains(&None) {
            Tried::Wait
        } else {
            Tried::Done
        }
    }

    fn wanted_imports(&self, addr: &ResourceAddr, diags: &mut Diagnostics) -> Vec<Wanted> {
        let mut wanted: Vec<Wanted> = Vec::new();
        let root = self.config.root();
        for i in self.import_blocks.get(addr).into_iter().flatten() {
            if let Some(block) = root.and_then(|m| m.imports.get(*i)) {
                wanted.extend(of_block(&self.eval, block, diags));
            }
        }
        let asked = self.options.imports.iter().filter(|(a, _)| a.config_addr() == *addr);
        wanted.extend(asked.map(|(a, id)| (a.clone(), id.clone(), None)));
        wanted
    }

    /// One object; false after an error.
    fn ask_import(&mut self, shared: &Shared<'_>, (addr, id, span): Wanted) -> bool {
        let managed = self.priors.all.contains_key(&(addr.clone(), None));
        if managed || !self.selection.instance(&addr) {
            return true;
        }
        let fail = |summary: &str, detail: String| Diagnostic::error(summary, detail).or_at(span).address(&addr);
        if !self.instances(&addr.config_addr()).contains(&addr) {
            let detail = format!("{addr} is no instance that the configuration has.");
            self.diags.push(fail("Configuration for import target does not exist", detail));
            return false;
        }
        if self.importing.contains_key(&addr) {
            self.diags.push(fail("Duplicate import", format!("Two imports name {addr}; an address holds one object.")));
            return false;
        }
        let shared = match self.bound(shared, &addr) {
            Ok(shared) => shared,
            Err(_) => return false,
        };
        let callable = matches!(self.providers.get(&shared.provider), Some(ProviderStatus::Ready(_)));
        if !callable || self.uncallable.contains(&shared.provider) {
            let detail =
                format!("{} is configured with values that are known only after apply, so {addr} cannot be read.", shared.provider);
            self.diags.push(fail("Provider not configured", detail).help("Apply first what the provider needs, with -target."));
            return false;
        }
        let importing =
            Importing { id: id.clone(), provider: shared.provider.clone(), schema: shared.schema.clone(), span, answered: None };
        self.importing.insert(addr.clone(), importing);
        self.requests.push(Request::Import { addr, provider: shared.provider.clone(), id });
        true
    }

    pub(super) fn take_import(&mut self, addr: &InstanceAddr, found: ReadAnswer) {
        let Some(importing) = self.importing.get_mut(addr) else { return };
        importing.answered = Some(matches!(found, ReadAnswer::Found { .. }));
        let (attributes, private) = match found {
            ReadAnswer::Found { attributes, private } => (attributes, private),
            ReadAnswer::Gone => {
                let detail = format!("There is no object with the id {:?} that {addr} could become.", importing.id);
                let d = Diagnostic::error("Cannot import what does not exist", detail).or_at(importing.span).address(addr);
                self.diags.push(d.help("Correct the id (and region and account), or take the import out: the object will be created."));
                return;
            }
            ReadAnswer::Failed(d) => {
                self.diags.push(d.or_at(importing.span));
                return;
            }
        };
        let now = mark_schema(&attributes, &importing.schema.block);
        let meta =
            ObjectMeta { private: private.clone(), dependencies: self.facts.dependencies(&addr.config_addr()), ..ObjectMeta::default() };
        let prior = Prior {
            provider: importing.provider.clone(),
            stored: encode(&now, &importing.schema, meta),
            schema: importing.schema.clone(),
            before: now.clone(),
            now: Some(now),
            private,
            reading: Reading::Over,
        };
        self.priors.add(addr, prior);
    }
}

/// What one block wants, for each of its `for_each`.
fn of_block(eval: &Evaluator, block: &Import, diags: &mut Diagnostics) -> Vec<Wanted> {
    let Some(for_each) = &block.for_each else { return one(eval, block, Repetition::None, diags).into_iter().collect() };
    let mut found = Diagnostics::new();
    let over = eval.root_scope().evaluate(for_each, &mut found);
    let failed = found.has_errors();
    diags.extend(found);
    if failed {
        return Vec::new();
    }
    let Some(elements) = elements(&over) else {
        let detail = "The for_each of an import block must be a known map, set or list, and not sensitive.";
        diags.push(Diagnostic::error("Invalid for_each argument", detail).at(for_each.span));
        return Vec::new();
    };
    elements.into_iter().filter_map(|(key, value)| one(eval, block, Repetition::Each(key, value), diags)).collect()
}

fn elements(over: &Value) -> Option<Vec<(Name, Value)>> {
    if over.marks().is_sensitive() {
        return None;
    }
    match over.repr() {
        Repr::Map(_, m) | Repr::Object(m) => Some(m.iter().map(|(k, v)| (k.clone(), v.clone())).collect()),
        Repr::Set(_, items) => items.iter().map(|v| Some((Name::from(v.as_str()?), v.clone()))).collect(),
        Repr::List(_, items) | Repr::Tuple(items) => {
            Some(items.iter().enumerate().map(|(i, v)| (Name::from(i.to_string()), v.clone())).collect())
        }
        _ => None,
    }
}

fn one(eval: &Evaluator, block: &Import, repetition: Repetition, diags: &mut Diagnostics) -> Option<Wanted> {
    let mut scope = eval.root_scope();
    scope.repetition = repetition;
    let index = |expr: &Expr| {
        let value = scope.evaluate(expr, &mut Diagnostics::new()).unmark_deep().0;
        value.as_i64().map(Key::Int).or_else(|| value.as_str().map(|s| Key::Str(s.into())))
    };
    let Some(addr) = place(&block.to, &index).and_then(|p| p.instance(&ModuleInstance::root())) else {
        let detail = "A key of \"to\" is not known, or is neither text nor a whole number.";
        diags.push(Diagnostic::error("Invalid import block", detail).at(block.to.span));
        return None;
    };
    let mut found = Diagnostics::new();
    let id = evaluate_as(&block.id, &Type::String, &scope, &mut found);
    let failed = found.has_errors();
    diags.extend(found);
    let invalid = |detail: &str| Diagnostic::error("Invalid import id", detail).at(block.id.span).address(&addr);
    match id.as_str() {
        _ if failed => None,
        Some(_) if id.marks().is_sensitive() => {
            diags.push(invalid("The id is sensitive, and an id shows in plans.").help("Use nonsensitive() if it is no secret."));
            None
        }
        Some("") => {
            diags.push(invalid("The id is empty."));
            None
        }
        Some(id) => Some((addr.clone(), id.to_string(), Some(block.id.span))),
        None => {
            diags.push(invalid("The id must be text that is known while planning; null and values known after apply are not."));
            None
        }
    }
}
