//! Guards as commands use them: facts from git, other environments and prices; refusals before the
//! question; and the question of a protected environment, which wants its name.

use super::args::InputArgs;
use super::args_govern::GuardArgs;
use super::cost::PlanCost;
use super::planning::Prepared;
use super::project::{Need, Project, open};
use super::session::Session;
use crate::app::AppRecord;
use crate::config::Config;
use crate::deploy::{AppRequest, read_records, recorded_apps};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::Scope;
use crate::ops::doctor::{Finding, Verdict, failures};
use crate::ops::guard::{self, Estimate, Facts, Guard, Moving, Operation, Others, Refusal, Tree};
use crate::plan::{Action, Plan, PlanMode};
use crate::process::work_tree;
use crate::state::State;
use crate::store::{Override, StateStore};
use crate::value::Name;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The environment's guards, evaluated.
pub fn decode(config: &Config, scope: &dyn Scope, settled: bool, diags: &mut Diagnostics) -> Vec<Guard> {
    let rules = config.environment.as_ref().map_or(&[][..], |e| &e.rules);
    guard::decode(rules, scope, settled, diags)
}

/// What is about to be done, as far as guards ask.
pub struct Doing<'a> {
    /// Which command.
    pub operation: Operation,
    /// The plan of the infrastructure, if there is one.
    pub plan: Option<&'a Plan>,
    /// Applications whose checkout moves.
    pub moving: Vec<Moving>,
    /// What the environment would cost; why nobody knows.
    pub cost: Result<Estimate, String>,
}

impl<'a> Doing<'a> {
    /// What carrying out a plan does.
    #[must_use]
    pub fn plan(prepared: &'a Prepared) -> Self {
        let operation = if prepared.plan.mode == PlanMode::Destroy { Operation::Destroy } else { Operation::Apply };
        Doing {
            operation,
            plan: Some(&prepared.plan),
            moving: prepared.moving.clone(),
            cost: prepared.cost.as_ref().map(PlanCost::guarded).map_err(Clone::clone),
        }
    }

    /// What bringing earlier releases back does: they ran here already.
    #[must_use]
    pub fn rollback() -> Self {
        Doing { operation: Operation::Rollback, plan: None, moving: Vec::new(), cost: Err(String::new()) }
    }

    /// What deploying applications does.
    #[must_use]
    pub fn deploy(requests: &[AppRequest]) -> Self {
        Doing { operation: Operation::Deploy, plan: None, moving: moving(requests), cost: Err(String::new()) }
    }
}

/// Applications whose plan moves the checkout to another commit.
#[must_use]
pub fn moving(requests: &[AppRequest]) -> Vec<Moving> {
    let moves = |r: &&AppRequest| {
        let source = r.approved.as_ref().and_then(|p| p.source.as_ref());
        source.is_some_and(|s| s.to.is_none() || s.from != s.to)
    };
    let mut all: Vec<Moving> =
        requests.iter().filter(moves).map(|r| Moving { app: r.spec.name.clone(), commit: r.commit.clone() }).collect();
    // An application on several hosts moves once.
    all.dedup();
    all
}

/// Applications of a saved plan whose commit differs from the one that is deployed.
///
/// # Errors
/// When records cannot be read.
pub async fn moving_saved(store: &dyn StateStore, apps: &BTreeMap<Name, Option<String>>) -> Result<Vec<Moving>, Diagnostics> {
    let names: Vec<Name> = apps.keys().cloned().collect();
    let records = read_records(store, &names).await?;
    let here = |app: &Name| records.get(app).and_then(|r| r.source.as_ref()).map(|s| &s.commit);
    let moves = |(app, commit): &(&Name, &Option<String>)| commit.as_ref().is_some_and(|c| here(app) != Some(c));
    Ok(apps.iter().filter(moves).map(|(app, commit)| Moving { app: app.clone(), commit: commit.clone() }).collect())
}

/// Judges the guards; what cannot be judged is reported.
pub async fn judge(session: &Session, project: &Project, guards: &[Guard], doing: Doing<'_>) -> Vec<Refusal> {
    if guards.is_empty() {
        return Vec::new();
    }
    let asks_git = guards.iter().any(|g| g.branches.is_some() || g.clean.is_some());
    let tree = if asks_git { tree(project) } else { Ok(Tree::default()) };
    let others = if doing.moving.is_empty() || doing.operation == Operation::Destroy {
        Others::new()
    } else {
        others(session, project, guards).await
    };
    let destroys = doing.plan.map(destroyed).unwrap_or_default();
    let facts = Facts { operation: doing.operation, tree, destroys, moving: doing.moving, others: &others, cost: doing.cost };
    let mut notes = Diagnostics::new();
    let refused = guard::judge(guards, &facts, &mut notes);
    session.report(&notes);
    refused
}

fn tree(project: &Project) -> Result<Tree, String> {
    let found = work_tree(&project.config.project_dir)?;
    Ok(Tree { branch: found.branch, tips: found.tips, changes: found.changes })
}

fn destroyed(plan: &Plan) -> Vec<String> {
    let gone = |a: Action| matches!(a, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete);
    plan.changes.iter().filter(|c| gone(c.action)).map(|c| c.addr.to_string()).collect()
}

/// The records of the environments that guards name, each opened to be read.
async fn others(session: &Session, project: &Project, guards: &[Guard]) -> Others {
    let mut all = Others::new();
    for env in guards.iter().filter_map(|g| g.deployed_to.as_ref()).map(|r| r.value.clone()) {
        if let Entry::Vacant(place) = all.entry(env) {
            let records = records(session, project, place.key()).await;
            place.insert(records);
        }
    }
    all
}

async fn records(session: &Session, project: &Project, env: &str) -> Result<BTreeMap<Name, AppRecord>, String> {
    let words = |diags: Diagnostics| {
        let said = |d: &Diagnostic| format!("{}: {} {}", d.summary, d.detail, d.help.as_deref().unwrap_or_default()).trim_end().to_string();
        let first = diags.iter().find(|d| d.is_error()).map(said);
        first.unwrap_or_else(|| "its configuration does not load.".into())
    };
    std::env::set_current_dir(&project.config.project_dir).map_err(|e| format!("{}: {e}.", project.config.project_dir.display()))?;
    let input = InputArgs { input: Some(false), compact_warnings: true, ..InputArgs::default() };
    let other = open(session, Some(env), &input, Need::Backend);
    std::env::set_current_dir(&project.config.root_dir).map_err(|e| format!("{}: {e}.", project.config.root_dir.display()))?;
    let other = other.map_err(words)?;
    let store = other.store().await.map_err(words)?;
    let apps = recorded_apps(store.as_ref()).await.map_err(words)?;
    read_records(store.as_ref(), &apps).await.map_err(words)
}

/// Whether the guards can be judged at all: for `doctor`, without a plan.
pub async fn health(session: &Session, project: &Project, state: &State) -> Vec<Finding> {
    let name = &project.config.name;
    let blocks = project.config.environment.as_ref().map_or(&[][..], |e| &e.rules);
    if !blocks.iter().any(|b| b.kind.name.as_ref() == "guard") {
        return Vec::new();
    }
    let mut diags = Diagnostics::new();
    let guards = match super::policy::at_rest(session, project, state) {
        Ok(eval) => decode(&project.config, &eval.root_scope(), false, &mut diags),
        Err(diags) => return failures("guard", name, &diags),
    };
    if diags.has_errors() {
        return failures("guard", name, &diags);
    }
    let mut found = Vec::new();
    let wrong = |rule: &str, why: String, help: &str| Finding::new("guard", rule, Verdict::Wrong, why).help(help);
    if let (true, Err(why)) = (guards.iter().any(|g| g.branches.is_some() || g.clean.is_some()), tree(project)) {
        let help = "Run it in a git work tree of the project; until then branches and clean refuse every change.";
        found.push(wrong("git", why, help));
    }
    for (env, records) in others(session, project, &guards).await {
        if let Err(why) = records {
            let why = format!("what runs in {env} cannot be read: {why}");
            found.push(wrong("deployed_to", why, "Correct its name, or mend that environment: until then no commit can be proved."));
        }
    }
    if guards.iter().any(|g| g.max_monthly_cost.is_some()) && !super::prices::any(&project.config.project_dir) {
        let finding = Finding::new("guard", "max_monthly_cost", Verdict::Warning, "it cannot be judged: no prices are here");
        found.push(finding.help("Fetch them: envctl prices update -region REGION."));
    }
    if found.is_empty() {
        found.push(Finding::new("guard", name, Verdict::Fine, "every rule can be judged"));
    }
    found
}

/// Reports refusals as warnings: what `plan` does.
pub fn warn(session: &Session, refused: Vec<Refusal>) {
    session.report(&refused.into_iter().map(|r| r.diagnostic.into_warning()).collect());
}

/// Refuses, unless every refusal is lifted; what was lifted is reported and answered for the history.
///
/// # Errors
/// The refusals that nobody lifted.
pub fn enforce(session: &Session, refused: Vec<Refusal>, args: &GuardArgs) -> Result<Vec<Override>, Diagnostics> {
    let (mut errors, mut warnings, mut overrides) = (Diagnostics::new(), Diagnostics::new(), Vec::new());
    for refusal in refused {
        let Some(lifted) = args.lift.iter().find(|l| l.rule == refusal.rule) else {
            errors.push(refusal.diagnostic);
            continue;
        };
        let found = session.redactor.redact(&refusal.diagnostic.detail);
        overrides.push(Override { rule: refusal.rule.name().into(), reason: lifted.reason.clone(), found });
        let summary = format!("The guard {} is lifted", refusal.rule.name());
        let why = lifted.reason.as_ref().map_or_else(|| "no reason was given".to_string(), |r| format!("the reason: {r}"));
        warnings.push(Diagnostic { summary, help: Some(format!("-override was given; {why}.")), ..refusal.diagnostic.into_warning() });
    }
    if errors.has_errors() {
        return Err(errors);
    }
    session.report(&warnings);
    Ok(overrides)
}

/// How a command is allowed to go on without a question.
#[derive(Clone, Copy)]
pub struct Approval {
    /// `-auto-approve`
    pub given: bool,
    /// It never asks: a saved plan was looked at before.
    pub implied: bool,
}

/// Asks; a protected environment wants its name typed, or named by `-confirm`.
///
/// # Errors
/// When nobody can be asked, or another environment was confirmed.
pub fn approved(session: &Session, config: &Config, args: &GuardArgs, approval: Approval, question: &str) -> Result<bool, Diagnostics> {
    let name = called(config);
    match &args.confirm {
        Some(other) if *other != name => {
            let detail = format!("-confirm names {other:?}, and this is {name:?}.");
            return Err(Diagnostic::error("Another environment was confirmed", detail).into());
        }
        Some(_) => {}
        None if is_protected(config) => return typed(session, config, &name, approval, question),
        None => {}
    }
    if approval.given || approval.implied {
        return Ok(true);
    }
    Ok(session.confirm(question, "-auto-approve")?)
}

fn is_protected(config: &Config) -> bool {
    config.environment.as_ref().is_some_and(|e| e.protected)
}

/// As the environment is called; a root module elsewhere by its folder.
fn called(config: &Config) -> String {
    let folder = config.env_dir.file_name().and_then(|n| n.to_str());
    folder.unwrap_or(&config.name).to_string()
}

fn typed(session: &Session, config: &Config, name: &str, approval: Approval, question: &str) -> Result<bool, Diagnostics> {
    let span = config.environment.as_ref().and_then(|e| e.span);
    if approval.given || !session.interactive {
        let flags = if approval.implied && !approval.given { String::new() } else { "-auto-approve ".to_string() };
        let detail = match approval.given {
            true => "It is not changed by -auto-approve alone.".to_string(),
            false => format!("{question} This needs the environment's name typed, and there is no terminal to ask on."),
        };
        let d = Diagnostic::error("The environment is protected", detail).or_at(span);
        return Err(d.help(format!("Without a question: {flags}-confirm {name}.")).into());
    }
    Ok(session.type_name(question, name))
}
