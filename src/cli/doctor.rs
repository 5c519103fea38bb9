//! `doctor [ENV]`: everything a run needs, looked at one by one.

use super::apps::{self, World};
use super::args_health::DoctorArgs;
use super::bootstrap::health;
use super::project::{Need, Project, language_env, open};
use super::recover::config_of;
use super::session::Session;
use super::state::secrets::learn;
use crate::addr::{ModulePath, ProviderConfigAddr, ProviderSource};
use crate::config::list_environments;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, ResolveInput, Resolver};
use crate::ops::doctor::{self, Finding, Verdict};
use crate::state::State;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Runs the command. Exit code 1 when something is wrong.
///
/// # Errors
/// Only when there is no environment to look at.
pub async fn run(session: &Session, args: &DoctorArgs) -> Result<u8, Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let names: Vec<Option<String>> = match &args.env.env {
        Some(env) => vec![Some(env.clone())],
        None => {
            let all = list_environments(&cwd, super::project::disk().as_ref());
            if all.is_empty() { vec![None] } else { all.into_iter().map(Some).collect() }
        }
    };
    let (mut documents, mut wrong) = (Vec::new(), 0);
    for name in names {
        let _ = std::env::set_current_dir(&cwd);
        let shown = name.clone().unwrap_or_else(|| ".".into());
        let found = look(session, args, name.as_deref()).await;
        wrong += found.iter().filter(|f| f.verdict == Verdict::Wrong).count();
        if args.json {
            documents.push(document(session, &shown, &found));
        } else {
            session.out(&text(session, &shown, &found));
        }
    }
    if args.json {
        let all = if documents.len() == 1 { documents.remove(0) } else { Json::Array(documents) };
        session.out(&format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()));
    }
    Ok(u8::from(wrong > 0))
}

/// All checks of one environment.
async fn look(session: &Session, args: &DoctorArgs, env: Option<&str>) -> Vec<Finding> {
    let mut input = args.env.input.clone();
    input.input = Some(false);
    let mut found = Vec::new();
    let whole = open(session, env, &input, Need::Variables);
    let complete = whole.is_ok();
    let project = match whole {
        Ok(project) => {
            found.extend(configuration(session, &project));
            project
        }
        Err(diags) => {
            found.extend(doctor::failures("configuration", env.unwrap_or("."), &diags));
            // Where only values are missing, the backend can be looked at all the same.
            match open(session, env, &input, Need::Backend) {
                Ok(project) => project,
                Err(_) => return found,
            }
        }
    };
    let name = env.unwrap_or(".");
    found.extend(folder(&project));
    found.extend(place(&project, name).await);
    let state = match project.store().await {
        Ok(store) => {
            let (state, more) = doctor::state(store.as_ref(), name).await;
            found.extend(more);
            state
        }
        Err(diags) => {
            found.extend(doctor::failures("state", name, &diags));
            None
        }
    };
    if complete {
        let state = state.unwrap_or_default();
        learn(session, &state, &project.edges.registry());
        found.extend(accounts(session, &project, &state).await);
        found.extend(super::guards::health(session, &project, &state).await);
        found.extend(applications(session, &project, &state).await);
    }
    found
}

/// What `validate` says.
fn configuration(session: &Session, project: &Project) -> Vec<Finding> {
    let mut diags = Diagnostics::new();
    let env = language_env(session, &project.config.root_dir, project.files.clone());
    crate::config::validate(&project.config, &project.edges.registry(), &env, &mut diags);
    let name = &project.config.name;
    match diags.has_errors() {
        true => doctor::failures("configuration", name, &diags),
        false => vec![Finding::new("configuration", name, Verdict::Fine, "no mistakes, and every variable has a value")],
    }
}

/// Folders that a run writes to: that of a local state, and the project's, which keeps modules and hosts' keys.
fn folder(project: &Project) -> Option<Finding> {
    let local = project.backend.kind.as_ref() == "local";
    let (dir, verdict, what) = match local {
        true => (&project.config.root_dir, Verdict::Wrong, "the state cannot be written"),
        false => (&project.config.project_dir, Verdict::Warning, "fetched modules and keys of hosts cannot be kept"),
    };
    let why = unwritable(dir)?;
    let finding = Finding::new("folder", dir.display().to_string(), verdict, format!("{what}: {why}"));
    Some(finding.help("Become its owner, or a user who may write there."))
}

/// Why nothing can be written to a folder; a file without a name is tried, and leaves no trace.
fn unwritable(dir: &Path) -> Option<String> {
    tempfile::tempfile_in(dir).err().map(|e| e.to_string())
}

async fn place(project: &Project, env: &str) -> Vec<Finding> {
    match project.backend.kind.as_ref() {
        "local" => {
            let message = "the state is a file on this machine: nobody else sees it, and one earlier state is kept";
            vec![
                Finding::new("backend", "local", Verdict::Note, message)
                    .help("For a team: a backend \"s3\", then envctl bootstrap and envctl migrate."),
            ]
        }
        _ => match health(&project.edges, &project.backend).await {
            Ok(health) => doctor::backend(health.as_ref(), env).await,
            Err(e) => doctor::failures("backend", env, &e.diagnostic().into()),
        },
    }
}

/// The AWS configurations of the root module, asked which account they reach.
async fn accounts(session: &Session, project: &Project, state: &State) -> Vec<Finding> {
    let aws = ProviderSource::default_for("aws");
    let Some(root) = project.config.root() else { return Vec::new() };
    let mut aliases: BTreeSet<_> =
        root.providers.values().filter(|b| root.provider_source(&b.name) == aws).map(|b| b.alias.clone()).collect();
    let used = project.config.modules.values().flat_map(|m| m.resources.keys()).any(|r| r.kind.starts_with("aws_"));
    if aliases.is_empty() && used {
        aliases.insert(None);
    }
    let wanted = project.config.environment.as_ref().and_then(|e| e.account_id.as_deref());
    let mut providers = ConfiguredProviders::new(project.edges.registry());
    let mut found = Vec::new();
    for alias in aliases {
        let addr = ProviderConfigAddr { module: ModulePath::root(), source: aws.clone(), alias: alias.clone(), key: None };
        let name = alias.map_or_else(|| "aws".to_string(), |a| format!("aws.{a}"));
        let config = match config_of(session, project, state, &addr) {
            Ok(config) => config,
            Err(diags) => {
                let why = diags.iter().find(|d| d.is_error()).map_or_else(String::new, |d| d.detail.clone());
                found.push(Finding::new("account", &name, Verdict::Unchecked, format!("its configuration is not known yet: {why}")));
                continue;
            }
        };
        match providers.configure(&addr, &config).await {
            Ok(facts) => {
                found.push(doctor::account(&name, facts.str("account_id"), wanted));
                let region = project.config.environment.as_ref().and_then(|e| crate::ops::guard::region(e, [(&addr, &facts)]));
                found.extend(region.map(|d| Finding { help: d.help.clone(), ..Finding::new("region", &name, Verdict::Wrong, d.detail) }));
            }
            Err(e) => {
                let finding = Finding::new("credentials", &name, Verdict::Wrong, format!("{}: {}", e.summary, e.detail));
                found.push(Finding { help: e.help, ..finding });
            }
        }
    }
    found
}

async fn applications(session: &Session, project: &Project, state: &State) -> Vec<Finding> {
    if project.config.apps.is_empty() {
        return Vec::new();
    }
    let planned = async {
        let input = ResolveInput {
            config: project.config.clone(),
            schemas: Arc::new(project.edges.registry()),
            variables: project.variables.values.clone(),
            env: project.call_env(session),
            workspace: project.workspace.clone(),
        };
        let eval = Resolver::at_rest(input, state, &BTreeSet::new())?.into_evaluator();
        let mut diags = Diagnostics::new();
        let specs = apps::specs(session, project, &[], &eval.root_scope(), &mut diags).await;
        if diags.has_errors() {
            return Err(diags);
        }
        let store = project.store().await?;
        let mut requests = apps::requests(store.as_ref(), specs, state, &[]).await?;
        apps::plan_all(session, project, &World::new(session, project), &mut requests, &mut diags).await;
        Ok(requests)
    };
    match planned.await {
        Ok(requests) => {
            let plans: Vec<_> = requests.into_iter().filter_map(|r| r.approved).collect();
            doctor::apps(&plans)
        }
        Err(diags) => doctor::failures("application", &project.config.name, &diags),
    }
}

fn document(session: &Session, env: &str, found: &[Finding]) -> Json {
    let hidden = |text: &str| session.redactor.redact(text);
    let one = |f: &Finding| {
        json!({
            "check": f.check, "subject": f.subject, "verdict": f.verdict.name(), "message": hidden(&f.message), "help": f.help.as_deref().map(hidden),
        })
    };
    let healthy = found.iter().all(|f| f.verdict != Verdict::Wrong);
    json!({"format": 1, "environment": env, "healthy": healthy, "findings": found.iter().map(one).collect::<Vec<_>>()})
}

fn text(session: &Session, env: &str, found: &[Finding]) -> String {
    let mut text = format!("{}\n", session.style.bold(env));
    for f in found {
        let mark = format!("{:<9}", f.verdict.name());
        let mark = match f.verdict {
            Verdict::Fine => session.style.good(&mark),
            Verdict::Wrong | Verdict::Warning => session.style.alert(&mark),
            Verdict::Unchecked | Verdict::Note => session.style.dim(&mark),
        };
        text.push_str(&format!("  {mark} {} ({}): {}\n", f.check, f.subject, f.message));
        if let Some(help) = f.help.as_ref().filter(|_| f.verdict != Verdict::Fine) {
            text.push_str(&format!("            {help}\n"));
        }
    }
    let wrong = found.iter().filter(|f| f.verdict == Verdict::Wrong).count();
    let end = match wrong {
        0 => session.style.good("Nothing is wrong."),
        1 => session.style.alert("1 thing is wrong."),
        n => session.style.alert(&format!("{n} things are wrong.")),
    };
    text + &format!("  {end}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(unwritable(dir.path()), None);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "no trace");
        // Not even root writes there.
        assert!(unwritable(Path::new("/proc/self")).is_some());
        assert!(unwritable(&dir.path().join("none")).is_some());
    }
}
