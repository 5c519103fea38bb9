//! Rules against facts: what is refused, and what cannot be judged.

use super::rules::{Guard, RuleName};
use crate::app::{AppRecord, ReleaseResult};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::files::Pattern;
use crate::value::{Name, Number};
use std::collections::BTreeMap;
use std::path::Path;

/// So many names are listed in a message.
const LISTED: usize = 6;
/// Characters of a commit that people read.
const SHORT: usize = 12;

/// What is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Infrastructure and applications.
    Apply,
    /// Applications only.
    Deploy,
    /// Applications, back to what they were here before.
    Rollback,
    /// Everything is removed.
    Destroy,
}

/// The git work tree that the project lies in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The branch; `None` when HEAD is detached.
    pub branch: Option<String>,
    /// Branches, without the remote's name, whose tip is the commit that is checked out.
    pub tips: Vec<String>,
    /// Files that differ from the commit or are not in git.
    pub changes: Vec<String>,
}

/// An application whose checkout moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The app.
    pub app: Name,
    /// To which commit; `None`: only apply will know.
    pub commit: Option<String>,
}

/// What an environment would cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// A month, in US dollars, as far as prices are known.
    pub known: Number,
    /// What has no known price.
    pub unknown: Vec<String>,
}

/// Records of applications of other environments, by environment; why they cannot be read.
pub type Others = BTreeMap<String, Result<BTreeMap<Name, AppRecord>, String>>;

/// Everything that rules are judged by.
pub struct Facts<'a> {
    /// What is about to be done.
    pub operation: Operation,
    /// The work tree; why there is none.
    pub tree: Result<Tree, String>,
    /// What is destroyed or replaced.
    pub destroys: Vec<String>,
    /// Applications whose checkout moves.
    pub moving: Vec<Moving>,
    /// What other environments run.
    pub others: &'a Others,
    /// What this one would cost; why nobody knows.
    pub cost: Result<Estimate, String>,
}

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Which.
    pub rule: RuleName,
    /// The message: what was found, where the rule stands, how it is lifted.
    pub diagnostic: Diagnostic,
}

/// Judges every rule of every guard. Remarks go to `notes`.
#[must_use]
pub fn judge(guards: &[Guard], facts: &Facts<'_>, notes: &mut Diagnostics) -> Vec<Refusal> {
    guards.iter().flat_map(|guard| one(guard, facts, notes)).collect()
}

fn one(guard: &Guard, facts: &Facts<'_>, notes: &mut Diagnostics) -> Vec<Refusal> {
    let mut refused = tree(guard, facts);
    if matches!(facts.operation, Operation::Apply | Operation::Deploy) {
        refused.extend(elsewhere(guard, facts));
    }
    if matches!(facts.operation, Operation::Apply | Operation::Destroy) {
        refused.extend(destroys(guard, facts));
    }
    if facts.operation == Operation::Apply {
        refused.extend(cost(guard, facts, notes));
    }
    refused
}

fn refusal(rule: RuleName, at: Span, block: Span, found: String, cure: &str) -> Refusal {
    let name = rule.name();
    let help = format!(
        "{cure} For this run alone the rule is lifted with -override {name}, or with a reason for the history: -override {name}=\"WHY\"."
    );
    let diagnostic = Diagnostic::error(format!("Refused by the guard {name}"), found).at(at).within(block).help(help);
    Refusal { rule, diagnostic }
}

fn tree(guard: &Guard, facts: &Facts<'_>) -> Vec<Refusal> {
    let mut refused = Vec::new();
    if let Some(rule) = &guard.branches {
        let refuse = |found: String, cure: &str| refusal(RuleName::Branches, rule.at, guard.block, found, cure);
        let allowed = rule.value.join(", ");
        match &facts.tree {
            Err(why) => {
                refused.push(refuse(format!("Only {allowed} may be applied, and which branch this is cannot be told: {why}"), NO_TREE))
            }
            Ok(tree) => {
                let on = tree.branch.as_ref().map_or(tree.tips.as_slice(), std::slice::from_ref);
                if !on.iter().any(|branch| rule.value.iter().any(|p| matches(p, branch))) {
                    refused.push(refuse(stands_on(tree, &allowed), "Switch to an allowed branch."));
                }
            }
        }
    }
    if let Some(rule) = &guard.clean {
        let refuse = |found: String, cure: &str| refusal(RuleName::Clean, rule.at, guard.block, found, cure);
        match &facts.tree {
            Err(why) => refused.push(refuse(
                format!("Only committed configuration may be applied, and whether this is any cannot be told: {why}"),
                NO_TREE,
            )),
            Ok(tree) if !tree.changes.is_empty() => {
                let found = format!("These files differ from the commit or are not in git: {}.", listed(&tree.changes));
                refused.push(refuse(found, "Commit them, or have git ignore what does not belong to the project."));
            }
            Ok(_) => {}
        }
    }
    refused
}

const NO_TREE: &str = "Run it in a git work tree of the project.";

fn stands_on(tree: &Tree, allowed: &str) -> String {
    match (&tree.branch, tree.tips.as_slice()) {
        (Some(branch), _) => format!("The project stands on the branch {branch:?}, and only {allowed} may be applied."),
        (None, []) => format!("No branch is checked out and none has this commit as its tip; only {allowed} may be applied."),
        (None, tips) => format!("No branch is checked out; the commit is the tip of {}, and only {allowed} may be applied.", listed(tips)),
    }
}

fn matches(pattern: &str, branch: &str) -> bool {
    let Ok(pattern) = Pattern::new(pattern) else { return false };
    Path::new(branch).strip_prefix(&pattern.root).is_ok_and(|rest| !rest.as_os_str().is_empty() && pattern.matches(rest))
}

/// `deployed_to` and `healthy`.
fn elsewhere(guard: &Guard, facts: &Facts<'_>) -> Vec<Refusal> {
    let Some(rule) = &guard.deployed_to else { return Vec::new() };
    let env = &rule.value;
    let missing =
        |found: String| refusal(RuleName::DeployedTo, rule.at, guard.block, found, &format!("Deploy it there first: envctl deploy {env}."));
    let records = match facts.others.get(env) {
        Some(Ok(records)) => records,
        _ if facts.moving.is_empty() => return Vec::new(),
        Some(Err(why)) => return vec![missing(format!("What runs in {env} cannot be read: {why}"))],
        None => return vec![missing(format!("What runs in {env} was not read."))],
    };
    let mut refused = Vec::new();
    for moving in &facts.moving {
        let app = &moving.app;
        let Some(commit) = &moving.commit else {
            refused.push(missing(format!("Which commit of {app} will be deployed only apply will know, so it cannot have been in {env}.")));
            continue;
        };
        let theirs: Vec<&AppRecord> = records.values().filter(|r| r.app == app.as_ref()).collect();
        let Some(newest) = theirs.first() else {
            refused.push(missing(format!("{app} was never deployed to {env}, so its commit {} was not either.", short(commit))));
            continue;
        };
        let had: Vec<&&AppRecord> = theirs.iter().filter(|r| has(r, commit)).collect();
        if had.is_empty() {
            let there =
                newest.source.as_ref().map_or_else(|| "has no checkout of it".to_string(), |s| format!("runs {}", short(&s.commit)));
            refused.push(missing(format!("{app} would move to commit {}, and {env} {there}.", short(commit))));
            continue;
        }
        if let Some(why) = had.iter().find_map(|r| unwell(r, commit)).filter(|_| guard.healthy.value) {
            let found = format!("{app} had commit {} in {env}, but {why}.", short(commit));
            let cure = format!("Mend it there: envctl deploy {env}.");
            refused.push(refusal(RuleName::Healthy, guard.healthy.at, guard.block, found, &cure));
        }
    }
    refused
}

/// Whether a commit is there, or was there in an earlier release that ended well.
fn has(record: &AppRecord, commit: &str) -> bool {
    let current = record.source.as_ref().is_some_and(|s| s.commit == commit);
    current || record.releases.iter().any(|r| r.commit() == Some(commit) && r.can_return())
}

/// Why a deployment of a commit was not well; the last of its releases counts, whatever came after it.
fn unwell(record: &AppRecord, commit: &str) -> Option<String> {
    let why = match record.releases.iter().rev().find(|r| r.commit() == Some(commit)) {
        Some(release) if release.can_return() => return None,
        Some(release) => match release.result {
            ReleaseResult::Running | ReleaseResult::Deployed | ReleaseResult::Healthy => "its deployment there did not end",
            ReleaseResult::Failed => "its deployment there failed",
            ReleaseResult::Unhealthy => "its health checks did not hold there",
            ReleaseResult::RolledBack => "it was taken back there after it failed",
        },
        None if record.running.is_some() => "its last deployment there did not end",
        None => return record.pending.as_ref().map(|why| format!("its install has still to run there ({why})")),
    };
    Some(why.into())
}

fn destroys(guard: &Guard, facts: &Facts<'_>) -> Option<Refusal> {
    let rule = guard.max_destroys.as_ref()?;
    let count = i64::try_from(facts.destroys.len()).unwrap_or(i64::MAX);
    if count <= rule.value {
        return None;
    }
    let objects = if count == 1 { "1 object".to_string() } else { format!("{count} objects") };
    let found = format!("The plan destroys or replaces {objects}, and {} may be: {}.", rule.value, listed(&facts.destroys));
    Some(refusal(RuleName::MaxDestroys, rule.at, guard.block, found, "Check that each of them may go."))
}

fn cost(guard: &Guard, facts: &Facts<'_>, notes: &mut Diagnostics) -> Option<Refusal> {
    let rule = guard.max_monthly_cost.as_ref()?;
    let mut unsure = |why: String| {
        let d = Diagnostic::warning("A guard cannot be judged", format!("max_monthly_cost = {}: {why}", rule.value));
        notes.push(d.at(rule.at).within(guard.block));
    };
    let estimate = match &facts.cost {
        Ok(estimate) => estimate,
        Err(why) => {
            unsure(why.clone());
            return None;
        }
    };
    if estimate.known.decimal() > rule.value.decimal() {
        let more = if estimate.unknown.is_empty() { "" } else { ", without what has no known price" };
        let found = format!("It would cost {} US dollars a month{more}, and {} is the ceiling.", two_places(&estimate.known), rule.value);
        return Some(refusal(RuleName::MaxMonthlyCost, rule.at, guard.block, found, "See envctl cost for what it is made of."));
    }
    if !estimate.unknown.is_empty() {
        unsure(format!(
            "the part whose prices are known comes to {}; no price is known for {}.",
            two_places(&estimate.known),
            listed(&estimate.unknown)
        ));
    }
    None
}

fn two_places(number: &Number) -> String {
    number.decimal().with_scale_round(2, bigdecimal::RoundingMode::HalfUp).to_plain_string()
}

fn short(commit: &str) -> String {
    commit.chars().take(SHORT).collect()
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(LISTED) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}
