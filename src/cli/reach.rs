//! From the words of `ssh`, `exec` and `logs` to the hosts of an application.
//!
//! Only what leads to the hosts has to be known: variables without a value and everything else that a deploy needs do
//! not keep anybody from logging in. What can be evaluated beyond that is looked at for secrets to mask.

use super::apps::{self, World};
use super::args::InputArgs;
use super::project::{Need, Project, open};
use super::session::Session;
use super::state::{read, secrets::learn};
use crate::app::{decode, decode_with, secret_specs, shell::quote};
use crate::config::locate_environment;
use crate::deploy::AppRequest;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ResolveInput, Resolver};
use crate::lang::Scope;
use crate::syntax::Block;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What of an app block leads to its hosts.
const ATTRIBUTES: &[&str] = &["host", "hosts"];
const BLOCKS: &[&str] = &["ssh", "secret"];

/// An application within reach.
pub struct Reached {
    /// Its project.
    pub project: Project,
    /// The machine's means.
    pub world: World,
    /// Its hosts, one request each.
    pub requests: Vec<AppRequest>,
}

/// The application that the words name. `more` names blocks beside those that lead to the hosts; `None`: nothing of
/// what the hosts print passes through us, so no secret has to be known.
///
/// # Errors
/// When the environment does not load, there is no such application, or its host cannot be evaluated.
pub async fn reach(
    session: &Session,
    (env, app): (Option<&str>, Option<&str>),
    input: &InputArgs,
    more: Option<&[&str]>,
) -> Result<Reached, Diagnostics> {
    let (output, more) = (more.is_some(), more.unwrap_or(&[]));
    let (env, app) = words(env, app);
    let project = open(session, env, input, Need::Modules)?;
    let name = chosen(&project, app)?;
    let state = read(&project).await?.map(|(s, _)| s).unwrap_or_default();
    learn(session, &state, &project.edges.registry());
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let eval = Resolver::at_rest(input, &state, &BTreeSet::new())?.into_evaluator();
    let scope = eval.root_scope();
    let mut diags = Diagnostics::new();
    let blocks = project.config.apps.iter().filter(|a| *a.name == name).map(|a| &a.block);
    let mut specs = Vec::new();
    for block in blocks {
        specs.extend(decode(&outline(block, more), &scope, &mut diags).on_each_host());
        if output {
            mask(session, &project, block, &scope).await;
        }
    }
    if diags.has_errors() {
        return Err(diags);
    }
    let requests = apps::requests(project.store().await?.as_ref(), specs, &state, &[]).await?;
    let world = World::new(session, &project);
    Ok(Reached { project, world, requests })
}

/// The block without what only a deploy needs.
fn outline(block: &Block, more: &[&str]) -> Block {
    let mut block = block.clone();
    block.body.attributes.retain(|a| ATTRIBUTES.contains(&a.name.name.as_ref()));
    let kept = |kind: &str| BLOCKS.contains(&kind) || more.contains(&kind);
    block.body.blocks.retain(|b| kept(b.kind.name.as_ref()));
    block
}

/// The secrets of the whole block are masked from here on, as far as they are known. One that cannot be fetched is no
/// reason to stay away from the host, but everybody has to know.
async fn mask(session: &Session, project: &Project, block: &Block, scope: &dyn Scope) {
    let sources = secret_specs(block, scope, &mut Diagnostics::new());
    let mut failed = Diagnostics::new();
    let secrets = project.secrets.fetch(&sources, &session.redactor, &mut failed).await;
    for error in failed {
        let mut warning = error.into_warning();
        warning.summary = "A secret is not masked".into();
        session.report(&warning.into());
    }
    decode_with(block, scope, &secrets, &mut Diagnostics::new()).secrets().iter().for_each(|s| session.redactor.add(s));
}

/// Whether a word names an environment.
pub(super) fn is_environment(word: &str) -> bool {
    std::env::current_dir().is_ok_and(|cwd| locate_environment(word, &cwd, super::project::disk().as_ref()).is_ok())
}

/// `stage web`, `stage`, or inside a root module `web` or nothing.
pub(super) fn words<'a>(first: Option<&'a str>, second: Option<&'a str>) -> (Option<&'a str>, Option<&'a str>) {
    let Some(first) = first else { return (None, second) };
    match second {
        Some(_) => (Some(first), second),
        None if is_environment(first) => (Some(first), None),
        None => (None, Some(first)),
    }
}

/// The application that is meant: the only one where none is named.
///
/// # Errors
/// When there is no such application, or none is named and there is not exactly one.
pub(super) fn chosen(project: &Project, app: Option<&str>) -> Result<String, Diagnostics> {
    if let Some(app) = app {
        apps::check_names(project, &[app.to_string()])?;
        return Ok(app.to_string());
    }
    match project.config.apps.as_slice() {
        [only] => Ok(only.name.to_string()),
        [] => {
            let detail = format!("The environment {} has no app blocks.", project.config.name);
            Err(Diagnostic::error("No application", detail).help("Describe one in an app block; see docs/applications.md.").into())
        }
        all => {
            let names: Vec<&str> = all.iter().map(|a| a.name.as_ref()).collect();
            let detail = format!("The environment {} has {} applications.", project.config.name, all.len());
            Err(Diagnostic::error("Which application?", detail).help(format!("Name one behind it: {}.", names.join(", "))).into())
        }
    }
}

/// The requests of the host that is named.
///
/// # Errors
/// When there is no such host.
pub fn of_host(requests: Vec<AppRequest>, host: Option<&str>) -> Result<Vec<AppRequest>, Diagnostics> {
    let Some(host) = host else { return Ok(requests) };
    let names: Vec<String> = requests.iter().map(host_name).collect();
    let found: Vec<AppRequest> = requests.into_iter().filter(|r| host_name(r) == host).collect();
    if found.is_empty() {
        let detail = format!("The application has no host {host:?}.");
        return Err(Diagnostic::error("No such host", detail).help(format!("Its hosts are: {}.", names.join(", "))).into());
    }
    Ok(found)
}

/// The only request.
///
/// # Errors
/// When there are several: `help` says what to do then.
pub fn only(requests: Vec<AppRequest>, help: &str) -> Result<Vec<AppRequest>, Diagnostics> {
    if requests.len() == 1 {
        return Ok(requests);
    }
    let names: Vec<String> = requests.iter().map(host_name).collect();
    let detail = format!("The application runs on several hosts: {}.", names.join(", "));
    Err(Diagnostic::error("Which host?", detail).help(help).into())
}

/// A host as `-host` names it.
#[must_use]
pub fn host_name(request: &AppRequest) -> String {
    match &request.spec.instance {
        Some(instance) => instance.key.clone(),
        None => request.spec.host.to_string(),
    }
}

/// Words as a shell line: one word is shell text already, several are a program and its arguments.
#[must_use]
pub fn shell_line(words: &[String]) -> String {
    match words {
        [text] => text.clone(),
        words => words.iter().map(|w| quote(w)).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_shell_text_and_several_are_arguments() {
        let words = |w: &[&str]| shell_line(&w.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(words(&["cd /srv && ls"]), "cd /srv && ls");
        assert_eq!(words(&["ls", "a b", "$HOME"]), "ls 'a b' '$HOME'");
    }
}
