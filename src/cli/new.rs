//! `new`: the files of an environment, from a template or from another environment.

use super::args::{EnvArgs, InputArgs};
use super::args_new::NewArgs;
use super::project::{Need, language_env, load_only, open};
use super::session::Session;
use super::wire::Edges;
use crate::config::{Backend, list_environments};
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::clean;
use crate::ops::scaffold::{self, Left, NewFile, Request, Source, TEMPLATES};
use crate::process::ignored;
use crate::value::{Value, closest};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Characters that make a bucket's name nobody else's.
const RANDOM: usize = 6;

/// Runs the command.
///
/// # Errors
/// A name that is taken or impossible, a template that does not exist, files that cannot be written.
pub fn run(session: &Session, args: &NewArgs) -> Result<u8, Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let root = cwd.ancestors().find(|d| d.join("environments").is_dir()).unwrap_or(&cwd).to_path_buf();
    check_name(&args.name)?;
    let folder = root.join("environments").join(&args.name);
    if folder.exists() {
        let detail = format!("environments/{} exists already, and nothing is overwritten.", args.name);
        return Err(Diagnostic::error("The environment exists", detail).help("Choose another name, or remove that folder.").into());
    }
    let source = root.join("environments").join(&args.from);
    let copied = source.is_dir();
    let (files, left) = if copied {
        let sources = sources(&source)?;
        scaffold::copy(&args.from, &args.name, &sources, args.region.as_deref(), &args.set)?
    } else {
        (from_template(session, args, &root)?, Vec::new())
    };
    write(&root, &files)?;
    if copied {
        keep_states_apart(session, args, &root, &folder)?;
    }
    session.out(&told(args, &files, &left, copied));
    check(session, args, &root)?;
    session.out(&next(args, &root, copied));
    Ok(0)
}

/// A name that fits a folder, a state's key, and the names of AWS's objects.
fn check_name(name: &str) -> Result<(), Diagnostic> {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    let rest = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if first && rest && !name.ends_with('-') && !name.contains("--") {
        return Ok(());
    }
    let detail = format!("{name:?} becomes part of names in AWS: lower-case letters, digits and single hyphens, a letter first.");
    Err(Diagnostic::error("Invalid name for an environment", detail).help("Such as: stage, prod-eu, sandbox2."))
}

fn from_template(session: &Session, args: &NewArgs, root: &Path) -> Result<Vec<NewFile>, Diagnostics> {
    let Some(template) = scaffold::template(&args.from) else {
        let environments = list_environments(root, super::project::disk().as_ref());
        let names: Vec<&str> = TEMPLATES.iter().map(|t| t.name).chain(environments.iter().map(String::as_str)).collect();
        let near = closest(&args.from, names.iter().copied()).map(|n| format!("Did you mean {n:?}? ")).unwrap_or_default();
        let about: Vec<String> = TEMPLATES.iter().map(|t| format!("{} ({})", t.name, t.about)).collect();
        let detail = format!("There is no template and no environment {:?}.", args.from);
        let environments = if environments.is_empty() { String::new() } else { format!(" Environments: {}.", environments.join(", ")) };
        let help = format!("{near}Templates: {}.{environments}", about.join("; "));
        return Err(Diagnostic::error("Nothing to start from", detail).help(help).into());
    };
    let set = |name: &str| session.env.get(name).filter(|v| !v.is_empty()).cloned();
    let region = args.region.clone().or_else(|| set("AWS_REGION")).or_else(|| set("AWS_DEFAULT_REGION"));
    let Some(region) = region else {
        let detail = "The environment needs an AWS region, and neither -region nor AWS_REGION names one.";
        return Err(Diagnostic::error("No region", detail).help("Add it: -region eu-central-1.").into());
    };
    let given = |name: &str| args.set.iter().find_map(|s| s.split_once('=').filter(|(n, _)| n.trim() == name).map(|(_, v)| v.to_string()));
    let project = given("project").unwrap_or_else(|| project_name(root));
    let bucket = format!("{project}-envctl-state-{}", random());
    let exists = |path: &Path| root.join(path).exists();
    let request = Request { name: &args.name, project: &project, region: &region, bucket: &bucket, set: &args.set, exists: &exists };
    scaffold::made(template, &request)
}

/// The project's folder, as far as it can be part of names in AWS.
fn project_name(root: &Path) -> String {
    let folder = root.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_lowercase();
    let parts: Vec<&str> = folder.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).collect();
    let name = parts.join("-");
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name: String = name.chars().take(20).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() { "project".into() } else { name.into() }
}

fn random() -> String {
    let mut bytes = [0; RANDOM / 2];
    rand::Rng::fill_bytes(&mut rand::rng(), &mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The files of an environment that may be copied: no caches, no states, no plans.
fn sources(folder: &Path) -> Result<Vec<Source>, Diagnostics> {
    let unreadable = |path: &Path, e: &dyn std::fmt::Display| {
        Diagnostics::from(Diagnostic::error("The environment is not readable", format!("{}: {e}.", path.display())))
    };
    let skipped = |name: &str| {
        let cache = [".envctl", ".terraform", ".git", ".envctl.lock.json", ".terraform.lock.hcl"].contains(&name);
        cache || name.contains(".tfstate") || name.ends_with(".plan") || name.ends_with('~')
    };
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let mut paths = Vec::new();
    for entry in walk.filter_entry(|e| e.depth() == 0 || !e.file_name().to_str().is_some_and(skipped)) {
        let entry = entry.map_err(|e| unreadable(folder, &e))?;
        if entry.file_type().is_file() {
            paths.push(entry.into_path());
        }
    }
    let hidden: BTreeSet<PathBuf> = ignored(folder, &paths).into_iter().collect();
    let mut all = Vec::new();
    for path in paths {
        let bytes = std::fs::read(&path).map_err(|e| unreadable(&path, &e))?;
        let relative = path.strip_prefix(folder).unwrap_or(&path).to_path_buf();
        all.push(Source { path: relative, text: String::from_utf8(bytes).ok(), ignored: hidden.contains(&path) });
    }
    Ok(all)
}

/// Writes all files, none of which may exist.
fn write(root: &Path, files: &[NewFile]) -> Result<(), Diagnostics> {
    if let Some(taken) = files.iter().find(|f| root.join(&f.path).exists()) {
        let detail = format!("{} exists already, and nothing is overwritten.", taken.path.display());
        return Err(Diagnostic::error("A file exists", detail).into());
    }
    for file in files {
        let path = root.join(&file.path);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let open = || std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
        let written = made.and_then(|()| open()?.write_all(file.text.as_bytes()));
        written.map_err(|e| Diagnostic::error("A file cannot be written", format!("{}: {e}.", path.display())))?;
    }
    Ok(())
}

/// A copy whose state would be that of its original is taken back.
fn keep_states_apart(session: &Session, args: &NewArgs, root: &Path, folder: &Path) -> Result<(), Diagnostics> {
    let input = InputArgs { input: Some(false), compact_warnings: true, ..InputArgs::default() };
    let place = |name: &str| {
        std::env::set_current_dir(root).ok()?;
        let project = open(session, Some(name), &input, Need::Backend).ok();
        let _ = std::env::set_current_dir(root);
        project.map(|p| place(&p.backend, &p.config.root_dir))
    };
    let (Some(theirs), Some(ours)) = (place(&args.from), place(&args.name)) else { return Ok(()) };
    if theirs != ours {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(folder);
    let detail = format!(
        "Both {} and {} would keep their state in {ours}: the backend's settings do not name the environment.",
        args.from, args.name
    );
    let d = Diagnostic::error("The copy would share its state", detail);
    Err(d
        .help(format!(
            "Write the name into the backend's key in environments/{}, such as key = \"{}/terraform.tfstate\".",
            args.from, args.from
        ))
        .into())
}

/// Where a backend keeps the state.
fn place(backend: &Backend, root: &Path) -> String {
    let setting = |name: &str| backend.settings.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
    match backend.kind.as_ref() {
        "local" => {
            let path = setting("path");
            clean(&root.join(if path.is_empty() { "terraform.tfstate" } else { &path })).display().to_string()
        }
        _ => format!("{}/{}/{}", setting("endpoint"), setting("bucket"), setting("key")),
    }
}

fn told(args: &NewArgs, files: &[NewFile], left: &[Left], copied: bool) -> String {
    let what = if copied { "the environment" } else { "the template" };
    let mut text = format!("Made {} from {what} {}:\n", args.name, args.from);
    files.iter().for_each(|f| text += &format!("  {}\n", f.path.display()));
    if !left.is_empty() {
        text += "Left out:\n";
        left.iter().for_each(|l| text += &format!("  {} ({})\n", l.what, l.why));
    }
    text + "\n"
}

/// What `validate` would say; values that are not given yet do not matter.
fn check(session: &Session, args: &NewArgs, root: &Path) -> Result<(), Diagnostics> {
    std::env::set_current_dir(root).map_err(|e| Diagnostic::error("Folder not accessible", format!("{}: {e}.", root.display())))?;
    let env = EnvArgs { env: Some(args.name.clone()), input: InputArgs { compact_warnings: true, ..InputArgs::default() } };
    let config = load_only(session, &env)?;
    let registry = Edges::new(config.root_dir.clone(), session.env.clone()).registry();
    let call_env = language_env(session, &config.root_dir, super::project::disk());
    let mut diags = Diagnostics::new();
    crate::config::validate(&config, &registry, &call_env, &mut diags);
    session.report(&diags.into_iter().map(Diagnostic::into_warning).collect());
    Ok(())
}

fn next(args: &NewArgs, root: &Path, copied: bool) -> String {
    let name = &args.name;
    let folder = format!("environments/{name}");
    let mut steps = Vec::new();
    let samples = std::fs::read_dir(root.join(&folder)).into_iter().flatten().flatten();
    for sample in samples.filter_map(|e| e.file_name().into_string().ok()).filter(|n| n.ends_with(".sample")) {
        let real = sample.trim_end_matches(".sample");
        steps.push(format!("cp {folder}/{sample} {folder}/{real}, and fill it in"));
    }
    if copied {
        steps.push(format!("read {folder}: account, region, sizes, addresses and refs are still those of {}", args.from));
    } else if !args.set.iter().any(|s| s.starts_with("admin_cidr_blocks")) && root.join(&folder).join("network.tf").exists() {
        steps.push(format!("say in {folder}/terraform.tfvars where SSH may come from (admin_cidr_blocks)"));
    }
    steps.push(format!("envctl bootstrap {name}     the home of its state, where it is not there yet"));
    steps.push(format!("envctl doctor {name}        whether credentials, backend and hosts are as they should be"));
    steps.push(format!("envctl plan {name}"));
    let listed: Vec<String> = steps.iter().enumerate().map(|(i, s)| format!("  {}. {s}\n", i + 1)).collect();
    format!("Next:\n{}", listed.concat())
}
