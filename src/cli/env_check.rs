//! `env check`: gathers env files of working copies, environments and hosts.

use super::apps::World;
use super::args_compare::EnvCheckArgs;
use super::compare::{opened, requests};
use super::project::disk;
use super::session::Session;
use crate::config::list_environments;
use crate::deploy::{look, preview};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::env_check::{self, CopyFile, Finding, Rule};
use crate::process::{Tree, tree};
use crate::report::env_check::{Checked, clean, json, text};
use futures::future::join_all;
use std::collections::BTreeSet;
use std::path::Path;

/// Exit code when something could not be looked at.
const UNSEEN: u8 = 1;
/// Exit code when something is wrong.
const WRONG: u8 = 2;
/// Larger env files are no env files.
const MAX_ENV: u64 = 1 << 20;
/// Larger files are not searched for names.
const MAX_SOURCE: u64 = 1 << 20;
/// Patterns of files that are read on hosts.
const ON_HOST: [&str; 4] = [".env", ".env.*", "*.env", "*.env.*"];

/// Runs the command. Exit code 2 when something is wrong, 1 when something could not be looked at; that stops nothing
/// else.
///
/// # Errors
/// When the only thing that was named cannot be looked at.
pub async fn run(session: &Session, args: &EnvCheckArgs) -> Result<u8, Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let known = list_environments(&cwd, disk().as_ref());
    let mut all = Vec::new();
    let targets: Vec<String> = match args.targets.is_empty() {
        true => known.iter().cloned().chain([".".to_string()]).collect(),
        false => args.targets.clone(),
    };
    for target in &targets {
        std::env::set_current_dir(&cwd).map_err(|e| Diagnostic::error("Folder not accessible", format!("{}: {e}.", cwd.display())))?;
        let folder = cwd.join(target);
        if !known.contains(target) && folder.is_dir() {
            all.push(working_copy(target, &folder));
        } else {
            match environment(session, target, args).await {
                Err(diags) if targets.len() == 1 => return Err(diags),
                found => {
                    all.push(found.unwrap_or_else(|diags| Checked { name: target.clone(), unseen: unseen(&diags), ..Checked::default() }))
                }
            }
        }
    }
    if args.json {
        session.out(&format!("{:#}\n", json(&all)));
    } else {
        session.out(&text(&all, &session.style));
    }
    Ok(match clean(&all) {
        true => 0,
        false if all.iter().any(|c| !c.unseen.is_empty()) => UNSEEN,
        false => WRONG,
    })
}

/// Errors in a line each.
fn unseen(diags: &Diagnostics) -> Vec<String> {
    diags.iter().filter(|d| d.is_error()).map(|d| format!("could not be looked at: {}: {}", d.summary, d.detail)).collect()
}

fn working_copy(name: &str, folder: &Path) -> Checked {
    let found = tree(folder);
    let mut checked = Checked { name: if name == "." { "this folder".into() } else { name.into() }, ..Checked::default() };
    let mut files = Vec::new();
    for file in found.files.iter().filter(|f| env_check::is_env_file(&f.path)) {
        match found.read(&file.path, MAX_ENV) {
            Some(bytes) => files.push(CopyFile { path: file.path.clone(), bytes, tracked: file.tracked }),
            None => checked.unseen.push(format!("{} is too large or not readable", file.path)),
        }
    }
    if found.cut {
        checked.notes.push("there are too many files; some were not looked at".into());
    }
    if !found.git {
        checked.notes.push("it is not in git: nobody can tell what is committed".into());
    }
    let words = words(&found);
    checked.files = files.len();
    checked.findings = env_check::check_copy(&files, Some(&words));
    checked
}

/// Names that the other files of a tree mention; ignored ones (build results) do not count.
fn words(found: &Tree) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in found.files.iter().filter(|f| !f.ignored && !f.link && !env_check::is_env_file(&f.path)) {
        let Some(bytes) = found.read(&file.path, MAX_SOURCE).filter(|b| !b.iter().take(8000).any(|c| *c == 0)) else { continue };
        env_check::words_of(&String::from_utf8_lossy(&bytes), &mut words);
    }
    words
}

async fn environment(session: &Session, name: &str, args: &EnvCheckArgs) -> Result<Checked, Diagnostics> {
    let opened = opened(session, name, &args.input).await?;
    let mut checked = Checked { name: name.to_string(), notes: opened.notes.clone(), ..Checked::default() };
    let requests = requests(session, &opened, &[]).await?;
    let world = World::new(session, &opened.project);
    let ctx = world.context(session, &opened.project);
    let previews = join_all(requests.iter().map(|r| preview(&ctx, r))).await;
    let mut seen = BTreeSet::new();
    for (request, preview) in requests.iter().zip(&previews).filter(|(r, _)| seen.insert(r.spec.name.clone())) {
        checked.files += preview.rendered.iter().filter(|f| matches!(f.shape, crate::app::Shape::Env { .. })).count();
        checked.findings.extend(env_check::check_app(&request.spec, preview));
        for problem in preview.diagnostics.iter() {
            let place = if problem.is_error() { &mut checked.unseen } else { &mut checked.notes };
            place.push(format!("app {}: {}", request.spec.name, problem.detail));
        }
    }
    if args.host {
        let sights = join_all(requests.iter().map(|r| look(&ctx, r, &ON_HOST, opened.project.planned_at))).await;
        for (request, sight) in requests.iter().zip(sights) {
            match sight {
                Ok(sight) => {
                    checked.files += sight.facts.files.len();
                    checked.findings.extend(env_check::check_host(&request.spec, &sight));
                }
                Err(diags) => checked.unseen.extend(unseen(&diags).into_iter().map(|why| format!("app {} {why}", request.label()))),
            }
        }
    }
    checked.findings.dedup_by(|a: &mut Finding, b: &mut Finding| a == b && a.rule != Rule::Duplicate);
    Ok(checked)
}
