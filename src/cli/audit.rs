//! `audit [ENV|PATH]`: gathers files and configurations; the rules are `ops::audit`'s.

use super::args_compare::AuditArgs;
use super::modules::{Fetching, given, load};
use super::project::{disk, language_env};
use super::session::Session;
use crate::config::{Config, LoadRequest, VariableRequest, collect_variables, list_environments, locate_environment};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::audit::{self, Constants, Finding, IGNORES, Level, Settings, Source};
use crate::process::{Tree, TreeFile, tree, would_ignore};
use crate::report::audit::{Audited, json, text};
use crate::value::{Name, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Exit code when something was found.
const FOUND: u8 = 2;
/// Larger files are data.
const MAX_BYTES: u64 = 1 << 20;
/// So many folders of configuration are read at most.
const MAX_FOLDERS: usize = 300;

/// Runs the command. Exit code 2 when something at or above the level was found.
///
/// # Errors
/// When there is nothing to audit, or an `audit` block has mistakes.
pub fn run(session: &Session, args: &AuditArgs) -> Result<u8, Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let (root, only) = target(&cwd, args)?;
    let found = tree(&root);
    let sources: Vec<Source> = found.files.iter().filter(|f| !f.link).filter_map(|f| read(&found, f)).collect();
    let mut out = Audited { name: args.target.clone().unwrap_or_else(|| ".".into()), ..Audited::default() };
    let mut findings: Vec<Finding> = sources.iter().flat_map(audit::check_source).collect();
    let mut settings = Settings::default();
    for folder in folders(&root, &sources, only.as_deref()) {
        if let Some(config) = one(session, args, &root, &folder, &mut out)? {
            findings.extend(config.0);
            settings.extend(config.1);
            out.configurations += 1;
        }
    }
    if found.git {
        let examples: Vec<&str> = IGNORES.iter().map(|(example, ..)| *example).collect();
        if let Some(ignored) = would_ignore(&root, &examples) {
            findings.extend(audit::missing_ignores(&sources, &ignored));
        }
    } else {
        out.notes.push("it is not in git: every file was read, and nobody can tell what is committed".into());
    }
    if found.cut {
        out.notes.push("there are too many files; some were not looked at".into());
    }
    out.files = sources.iter().filter(|s| s.text.is_some() && !s.ignored).count();
    let level = Level::parse(&args.level).unwrap_or(Level::Low);
    let (kept, below): (Vec<Finding>, Vec<Finding>) = settings.apply(findings, &sources).into_iter().partition(|f| f.level >= level);
    out.findings = kept;
    out.below = below.len();
    if args.json {
        session.out(&format!("{:#}\n", json(&out)));
    } else {
        session.out(&text(&out, &session.style));
    }
    Ok(if out.findings.is_empty() { 0 } else { FOUND })
}

/// The folder to audit, and the one environment whose configuration counts.
fn target(cwd: &Path, args: &AuditArgs) -> Result<(PathBuf, Option<PathBuf>), Diagnostics> {
    let Some(name) = &args.target else { return Ok((cwd.to_path_buf(), None)) };
    if list_environments(cwd, disk().as_ref()).contains(name) {
        let located = locate_environment(name, cwd, disk().as_ref())?;
        return Ok((located.project_dir, Some(located.env_dir)));
    }
    let path = cwd.join(name);
    if !path.is_dir() {
        return Err(locate_environment(name, cwd, disk().as_ref())
            .err()
            .unwrap_or_else(|| Diagnostic::error("Folder not found", name.clone()))
            .into());
    }
    Ok((crate::files::clean(&path), None))
}

/// A file as rules see it; ignored ones only where they are `.env` files.
fn read(found: &Tree, file: &TreeFile) -> Option<Source> {
    if file.ignored && !crate::ops::env_check::is_env_file(&file.path) {
        return None;
    }
    let bytes = found.read(&file.path, MAX_BYTES);
    let text = bytes.filter(|b| !b.iter().take(8000).any(|c| *c == 0)).map(|b| String::from_utf8_lossy(&b).into_owned());
    Some(Source { path: file.path.clone(), tracked: file.tracked, ignored: file.ignored, text })
}

/// Folders with configuration, environments first: what they call is read with them.
fn folders(root: &Path, sources: &[Source], only: Option<&Path>) -> Vec<PathBuf> {
    if let Some(only) = only {
        return vec![only.to_path_buf()];
    }
    let is_root = |s: &&Source| {
        let in_environments = s.path.starts_with("environments/");
        !s.ignored
            && !s.is_test()
            && (s.path.ends_with(".tf") || s.path.ends_with(".tofu") || (in_environments && s.path.ends_with(".hcl")))
    };
    let all: BTreeSet<PathBuf> =
        sources.iter().filter(is_root).map(|s| root.join(Path::new(&s.path).parent().unwrap_or(Path::new("")))).collect();
    let (mut first, rest): (Vec<PathBuf>, Vec<PathBuf>) =
        all.into_iter().partition(|p| p.components().any(|c| c.as_os_str() == "environments"));
    first.extend(rest);
    first.truncate(MAX_FOLDERS);
    first
}

/// What one configuration shows, and its settings; `None` when it cannot be read.
fn one(
    session: &Session,
    args: &AuditArgs,
    root: &Path,
    folder: &Path,
    out: &mut Audited,
) -> Result<Option<(Vec<Finding>, Settings)>, Diagnostics> {
    let mut diags = Diagnostics::new();
    let request = LoadRequest { environment: Some(folder.display().to_string()), cwd: root.to_path_buf() };
    let Some(loaded) = load(session, &request, &args.input, Fetching::Never, &mut diags) else { return Ok(None) };
    if diags.has_errors() {
        let shown = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
        out.notes.push(format!("{} has mistakes; what cannot be read there is not audited", if shown.is_empty() { "." } else { &shown }));
    }
    let config = loaded.config;
    let values = values(session, args, root, &config);
    let env = language_env(session, &config.root_dir, disk());
    let mut settings = Settings::default();
    if let (Some(environment), Some(module)) = (&config.environment, config.root()) {
        let mut own = Diagnostics::new();
        settings = audit::settings(environment, &Constants::new(&config, module, &values, &env), &mut own);
        if own.has_errors() {
            return Err(own);
        }
    }
    Ok(Some((audit::check_configuration(&config, &values, &env, root), settings)))
}

/// Values of the root's variables, as far as there are any.
fn values(session: &Session, args: &AuditArgs, root: &Path, config: &Config) -> BTreeMap<Name, Value> {
    let given = given(&args.input);
    let request = VariableRequest { cwd: root, environ: &session.env, env_files: &args.input.env_file, given: &given };
    collect_variables(config, &request, disk().as_ref(), &mut Diagnostics::new()).values
}
