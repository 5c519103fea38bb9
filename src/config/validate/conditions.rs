//! Variables, conditions, and lists of references.

use super::Checker;
use super::places::Place;
use crate::config::model::CheckRule;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{Subject, references};
use crate::syntax::Expr;
use crate::value::{Type, convert};

impl Checker<'_> {
    pub(super) fn variables(&mut self) {
        for variable in self.module.variables.values() {
            self.rules(&variable.validations, &Place::default());
        }
    }

    pub(super) fn rules(&mut self, rules: &[CheckRule], place: &Place) {
        for rule in rules {
            self.typed(&rule.condition, &Type::Bool, "condition", place);
            self.typed(&rule.error_message, &Type::String, "error_message", place);
        }
    }

    /// An expression that must give a certain type.
    pub(super) fn typed(&mut self, expr: &Expr, ty: &Type, what: &str, place: &Place) {
        let Some(value) = self.expr(expr, place) else { return };
        if let Err(e) = convert(&value, ty) {
            self.diags
                .push(Diagnostic::error(format!("Invalid {what}"), format!("\"{what}\" must be a {ty}: {}.", e.message)).at(expr.span));
        }
    }

    /// Names of whole objects: nothing else can be waited for.
    pub(super) fn depends_on(&mut self, list: &[Expr]) {
        for expr in list {
            let mut own = Diagnostics::new();
            let refs = references(expr, &mut own);
            if !self.references(&refs, &Place::default(), own) {
                continue;
            }
            let whole = refs
                .iter()
                .all(|r| matches!(r.subject, Subject::Module(_) | Subject::Resource { .. } | Subject::Var(_) | Subject::Local(_)));
            if !whole {
                self.diags.push(
                    Diagnostic::error("Invalid depends_on reference", "depends_on takes resources, data sources and modules.")
                        .at(expr.span),
                );
            }
        }
    }
}
