//! What is ignored and how bad things are: `audit { }` of environments, and `envctl:ignore RULE reason` on a line.

use super::rules::{Finding, Level, RULES, rule_of};
use super::source::Source;
use crate::config::Environment;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{Scope, evaluate};
use crate::ops::compare::fits;
use crate::syntax::{Attribute, Block, Expr};
use crate::value::{Type, Value, closest, convert};
use std::collections::{BTreeMap, BTreeSet};

/// Settings of an audit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Rule and pattern of paths.
    pub ignore: Vec<(String, String)>,
    /// Levels other than the rules' own.
    pub level: BTreeMap<String, Level>,
}

/// The settings of an `environment` block.
///
/// # Errors (as diagnostics)
/// Rules that do not exist, levels that are none.
pub fn settings(environment: &Environment, scope: &dyn Scope, diags: &mut Diagnostics) -> Settings {
    let mut out = Settings::default();
    for block in environment.rules.iter().filter(|b| b.kind.name.as_ref() == "audit") {
        decode(block, scope, &mut out, diags);
    }
    out
}

fn decode(block: &Block, scope: &dyn Scope, out: &mut Settings, diags: &mut Diagnostics) {
    for wrong in block.body.attributes.iter().filter(|a| !matches!(a.name.name.as_ref(), "ignore" | "level")) {
        diags.push(
            Diagnostic::error("Unsupported argument", format!("An audit block has no {:?}.", wrong.name.name))
                .at(wrong.name.span)
                .help("It takes: ignore, level."),
        );
    }
    for wrong in &block.body.blocks {
        diags.push(Diagnostic::error("Unsupported block", format!("An audit block has no {:?} blocks.", wrong.kind.name)).at(wrong.header));
    }
    if let Some((value, at)) = value(block.body.attribute("ignore"), &Type::list(Type::String), scope, diags) {
        for text in value.items().unwrap_or_default().iter().filter_map(Value::as_str) {
            let (rule, pattern) = text.split_once(':').unwrap_or((text, "*"));
            if known(rule, at, diags) {
                out.ignore.push((rule.into(), pattern.into()));
            }
        }
    }
    if let Some((value, at)) = value(block.body.attribute("level"), &Type::map(Type::String), scope, diags) {
        for (rule, level) in value.members().into_iter().flatten() {
            let text = level.as_str().unwrap_or("");
            match Level::parse(text) {
                Some(level) if known(rule, at, diags) => {
                    out.level.insert(rule.to_string(), level);
                }
                Some(_) => {}
                None => diags.push(
                    Diagnostic::error("Invalid audit block", format!("{text:?} is no level."))
                        .at(at)
                        .help("Write low, medium, high or critical."),
                ),
            }
        }
    }
}

fn known(rule: &str, at: Span, diags: &mut Diagnostics) -> bool {
    if rule == "*" || rule_of(rule).is_some() {
        return true;
    }
    let error = Diagnostic::error("Invalid audit block", format!("There is no rule {rule:?}.")).at(at);
    diags.push(match closest(rule, RULES.iter().map(|r| r.id)) {
        Some(near) => error.help(format!("Did you mean {near:?}?")),
        None => error.help(format!("The rules are: {}.", RULES.iter().map(|r| r.id).collect::<Vec<_>>().join(", "))),
    });
    false
}

fn value(attribute: Option<&Attribute>, ty: &Type, scope: &dyn Scope, diags: &mut Diagnostics) -> Option<(Value, Span)> {
    let expr: &Expr = &attribute?.expr;
    let mut own = Diagnostics::new();
    let value = evaluate(expr, scope, &mut own).unmark().0;
    let failed = own.has_errors();
    diags.extend(own);
    if failed {
        return None;
    }
    match convert(&value, ty).ok().filter(|v| !v.is_null() && !v.is_unknown()) {
        Some(value) => Some((value, expr.span)),
        None => {
            diags.push(
                Diagnostic::error("Invalid audit block", format!("This must be {ty}, known without applying anything.")).at(expr.span),
            );
            None
        }
    }
}

impl Settings {
    /// Takes other settings in.
    pub fn extend(&mut self, other: Settings) {
        self.ignore.extend(other.ignore);
        self.level.extend(other.level);
    }

    fn ignores(&self, finding: &Finding) -> bool {
        self.ignore.iter().any(|(rule, pattern)| (rule == "*" || rule == finding.rule) && fits(pattern, &finding.file))
    }

    /// Leaves out what is ignored, sets levels, sorts by level and place.
    #[must_use]
    pub fn apply(&self, findings: Vec<Finding>, sources: &[Source]) -> Vec<Finding> {
        let lines: BTreeMap<&str, Vec<&str>> =
            sources.iter().filter_map(|s| Some((s.path.as_str(), s.text.as_deref()?))).map(|(p, t)| (p, t.lines().collect())).collect();
        let mut seen = BTreeSet::new();
        let mut kept: Vec<Finding> = findings
            .into_iter()
            .filter(|f| !self.ignores(f) && !lines.get(f.file.as_str()).is_some_and(|all| ignored_there(f, all)))
            .map(|f| match self.level.get(f.rule) {
                Some(level) => f.at_level(*level),
                None => f,
            })
            .filter(|f| seen.insert((f.rule, f.file.clone(), f.line, f.message.clone())))
            .collect();
        kept.sort_by(|a, b| {
            (std::cmp::Reverse(a.level), &a.file, a.line, a.rule).cmp(&(std::cmp::Reverse(b.level), &b.file, b.line, b.rule))
        });
        kept
    }
}

/// `envctl:ignore RULE` on the line itself, or on a line of its own above it.
fn ignored_there(finding: &Finding, lines: &[&str]) -> bool {
    let named = |line: &str| {
        let rest = line.split_once("envctl:ignore").map(|(_, rest)| rest.trim_start());
        rest.is_some_and(|r| r.split(|c: char| c.is_whitespace() || c == ',').any(|word| word == finding.rule))
    };
    let at = |number: usize| number.checked_sub(1).and_then(|i| lines.get(i)).copied();
    let above = finding.line.checked_sub(1).and_then(at).filter(|l| {
        let text = l.trim_start();
        ["#", "//", "--", "/*", "<!--", ";"].iter().any(|c| text.starts_with(c))
    });
    at(finding.line).is_some_and(named) || above.is_some_and(named)
}
