//! Bodies of resources, data sources and providers against their schemas.

use super::Checker;
use super::places::Place;
use super::reach::span_at;
use crate::addr::Mode;
use crate::config::fields::suggest;
use crate::config::model::Resource;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{TraversalStep, body_references, decode_body, references, traversal};
use crate::schema::{BlockSchema, ResourceSchema, RuleError};
use crate::syntax::{Block, Body, Expr};
use crate::value::{Members, Repr, Value};

impl Checker<'_> {
    pub(super) fn resources(&mut self) {
        for resource in self.module.resources.values() {
            self.resource(resource);
        }
        for check in self.module.checks.values() {
            self.rules(&check.asserts, &Place::repeated(false, false));
        }
        for import in &self.module.imports {
            let place = Place::repeated(false, import.for_each.is_some());
            let mut own = Diagnostics::new();
            let refs = references(&import.id, &mut own);
            self.references(&refs, &place, own);
        }
    }

    fn resource(&mut self, resource: &Resource) {
        if resource.generated {
            return;
        }
        let inside = Place::repeated(resource.count.is_some(), resource.for_each.is_some());
        self.repetition(resource.count.as_ref(), resource.for_each.as_ref(), resource.lifecycle.enabled.as_ref());
        if let Some(key) = &resource.provider_key {
            self.expr(key, &inside);
        }
        self.depends_on(&resource.depends_on);
        self.rules(&resource.lifecycle.preconditions, &inside);
        self.rules(&resource.lifecycle.postconditions, &inside.with_self());
        for block in resource.provisioners.iter().chain(&resource.connection) {
            self.names_in(block, &inside.with_self());
        }
        for expr in &resource.lifecycle.replace_triggered_by {
            let mut own = Diagnostics::new();
            let refs = references(expr, &mut own);
            self.references(&refs, &inside, own);
        }
        let schema = self.schemas.schema(&resource.provider, resource.addr.mode, &resource.addr.kind);
        let value = self.body(&resource.body, resource.span, schema.as_deref().map(|s| &s.block), &inside);
        if let Some(schema) = schema {
            self.ignored(resource, &schema.block);
            if let Some(value) = value {
                self.type_rules(resource, &schema, &value);
            }
        }
    }

    /// References of a block that is not decoded here.
    fn names_in(&mut self, block: &Block, place: &Place) {
        let mut own = Diagnostics::new();
        let refs = body_references(&block.body, &["when", "on_failure"], &mut own);
        self.references(&refs, place, own);
    }

    /// Checks names, then evaluates against the schema; without one, names are all there is.
    /// The value is there only when nothing was wrong.
    fn body(&mut self, body: &Body, header: Span, schema: Option<&BlockSchema>, place: &Place) -> Option<Value> {
        let mut own = Diagnostics::new();
        let refs = body_references(body, &[], &mut own);
        let right = self.references(&refs, place, own);
        let schema = schema.filter(|_| right)?;
        let mut own = Diagnostics::new();
        let value = decode_body(body, header, schema, &[], self.scope, &mut own);
        let right = !own.has_errors();
        self.diags.extend(own);
        right.then_some(value)
    }

    /// What the type itself knows to be wrong: enumerations, ranges, conflicts. A mistake that
    /// would be none if what is unknown here were absent is left to the plan.
    fn type_rules(&mut self, resource: &Resource, schema: &ResourceSchema, value: &Value) {
        let given = value.unmark_deep().0;
        let certain = without_unknowns(&given);
        for rule in &schema.rules.validate {
            let even_so: Vec<String> = rule(&certain).iter().map(RuleError::sentence).collect();
            for wrong in rule(&given).into_iter().filter(|w| even_so.contains(&w.sentence())) {
                let span = span_at(&resource.body, &wrong.path).unwrap_or(resource.span);
                self.diags.push(Diagnostic::error("Invalid configuration", wrong.sentence()).at(span).address(&resource.addr));
            }
        }
    }

    /// `ignore_changes` names attributes that exist.
    fn ignored(&mut self, resource: &Resource, schema: &BlockSchema) {
        for expr in &resource.lifecycle.ignore_changes {
            let Some(TraversalStep::Root(name)) = traversal(expr).and_then(|steps| steps.into_iter().next()) else {
                self.diags.push(not_an_attribute(expr));
                continue;
            };
            if schema.attrs.contains_key(&name) || schema.blocks.contains_key(&name) {
                continue;
            }
            let error = Diagnostic::error(
                "Unsupported attribute",
                format!("ignore_changes names \"{name}\", but {} has no such attribute.", resource.addr.kind),
            )
            .at(expr.span);
            let known = schema.attrs.keys().chain(schema.blocks.keys()).map(AsRef::as_ref);
            self.diags.push(suggest(error, &name, known));
        }
    }

    pub(super) fn providers(&mut self) {
        for provider in self.module.providers.values() {
            let source = self.module.provider_source(&provider.name);
            let schema = self.schemas.provider_config(&source);
            let mut body = provider.body.clone();
            body.attributes.retain(|a| a.name.name.as_ref() != "version");
            self.repetition(None, provider.for_each.as_ref(), None);
            self.body(&body, provider.span, schema.as_deref(), &Place::repeated(false, provider.for_each.is_some()));
        }
    }
}

/// The value with null in place of everything that is not known.
fn without_unknowns(value: &Value) -> Value {
    let all = |items: &[Value]| items.iter().map(without_unknowns).collect::<Vec<_>>();
    let each = |members: &Members| members.iter().map(|(n, v)| (n.clone(), without_unknowns(v))).collect::<Members>();
    match value.repr() {
        Repr::Unknown { ty, .. } => Value::null(ty.clone()),
        Repr::List(ty, items) => Value::list(ty.clone(), all(items)),
        Repr::Set(ty, items) => Value::set(ty.clone(), all(items)),
        Repr::Tuple(items) => Value::tuple(all(items)),
        Repr::Map(ty, members) => Value::map(ty.clone(), each(members)),
        Repr::Object(members) => Value::object(each(members)),
        _ => value.clone(),
    }
}

fn not_an_attribute(expr: &Expr) -> Diagnostic {
    Diagnostic::error("Invalid ignore_changes entry", "An attribute's name is needed, with constant keys only.")
        .at(expr.span)
        .help("Write for example: ignore_changes = [tags[\"Name\"], user_data]")
}

/// How a mode is called in messages about types.
pub(super) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "resource type",
        Mode::Data => "data source",
        Mode::Ephemeral => "ephemeral resource type",
    }
}
