//! Conditions: validations, preconditions, postconditions.

use super::{Evaluator, InstanceScope};
use crate::addr::ModulePath;
use crate::config::CheckRule;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{evaluate_as, explain};
use crate::plan::CheckStatus;
use crate::value::{Name, Type};
use std::sync::PoisonError;

impl Evaluator {
    /// Asserts a `check` block in every instance of its module; what does not hold is a warning.
    pub(super) fn check_block(&self, path: &ModulePath, name: &Name, diags: &mut Diagnostics) {
        let Some(check) = self.config.modules.get(path).and_then(|m| m.checks.get(name)) else { return };
        for module in self.module_instances(path) {
            let mut found = Diagnostics::new();
            let what = if module.is_root() { format!("check.{name}") } else { format!("{module}.check.{name}") };
            self.scope(module).check(&check.asserts, "Check assertion failed", &what, &mut found);
            diags.extend(found.into_iter().map(Diagnostic::into_warning).collect());
        }
    }
}

impl InstanceScope<'_> {
    /// Checks conditions; false when one is false or fails. What is not known yet passes.
    pub fn check(&self, rules: &[CheckRule], summary: &str, what: &str, diags: &mut Diagnostics) -> bool {
        let failed = rules.iter().filter(|rule| !self.one(rule, summary, what, diags)).count();
        failed == 0
    }

    fn record(&self, what: &str, status: CheckStatus, message: Option<String>) {
        let mut checks = self.eval.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.record(self.module, what, status, message);
    }

    fn one(&self, rule: &CheckRule, summary: &str, what: &str, diags: &mut Diagnostics) -> bool {
        let mut found = Diagnostics::new();
        let holds = evaluate_as(&rule.condition, &Type::Bool, self, &mut found);
        let failed = found.has_errors();
        diags.extend(found);
        if failed {
            self.record(what, CheckStatus::Error, None);
            return false;
        }
        if holds.as_bool() != Some(false) && !holds.is_null() {
            self.record(what, if holds.is_unknown() { CheckStatus::Unknown } else { CheckStatus::Pass }, None);
            return true;
        }
        let mut own = Diagnostics::new();
        let message = evaluate_as(&rule.error_message, &Type::String, self, &mut own);
        let text = match message.as_str() {
            Some(_) if message.deep_marks().is_ephemeral() => {
                "The message of this condition refers to ephemeral values, so it is not shown.".to_string()
            }
            Some(text) if !message.has_sensitive() => text.to_string(),
            Some(_) => "The message of this condition refers to sensitive values, so it is not shown.".to_string(),
            None => "The condition does not hold.".to_string(),
        };
        self.record(what, CheckStatus::Fail, Some(text.clone()));
        let d = Diagnostic::error(summary, text).at(rule.condition.span).within(rule.span).condition_of(what);
        diags.push(explain(d, &[&rule.condition], self));
        false
    }
}
