//! `snapshot "NAME" { }` in an environment: which database is kept safe before what.

use super::name::identifier;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{Scope, decode_body};
use crate::schema::{BlockSchema, map_of, number, of, string};
use crate::syntax::Block;
use crate::value::{Name, Type, Value};
use std::collections::BTreeMap;
use std::time::Duration;

const KEEP: usize = 5;
const TIMEOUT: Duration = Duration::from_secs(3600);

/// What a snapshot is taken before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// An apply that changes something.
    Apply,
    /// A deploy, or an apply that deploys.
    Deploy,
    /// A destroy.
    Destroy,
}

/// A rule, evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its label.
    pub name: Name,
    /// Identifier of the database; `None`: not known before it is made.
    pub instance: Option<String>,
    /// Before what.
    pub before: Vec<Before>,
    /// How many of its snapshots stay.
    pub keep: usize,
    /// How long one may take.
    pub timeout: Duration,
    /// Tags beside envctl's own.
    pub tags: BTreeMap<String, String>,
    /// The block.
    pub span: Span,
}

fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("instance", string().required())
        .attr("before", of(Type::list(Type::String)).optional())
        .attr("keep", number().optional())
        .attr("timeout", string().optional())
        .attr("tags", map_of(Type::String).optional())
}

/// The `snapshot` blocks among an environment's rules, evaluated.
///
/// # Errors (as diagnostics)
/// Labels, arguments, values out of range, two rules of one name.
#[must_use]
pub fn decode(blocks: &[Block], scope: &dyn Scope, diags: &mut Diagnostics) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for block in blocks.iter().filter(|b| b.kind.name.as_ref() == "snapshot") {
        let Some(rule) = one(block, scope, diags) else { continue };
        if rules.iter().any(|r| identifier(&r.name) == identifier(&rule.name)) {
            let detail = format!("There is a snapshot rule {:?} already; snapshots are found by the rule's name.", rule.name);
            diags.push(Diagnostic::error("Duplicate snapshot rule", detail).at(block.header).help("Give each rule a name of its own."));
        }
        rules.push(rule);
    }
    rules
}

fn one(block: &Block, scope: &dyn Scope, diags: &mut Diagnostics) -> Option<Rule> {
    let [label] = block.labels.as_slice() else {
        let detail = format!("A snapshot block has one label, the rule's name; this one has {}.", block.labels.len());
        let error = Diagnostic::error("Wrong number of labels", detail).at(block.header);
        diags.push(error.help("Write it like: snapshot \"main\" { instance = aws_db_instance.main.identifier }"));
        return None;
    };
    let value = decode_body(&block.body, block.header, &schema(), &[], scope, diags).unmark_deep().0;
    let get = |name: &str| value.get(name).filter(|v| !v.is_null() && !v.is_unknown());
    let wrong = |name: &str, detail: String, help: &str| {
        let span = block.body.attribute(name).map_or(block.header, |a| a.expr.span);
        Diagnostic::error("Invalid snapshot rule", detail).at(span).within(block.header).help(help.to_string())
    };
    let keep = match get("keep").map(|v| v.as_i64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0)) {
        None => KEEP,
        Some(Some(keep)) => keep,
        Some(None) => {
            diags.push(wrong("keep", "keep must be a whole number from 1 up.".into(), "Write how many snapshots stay: keep = 5"));
            KEEP
        }
    };
    let timeout = match get("timeout").and_then(Value::as_str).map(|t| (t, crate::clock::parse_duration(t).ok().filter(|d| !d.is_zero()))) {
        None => TIMEOUT,
        Some((_, Some(timeout))) => timeout,
        Some((text, None)) => {
            diags.push(wrong("timeout", format!("timeout = {text:?} is not a duration."), "Write it like \"60m\" or \"2h\"."));
            TIMEOUT
        }
    };
    let mut before = Vec::new();
    for text in get("before").and_then(Value::items).into_iter().flatten().filter_map(Value::as_str) {
        match text {
            "apply" => before.push(Before::Apply),
            "deploy" => before.push(Before::Deploy),
            "destroy" => before.push(Before::Destroy),
            other => {
                let detail = format!("A snapshot cannot be taken before {other:?}.");
                diags.push(wrong("before", detail, "Choose among \"apply\", \"deploy\" and \"destroy\"."));
            }
        }
    }
    if get("before").is_none() {
        before = vec![Before::Apply, Before::Deploy];
    }
    if label.name.is_empty() || identifier(&label.name).is_empty() {
        let error =
            Diagnostic::error("Invalid snapshot rule", "The name of a rule becomes part of the names of its snapshots: it needs letters.");
        diags.push(error.at(block.header));
    }
    let tags = get("tags").and_then(Value::members).into_iter().flatten();
    let tags: BTreeMap<String, String> = tags.filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect();
    if let Some(own) = tags.keys().find(|k| k.starts_with("envctl:") || k.starts_with("aws:")) {
        diags.push(wrong("tags", format!("The tag {own:?} is not free to set."), "Tags beginning with envctl: and aws: are set by them."));
    }
    let instance = get("instance").and_then(Value::as_str).filter(|i| !i.is_empty()).map(str::to_lowercase);
    Some(Rule { name: label.name.clone(), instance, before, keep, timeout, tags, span: block.header })
}
