//! Mistakes that can be found before anything has a value.
//!
//! Two passes over every expression: its references are checked by name, and if those are right it
//! is evaluated with unknowns of the right types in place of variables and resources, which finds
//! wrong types, wrong function arguments and attributes that do not exist. A place with a wrong
//! reference is not evaluated: one root cause, one report.

mod availability;
mod bodies;
mod broken;
mod calls;
mod conditions;
mod cycles;
mod places;
mod reach;
mod scope;
mod steps;
mod subjects;
#[cfg(test)]
mod tests;

use super::model::{Config, Module};
use crate::addr::Mode;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{CallEnv, Reference, Scope, Subject, evaluate, references};
use crate::schema::SchemaSource;
use crate::syntax::Expr;
use crate::value::Value;
use broken::BrokenTexts;
use places::Place;
use scope::ModuleScope;

/// Checks a whole configuration against the schemas: names, types, arguments of blocks and calls.
///
/// `env` is what functions see (`file` reads below its `base_dir`, the root module's folder). Types
/// that envctl does not have yet warn, all in one message; whether one of them is really needed is
/// for the plan to find out.
///
/// `diags` may hold what loading reported: names that are declared in a text that could not be
/// read are not reported as missing.
pub fn validate(config: &Config, schemas: &dyn SchemaSource, env: &CallEnv, diags: &mut Diagnostics) {
    let broken = BrokenTexts::of(diags, &config.sources);
    availability::check(config, schemas, diags);
    for module in config.modules.values() {
        let scope = ModuleScope::new(config, module, schemas, env);
        Checker { config, module, schemas, scope: &scope, broken: &broken, diags }.module();
    }
    cycles::check(config, diags);
}

/// The names of the root module with unknowns behind them: what blocks of ours are evaluated in
/// when nothing has a value yet.
#[must_use]
pub fn static_scope<'a>(config: &'a Config, schemas: &'a dyn SchemaSource, env: &'a CallEnv) -> Option<impl Scope + use<'a>> {
    Some(ModuleScope::new(config, config.root()?, schemas, env))
}

/// Remarks about what `.hcl` files declare of OpenTofu's language: `tofu` would not see it.
#[must_use]
pub fn hcl_notes(config: &Config) -> Option<Diagnostic> {
    let all = config.modules.values().flat_map(|m| &m.in_hcl);
    let lines: Vec<String> = all.map(|(what, span)| format!("  {what} ({})", super::report::place(&config.sources, *span))).collect();
    if lines.is_empty() {
        return None;
    }
    let detail = format!("tofu does not read .hcl files and would plan to destroy what they declare:\n{}", lines.join("\n"));
    Some(
        Diagnostic::warning("Declarations that tofu cannot see", detail)
            .help("Keep them in .tf files if tofu shall work on this tree too."),
    )
}

/// `secret.NAME` of an app block.
fn is_secret(subject: &Subject) -> bool {
    matches!(subject, Subject::Resource { mode: Mode::Managed, kind, .. } if kind.as_ref() == "secret")
}

/// One module being checked.
struct Checker<'a> {
    config: &'a Config,
    module: &'a Module,
    schemas: &'a dyn SchemaSource,
    scope: &'a ModuleScope<'a>,
    broken: &'a BrokenTexts,
    diags: &'a mut Diagnostics,
}

impl Checker<'_> {
    fn module(&mut self) {
        self.variables();
        self.locals();
        self.outputs();
        self.providers();
        self.calls();
        self.resources();
        if self.module.path.is_root() {
            self.apps();
        }
    }

    /// Checks an expression; its value where nothing was wrong with its references.
    fn expr(&mut self, expr: &Expr, place: &Place) -> Option<Value> {
        let mut own = Diagnostics::new();
        let refs = references(expr, &mut own);
        if !self.references(&refs, place, own) {
            return None;
        }
        Some(evaluate(expr, self.scope, self.diags))
    }

    /// Checks the references of a place, given what finding them reported. Whether all are right.
    fn references(&mut self, refs: &[Reference], place: &Place, mut own: Diagnostics) -> bool {
        for reference in refs {
            if let Some(wrong) = self.reference(reference, place) {
                own.push(wrong);
            }
        }
        let right = !own.has_errors();
        self.diags.extend(own);
        right
    }

    fn locals(&mut self) {
        for local in self.module.locals.values() {
            self.expr(&local.expr, &Place::default());
        }
    }

    fn outputs(&mut self) {
        for output in self.module.outputs.values() {
            self.expr(&output.value, &Place::default());
            self.depends_on(&output.depends_on);
            self.rules(&output.preconditions, &Place::default());
        }
    }

    /// App blocks and the rules of an environment are decoded elsewhere; that their references lead somewhere is
    /// seen here.
    fn apps(&mut self) {
        let rules = self.config.environment.iter().flat_map(|e| &e.rules);
        for block in rules {
            let mut own = Diagnostics::new();
            let refs = crate::lang::body_references(&block.body, &[], &mut own);
            self.references(&refs, &Place::default(), own);
        }
        for app in &self.config.apps {
            let mut own = Diagnostics::new();
            let mut refs = crate::lang::body_references(&app.block.body, &[], &mut own);
            // Whether a secret is declared is for the decoding of the block.
            refs.retain(|r| !is_secret(&r.subject));
            self.references(&refs, &Place::default(), own);
        }
    }
}
