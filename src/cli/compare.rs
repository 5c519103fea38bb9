//! `compare A B`: gathers the two sides, and leaves the rest to `ops::compare`.

use super::apps::{self, World};
use super::args::InputArgs;
use super::args_compare::{CompareArgs, Format};
use super::left::{Recorded, state_and_journal};
use super::project::{Need, Project, disk, open};
use super::session::Session;
use super::state::secrets::learn;
use crate::config::{Config, list_environments};
use crate::deploy::{AppRequest, look, preview};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ResolveInput, Resolver};
use crate::ops::compare::{self, Expect, Section, Side, folder};
use crate::plan::eval::Evaluator;
use crate::process::{Tree, branch, head, tree};
use crate::report::compare as report;
use crate::state::State;
use crate::value::Value;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger files of a working copy are left alone.
const MAX_BYTES: u64 = 8 << 20;
/// Exit code when something differs that should not.
const DIFFERENT: u8 = 2;
/// Exit code when something that is there could not be read.
const UNREAD: u8 = 1;

/// What one side is, as typed.
enum Named<'a> {
    Environment(&'a str),
    Local(&'a str),
    Host(&'a str, &'a str),
}

/// A side with the rules that came with it.
struct Gathered {
    side: Side,
    rules: Vec<Expect>,
}

/// Runs the command. Exit code 2 when something differs that should not, 1 when a file could not be read.
///
/// # Errors
/// When a side cannot be read.
pub async fn run(session: &Session, args: &CompareArgs) -> Result<u8, Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let named = [parse(&args.a)?, parse(&args.b)?];
    let mut gathered: [Option<Gathered>; 2] = [None, None];
    // Working copies come last: the others say which of their files matter.
    for (slot, (side, typed)) in gathered.iter_mut().zip(named.iter().zip([&args.a, &args.b])) {
        std::env::set_current_dir(&cwd).map_err(|e| Diagnostic::error("Folder not accessible", format!("{}: {e}.", cwd.display())))?;
        *slot = match side {
            Named::Environment(name) => Some(environment(session, typed, name, args).await?),
            Named::Host(env, app) => Some(host(session, typed, env, app, args).await?),
            Named::Local(_) => None,
        };
    }
    let wanted: BTreeSet<String> =
        gathered.iter().flatten().filter_map(|g| g.side.files.as_ref()).flat_map(|files| files.keys().cloned()).collect();
    let applications: BTreeSet<String> = gathered.iter().flatten().flat_map(|g| checkouts(&g.side)).collect();
    for (slot, (side, typed)) in gathered.iter_mut().zip(named.iter().zip([&args.a, &args.b])) {
        if let Named::Local(path) = side {
            *slot = Some(local(typed, &cwd.join(path), &wanted, &applications)?);
        }
    }
    let [Some(mut a), Some(mut b)] = gathered else { return Err(Diagnostic::error("Nothing to compare", "A side is missing.").into()) };
    name_apart(&mut a.side, &mut b.side);
    if args.infra_only || args.files_only {
        a.side.keep(args.infra_only);
        b.side.keep(args.infra_only);
    }
    let mut rules: Vec<Expect> = a.rules;
    rules.extend(b.rules.into_iter().filter(|r| !rules.iter().any(|own| Expect { span: r.span, ..own.clone() } == *r)).collect::<Vec<_>>());
    let found = compare::compare(&a.side, &b.side, &rules);
    match if args.json { Format::Json } else { args.format } {
        Format::Text => session.out(&report::text(&found, args.all, &session.style)),
        Format::Json => session.out(&format!("{:#}\n", report::json(&found, args.all))),
        Format::Markdown => session.out(&report::markdown(&found, args.all)),
    }
    Ok(match found.unread.is_empty() {
        false => UNREAD,
        true if found.differs() => DIFFERENT,
        true => 0,
    })
}

fn parse(typed: &str) -> Result<Named<'_>, Diagnostic> {
    if let Some(path) = typed.strip_prefix("local:") {
        return Ok(Named::Local(if path.is_empty() { "." } else { path }));
    }
    match typed.strip_prefix("host:") {
        None => Ok(Named::Environment(typed)),
        Some(rest) => match rest.rsplit_once('/').filter(|(env, app)| !env.is_empty() && !app.is_empty()) {
            Some((env, app)) => Ok(Named::Host(env, app)),
            None => Err(Diagnostic::error("Invalid side", format!("{typed:?} does not name an environment and one of its applications."))
                .help("Write it like host:prod/web.")),
        },
    }
}

/// The same thing compared with itself still has two names.
fn name_apart(a: &mut Side, b: &mut Side) {
    if a.name == b.name {
        a.name += " (first)";
        b.name += " (second)";
    }
}

/// An environment with its state, everything in it evaluated.
pub(super) struct Opened {
    pub project: Project,
    pub state: Option<State>,
    pub eval: Evaluator,
    pub notes: Vec<String>,
}

/// Opens an environment to look at it; variables without a value are unknown.
///
/// # Errors
/// When it does not load or its state cannot be read.
pub(super) async fn opened(session: &Session, name: &str, input: &InputArgs) -> Result<Opened, Diagnostics> {
    let mut input = input.clone();
    input.input = Some(false);
    let project = open(session, Some(name), &input, Need::Modules)?;
    let mut notes = Vec::new();
    let mut values = project.variables.values.clone();
    let declared = project.config.root().map(|m| &m.variables);
    let missing: Vec<_> = declared.into_iter().flatten().filter(|(n, _)| !values.contains_key(*n)).collect();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|(n, _)| n.as_ref()).collect();
        notes.push(format!("no value was given for {}; what depends on it is not known", names.join(", ")));
    }
    for (name, variable) in missing {
        let value = Value::unknown(variable.ty.without_optional());
        values.insert(name.clone(), if variable.sensitive { value.sensitive() } else { value });
    }
    let Recorded { state, left, problem } = state_and_journal(&project).await?;
    notes.extend(left.sentences().into_iter().chain(left.findings.iter().cloned()));
    if left.runs.iter().any(|r| r.open > 0) || left.arriving > 0 {
        notes.push("what has no recorded end is not in the comparison; envctl plan shows it, envctl apply takes it over".into());
    } else if !left.is_empty() {
        notes.push("envctl apply takes over what was left".into());
    }
    notes.extend(left.under_way());
    notes.extend(problem.map(|why| format!("what a killed run may have left is not known: {why}")));
    let registry = project.edges.registry();
    let empty = State::default();
    learn(session, state.as_ref().unwrap_or(&empty), &registry);
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(registry),
        variables: values,
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let eval = Resolver::at_rest(input, state.as_ref().unwrap_or(&empty), &BTreeSet::new())?.into_evaluator();
    Ok(Opened { project, state, eval, notes })
}

async fn environment(session: &Session, typed: &str, name: &str, args: &CompareArgs) -> Result<Gathered, Diagnostics> {
    let opened = opened(session, name, &args.input).await?;
    let mut side = Side::new(typed);
    side.environment = Some(opened.project.config.name.clone());
    side.notes.clone_from(&opened.notes);
    if !args.files_only {
        infrastructure(&mut side, &opened);
    }
    let rules = rules(&opened)?;
    if !args.infra_only && !opened.project.config.apps.is_empty() {
        applications(session, &mut side, &opened).await?;
    }
    Ok(Gathered { side, rules })
}

fn infrastructure(side: &mut Side, opened: &Opened) {
    let config = &opened.project.config;
    compare::add_variables(side, &opened.project.variables.values);
    compare::add_versions(side, config);
    let registry = opened.project.edges.registry();
    match &opened.state {
        Some(state) => {
            compare::add_state(side, state, &registry);
            side.origin.push(match state.lineage.is_empty() {
                true => "there is no state: resources are those that the journal of a killed run has".into(),
                false => format!("resources and outputs are those of the state (serial {})", state.serial),
            });
        }
        None => {
            compare::add_configuration(side, config, &opened.eval.root_scope());
            side.origin.push("there is no state: resources are those of the configuration, and what it does not say is not known".into());
        }
    }
}

/// The environments that rules of a project can speak of.
pub(super) fn known(config: &Config) -> Vec<String> {
    list_environments(&config.project_dir, disk().as_ref())
}

fn rules(opened: &Opened) -> Result<Vec<Expect>, Diagnostics> {
    let mut diags = Diagnostics::new();
    let environment = opened.project.config.environment.as_ref();
    let rules = environment.map(|e| compare::expectations(e, &opened.eval.root_scope(), &mut diags)).unwrap_or_default();
    diags.extend(compare::misnamed(&rules, &known(&opened.project.config)));
    if diags.has_errors() { Err(diags) } else { Ok(rules) }
}

/// The applications of an opened environment, with what the last deploys recorded.
///
/// # Errors
/// When their blocks have mistakes or records cannot be read.
pub(super) async fn requests(session: &Session, opened: &Opened, names: &[String]) -> Result<Vec<AppRequest>, Diagnostics> {
    let mut diags = Diagnostics::new();
    let specs = apps::specs(session, &opened.project, names, &opened.eval.root_scope(), &mut diags).await;
    if diags.has_errors() {
        return Err(diags);
    }
    let store = opened.project.store().await?;
    apps::requests(store.as_ref(), specs, opened.state.as_ref().unwrap_or(&State::default()), &[]).await
}

async fn applications(session: &Session, side: &mut Side, opened: &Opened) -> Result<(), Diagnostics> {
    let mut requests = requests(session, opened, &[]).await?;
    // Several hosts of an application get the same files.
    let mut seen = BTreeSet::new();
    requests.retain(|r| seen.insert(r.spec.name.clone()));
    let world = World::new(session, &opened.project);
    let ctx = world.context(session, &opened.project);
    let previews = join_all(requests.iter().map(|r| preview(&ctx, r))).await;
    let all: Vec<_> = requests.iter().zip(previews).collect();
    compare::add_apps(side, &all);
    Ok(())
}

async fn host(session: &Session, typed: &str, env: &str, app: &str, args: &CompareArgs) -> Result<Gathered, Diagnostics> {
    let opened = opened(session, env, &args.input).await?;
    let names = [app.split('@').next().unwrap_or(app).to_string()];
    apps::check_names(&opened.project, &names)?;
    let requests = requests(session, &opened, &names).await?;
    let request = one_of(&requests, app)?;
    let world = World::new(session, &opened.project);
    let sight = look(&world.context(session, &opened.project), request, &folder::search_names(), opened.project.planned_at).await?;
    let mut side = Side::new(typed);
    side.environment = Some(opened.project.config.name.clone());
    compare::add_host(&mut side, &request.spec, &sight);
    Ok(Gathered { side, rules: rules(&opened)? })
}

/// The request of an application, or of one of its hosts (`web@a`).
fn one_of<'r>(requests: &'r [AppRequest], app: &str) -> Result<&'r AppRequest, Diagnostic> {
    let labels: Vec<String> = requests.iter().map(|r| r.spec.label().to_string()).collect();
    match requests {
        [only] if !app.contains('@') => Ok(only),
        _ => requests.iter().find(|r| r.spec.label().as_ref() == app).ok_or_else(|| {
            Diagnostic::error("No such host", format!("{app:?} names none of the application's hosts, or several."))
                .help(format!("Name one: {}.", labels.join(", ")))
        }),
    }
}

/// Names of applications that a side has a checkout of.
fn checkouts(side: &Side) -> Vec<String> {
    let names = side.items.get(&Section::Commit).into_iter().flat_map(|items| items.keys());
    names.filter(|n| !n.contains(':')).cloned().collect()
}

fn local(typed: &str, path: &Path, wanted: &BTreeSet<String>, applications: &BTreeSet<String>) -> Result<Gathered, Diagnostics> {
    if !path.is_dir() {
        let detail = format!("{} is no folder.", path.display());
        return Err(Diagnostic::error("Working copy not found", detail)
            .help("local: takes the path of a working copy, local:../product say.")
            .into());
    }
    let found = tree(path);
    let mut side = Side::new(typed);
    folder::begin(&mut side);
    for file in found.files.iter().filter(|f| folder::is_searched(&f.path) || wanted.contains(&f.path)) {
        match found.read(&file.path, MAX_BYTES) {
            Some(bytes) => folder::add_file(&mut side, &file.path, &bytes),
            None => side.unread.push(format!("{} is too large or not readable", file.path)),
        }
    }
    checkout(&mut side, &found, applications);
    Ok(Gathered { side, rules: Vec::new() })
}

/// Commit and branch stand under the name of the application they are compared with.
fn checkout(side: &mut Side, found: &Tree, others: &BTreeSet<String>) {
    if found.cut {
        side.notes.push("there are too many files; some were not looked at".into());
    }
    let Some(at) = head(&found.root) else { return side.notes.push("it is not in git, or has no commit yet".into()) };
    let folder = absolute(&found.root).file_name().and_then(|n| n.to_str()).unwrap_or(".").to_string();
    let name = match others.len() {
        0 => "checkout".to_string(),
        1 => others.first().cloned().unwrap_or_default(),
        _ if others.contains(&folder) => folder,
        _ => {
            return side.notes.push(format!("it is at commit {}; which of the applications it is cannot be told from its name", at.commit));
        }
    };
    folder::add_checkout(side, &name, &at.commit, branch(&found.root).as_deref(), at.uncommitted);
}

fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
