//! `guard` blocks of an environment, evaluated.

use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{Scope, decode_body};
use crate::schema::{BlockSchema, boolean, list_of, number, string};
use crate::syntax::Block;
use crate::value::{Number, Type, Value};

/// The rules that `-override` can lift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleName {
    /// Only these branches.
    Branches,
    /// No uncommitted changes.
    Clean,
    /// The commit was deployed to another environment.
    DeployedTo,
    /// ... and is healthy there.
    Healthy,
    /// So many objects may be destroyed.
    MaxDestroys,
    /// So much may the environment cost a month.
    MaxMonthlyCost,
}

impl RuleName {
    /// All of them.
    pub const ALL: [RuleName; 6] =
        [RuleName::Branches, RuleName::Clean, RuleName::DeployedTo, RuleName::Healthy, RuleName::MaxDestroys, RuleName::MaxMonthlyCost];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RuleName::Branches => "branches",
            RuleName::Clean => "clean",
            RuleName::DeployedTo => "deployed_to",
            RuleName::Healthy => "healthy",
            RuleName::MaxDestroys => "max_destroys",
            RuleName::MaxMonthlyCost => "max_monthly_cost",
        }
    }
}

/// What a rule says, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule<T> {
    /// What it says.
    pub value: T,
    /// Where.
    pub at: Span,
}

/// One `guard` block. Rules that are not written do not guard.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// The block's header.
    pub block: Span,
    /// `branches`: names, with `*` inside a part and `**` across parts.
    pub branches: Option<Rule<Vec<String>>>,
    /// `clean = true`
    pub clean: Option<Rule<()>>,
    /// `deployed_to`: the environment where a commit has to be first.
    pub deployed_to: Option<Rule<String>>,
    /// `healthy`: whether it has to be healthy there (true unless written).
    pub healthy: Rule<bool>,
    /// `max_destroys`: replacements count.
    pub max_destroys: Option<Rule<i64>>,
    /// `max_monthly_cost`, in US dollars.
    pub max_monthly_cost: Option<Rule<Number>>,
}

fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("branches", list_of(Type::String).optional())
        .attr("clean", boolean().optional())
        .attr("deployed_to", string().optional())
        .attr("healthy", boolean().optional())
        .attr("max_destroys", number().optional())
        .attr("max_monthly_cost", number().optional())
}

/// Evaluates the `guard` blocks among an environment's rules. Unknown values are refused where
/// `settled` says that everything is known that ever will be before the question.
pub fn decode(blocks: &[Block], scope: &dyn Scope, settled: bool, diags: &mut Diagnostics) -> Vec<Guard> {
    let guards = blocks.iter().filter(|b| b.kind.name.as_ref() == "guard");
    guards.map(|block| one(block, scope, settled, diags)).collect()
}

fn one(block: &Block, scope: &dyn Scope, settled: bool, diags: &mut Diagnostics) -> Guard {
    if let Some(label) = block.labels.first() {
        let d = Diagnostic::error("Wrong number of labels", "A guard block has no labels.").at(label.span);
        diags.push(d.help("Write several guard blocks one below the other: all of them hold."));
    }
    let value = decode_body(&block.body, block.header, &schema(), &[], scope, diags).unmark_deep().0;
    let at = |name: &str| block.body.attribute(name).map_or(block.header, |a| a.expr.span);
    let mut get = |name: &str| {
        let found = value.get(name).filter(|v| !v.is_null())?;
        if found.is_wholly_known() {
            return Some(found);
        }
        if settled && !diags.has_errors() {
            let detail = format!("{name} depends on something that only apply will know.");
            let d = Diagnostic::error("A guard is not known in time", detail).at(at(name)).within(block.header);
            diags.push(d.help("Use literals, variables, and attributes of objects that exist."));
        }
        None
    };
    let texts = |v: &Value| v.items().unwrap_or(&[]).iter().filter_map(|v| v.as_str().map(str::to_string)).collect();
    let rule = |name: &str| at(name);
    let branches = get("branches").map(|v| Rule { value: texts(v), at: rule("branches") });
    let clean = get("clean").and_then(Value::as_bool).filter(|c| *c).map(|_| Rule { value: (), at: rule("clean") });
    let deployed_to = get("deployed_to").and_then(Value::as_str).map(|v| Rule { value: v.to_string(), at: rule("deployed_to") });
    let healthy = get("healthy").and_then(Value::as_bool);
    let destroys = get("max_destroys").and_then(|v| v.as_number().cloned());
    let cost = get("max_monthly_cost").and_then(|v| v.as_number().cloned());
    let guard = Guard {
        block: block.header,
        branches,
        clean,
        healthy: Rule { value: healthy.unwrap_or(true), at: rule(if healthy.is_some() { "healthy" } else { "deployed_to" }) },
        deployed_to,
        max_destroys: destroys.as_ref().and_then(Number::to_i64).map(|value| Rule { value, at: rule("max_destroys") }),
        max_monthly_cost: cost.map(|value| Rule { value, at: rule("max_monthly_cost") }),
    };
    ranges(&guard, destroys.as_ref(), block, diags);
    guard
}

/// What the types allow and no rule can mean.
fn ranges(guard: &Guard, destroys: Option<&Number>, block: &Block, diags: &mut Diagnostics) {
    let at = |name: &str| block.body.attribute(name).map_or(block.header, |a| a.expr.span);
    let mut wrong = |name: &str, detail: &str| {
        diags.push(Diagnostic::error(format!("Invalid {name}"), detail).at(at(name)).within(block.header));
    };
    if destroys.is_some_and(|n| !n.is_integer() || n.is_negative()) {
        wrong("max_destroys", "The number of objects that may be destroyed is a whole number from 0 up.");
    }
    if guard.max_monthly_cost.as_ref().is_some_and(|r| r.value.is_negative()) {
        wrong("max_monthly_cost", "A cost is a number of US dollars from 0 up.");
    }
    if guard.branches.as_ref().is_some_and(|r| r.value.is_empty()) {
        wrong("branches", "The list is empty: no branch could ever pass.");
    }
    for pattern in guard.branches.iter().flat_map(|r| &r.value) {
        if let Err(e) = crate::files::Pattern::new(pattern) {
            wrong("branches", &format!("{pattern:?} is not a pattern: {e}."));
        }
    }
    if guard.deployed_to.is_none() && block.body.attribute("healthy").is_some() && block.body.attribute("deployed_to").is_none() {
        wrong("healthy", "It says how a commit must be where deployed_to wants it first, and deployed_to is not written.");
    }
}
