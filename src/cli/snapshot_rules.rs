//! The environment's snapshot rules around apply, deploy and destroy: said in the plan, taken before
//! the first change, pruned after the last one.

use super::databases::{DatabaseProgress, Reacher, managed};
use super::deploy::resolver;
use super::planning::Prepared;
use super::progress::Progress;
use super::project::Project;
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::Scope;
use crate::ops::snapshot::{Before, Halt, Order, Rule, Taken, Taking, decode, prune, surplus, take};
use crate::plan::{Action, Plan, PlanMode};
use crate::process::head;
use crate::state::State;
use crate::store::{LockGuard, RunRecord};
use jiff::Timestamp;
use tokio::sync::watch;

/// The environment as snapshots are tagged with it; each workspace is one of its own.
#[must_use]
pub fn environment(project: &Project) -> String {
    match project.workspace.as_str() {
        "default" => project.config.name.clone(),
        workspace => format!("{}/{workspace}", project.config.name),
    }
}

fn written(project: &Project) -> bool {
    let rules = project.config.environment.as_ref().map_or(&[][..], |e| &e.rules);
    rules.iter().any(|b| b.kind.name.as_ref() == "snapshot")
}

/// The rules in a scope.
#[must_use]
pub fn in_scope(project: &Project, scope: &dyn Scope, diags: &mut Diagnostics) -> Vec<Rule> {
    let rules = project.config.environment.as_ref().map_or(&[][..], |e| &e.rules);
    decode(rules, scope, diags)
}

/// The rules, evaluated on a state: what a snapshot is taken of is there already.
///
/// # Errors
/// When the configuration cannot be evaluated, or a rule is wrong.
pub fn rules(session: &Session, project: &Project, state: &State) -> Result<Vec<Rule>, Diagnostics> {
    if !written(project) {
        return Ok(Vec::new());
    }
    let eval = resolver(session, project, state)?.into_evaluator();
    let mut diags = Diagnostics::new();
    let rules = in_scope(project, &eval.root_scope(), &mut diags);
    diags.into_result(rules).map(|(rules, warnings)| {
        session.report(&warnings);
        rules
    })
}

/// The rules that a plan sets off.
///
/// # Errors
/// As [`rules`].
pub fn due(session: &Session, project: &Project, plan: &Plan, deploys: bool) -> Result<Vec<Rule>, Diagnostics> {
    let changes = plan.changes.iter().any(|c| !matches!(c.action, Action::NoOp | Action::Read | Action::Forget));
    let occasions: Vec<Before> = match plan.mode {
        PlanMode::RefreshOnly => vec![],
        PlanMode::Destroy => vec![Before::Destroy],
        PlanMode::Normal => [(changes || deploys, Before::Apply), (deploys, Before::Deploy)].iter().filter(|o| o.0).map(|o| o.1).collect(),
    };
    if occasions.is_empty() || (!changes && !deploys) {
        return Ok(Vec::new());
    }
    Ok(before(rules(session, project, &plan.prior_state)?, &occasions))
}

/// The rules for an occasion.
#[must_use]
pub fn before(rules: Vec<Rule>, occasions: &[Before]) -> Vec<Rule> {
    rules.into_iter().filter(|r| r.before.iter().any(|b| occasions.contains(b))).collect()
}

/// What will be taken, for the plan; empty without rules.
#[must_use]
pub fn text(rules: &[Rule], state: &State) -> String {
    let known: Vec<_> = managed(state).iter().filter_map(|m| m.text("identifier").map(str::to_string)).collect();
    let line = |rule: &Rule| match &rule.instance {
        Some(id) if known.contains(id) => format!("Snapshot first: of {id} (rule {:?}, the newest {} stay)\n", rule.name, rule.keep),
        Some(id) => format!("Snapshot first: of {id} (rule {:?}), which is not in the state; skipped if it does not exist\n", rule.name),
        None => format!("Snapshot first: none by rule {:?}, whose database does not exist yet\n", rule.name),
    };
    let lines: String = rules.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("{lines}\n") }
}

/// [`text`] of a plan.
#[must_use]
pub fn plan_text(prepared: &Prepared) -> String {
    text(&prepared.snapshots, &prepared.plan.prior_state)
}

/// Snapshots that were taken, with their rules.
pub type Kept = Vec<(Rule, String)>;

/// Takes the snapshots; the record names them. Nothing may have been changed before.
///
/// # Errors
/// What went wrong, saying that nothing was changed; or Ctrl-C.
pub async fn take_all(
    session: &Session,
    project: &Project,
    state: &State,
    guard: &dyn LockGuard,
    rules: &[Rule],
    cancel: &watch::Receiver<bool>,
    mut record: Option<&mut RunRecord>,
) -> Result<Kept, Halt> {
    let mut kept = Kept::new();
    if rules.is_empty() {
        return Ok(kept);
    }
    let progress = Progress::new(session);
    let tell = DatabaseProgress::new(session, &progress);
    let mut reacher = Reacher::new(session, project, state);
    let (environment, commit) = (environment(project), head(&project.config.env_dir).map(|h| h.commit));
    for rule in rules {
        let Some(instance) = &rule.instance else {
            progress.line(&format!("no snapshot by rule {:?}: its database does not exist yet", rule.name));
            continue;
        };
        let databases = reacher.reach(instance).await.map_err(first)?;
        let taking = Taking {
            databases: databases.as_ref(),
            tell: &tell,
            cancel,
            environment: &environment,
            run: &guard.info().id,
            commit: commit.as_deref(),
            now: Timestamp::now(),
        };
        let order = Order { instance, rule: Some(&rule.name), name: None, tags: &rule.tags, timeout: rule.timeout };
        match take(&taking, &order).await.map_err(unchanged)? {
            Taken::Snapshot(id) => {
                if let Some(record) = record.as_deref_mut() {
                    record.snapshots.push(id.clone());
                }
                kept.push((rule.clone(), id));
            }
            Taken::NoDatabase => progress.line(&format!("no snapshot by rule {:?}: there is no database {instance}", rule.name)),
        }
    }
    guard.check().map_err(|e| Halt::Failed(e.diagnostic()))?;
    Ok(kept)
}

fn first(diags: Diagnostics) -> Halt {
    let error = diags.iter().find(|d| d.is_error()).cloned();
    unchanged(Halt::Failed(error.unwrap_or_else(|| Diagnostic::error("No snapshot can be taken", "The database cannot be reached."))))
}

fn unchanged(halt: Halt) -> Halt {
    match halt {
        Halt::Interrupted => Halt::Interrupted,
        Halt::Failed(d) => Halt::Failed(Diagnostic { detail: format!("{} Nothing was changed.", d.detail), ..d }),
    }
}

/// Removes what is too much, once the run is done. What cannot be removed is a warning.
pub async fn prune_all(session: &Session, project: &Project, state: &State, kept: &Kept) {
    if kept.is_empty() {
        return;
    }
    let progress = Progress::new(session);
    let tell = DatabaseProgress::new(session, &progress);
    let mut reacher = Reacher::new(session, project, state);
    let environment = environment(project);
    for (rule, _) in kept {
        let Some(instance) = &rule.instance else { continue };
        let databases = match reacher.reach(instance).await {
            Ok(databases) => databases,
            Err(d) => {
                session.report(&d.iter().cloned().map(Diagnostic::into_warning).collect());
                continue;
            }
        };
        match databases.snapshots(instance).await {
            Ok(all) => {
                let old: Vec<String> = surplus(&all, &environment, &rule.name, rule.keep).iter().map(|s| s.id.clone()).collect();
                session.report(&prune(databases.as_ref(), &old, &tell).await);
            }
            Err(e) => session.report(&crate::ops::snapshot::diagnostic(e).into_warning().into()),
        }
    }
}
