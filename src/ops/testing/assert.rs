//! `assert` blocks.

use super::TestStatus;
use super::names::{AssertScope, Outputs, root_outputs};
use crate::config::CheckRule;
use crate::config::testing::TestRun;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{Scope, evaluate, evaluate_as, explain};
use crate::plan::eval::Evaluator;
use crate::value::{Name, Type, Value, convert};
use std::collections::BTreeMap;

/// Judges a run by its assertions.
pub(super) fn judge(
    run: &TestRun,
    eval: &Evaluator,
    variables: &BTreeMap<Name, Value>,
    outputs: &Outputs,
    diags: &mut Diagnostics,
) -> TestStatus {
    let values = root_outputs(eval);
    let root = eval.config().root();
    let names: Vec<Name> = root.map(|m| m.outputs.keys().cloned().collect()).unwrap_or_default();
    let scope = AssertScope {
        inner: eval.root_scope(),
        root_outputs: &names,
        values: &|name| values.get(name).cloned(),
        declared: &|name| root.is_some_and(|m| m.variables.contains_key(name)),
        variables,
        outputs,
    };
    run.asserts.iter().map(|rule| one(rule, &scope, diags)).max().unwrap_or(TestStatus::Pass)
}

fn one(rule: &CheckRule, scope: &dyn Scope, diags: &mut Diagnostics) -> TestStatus {
    let mut own = Diagnostics::new();
    let value = evaluate(&rule.condition, scope, &mut own);
    let failed = own.has_errors();
    diags.extend(own);
    if failed {
        return TestStatus::Error;
    }
    let plain = value.unmark_deep().0;
    let wrong = |summary: &str, detail: String| Diagnostic::error(summary, detail).at(rule.condition.span).within(rule.span);
    let told = |d: Diagnostic| explain(d, &[&rule.condition], scope);
    if plain.is_null() {
        diags.push(told(wrong("Invalid assertion", "The condition must be true or false, and it is null.".into())));
        return TestStatus::Error;
    }
    if plain.is_unknown() {
        let d = wrong("Assertion not decided", "The condition depends on values that are known only after an apply.".into());
        let help = "Use command = apply, or give the values with an override or a mock provider.";
        diags.push(told(d).help(help));
        return TestStatus::Error;
    }
    match convert(&plain, &Type::Bool).ok().and_then(|v| v.as_bool()) {
        Some(true) => TestStatus::Pass,
        Some(false) => {
            diags.push(told(wrong("Test assertion failed", message(rule, scope))));
            TestStatus::Fail
        }
        None => {
            let detail = format!("The condition must be true or false, and it is of type {}.", plain.ty());
            diags.push(told(wrong("Invalid assertion", detail)));
            TestStatus::Error
        }
    }
}

fn message(rule: &CheckRule, scope: &dyn Scope) -> String {
    let mut own = Diagnostics::new();
    let message = evaluate_as(&rule.error_message, &Type::String, scope, &mut own);
    match message.as_str() {
        Some(_) if message.has_sensitive() => "The message of this assertion refers to sensitive values, so it is not shown.".into(),
        Some(text) => text.to_string(),
        None => {
            let why = own.iter().next().map(|d| format!(" Its message could not be made: {}", d.detail)).unwrap_or_default();
            format!("The condition does not hold.{why}")
        }
    }
}
