//! `validate`: every mistake that can be seen without credentials, state, network or values.

use super::args::{InputArgs, ValidateArgs};
use super::modules::{Fetching, load};
use super::project::{disk, enter, language_env};
use super::session::Session;
use super::wire::Edges;
use crate::config::{Config, LoadRequest, hcl_notes, static_scope};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::Scope;
use crate::ops::{compare, cost, snapshot};
use crate::report::json::validation;

/// Exit code when the configuration is not valid.
const INVALID: u8 = 1;

/// Runs the command.
///
/// # Errors
/// When there is no configuration to check at all; mistakes in it are the command's output.
pub fn run(session: &Session, args: &ValidateArgs) -> Result<u8, Diagnostics> {
    session.compact(args.env.input.compact_warnings);
    let mut diags = Diagnostics::new();
    let name = check(session, args.env.env.as_deref(), &args.env.input, &mut diags)?;
    let diags = by_place(diags);
    if args.json {
        session.out(&(validation(&diags, &session.sources) + "\n"));
    } else {
        session.report(&diags);
        session.out(&verdict(session, &name, &diags));
    }
    Ok(if diags.has_errors() { INVALID } else { 0 })
}

/// Loads and checks; the name of what was checked.
fn check(session: &Session, env: Option<&str>, input: &InputArgs, diags: &mut Diagnostics) -> Result<String, Diagnostics> {
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let files = disk();
    let request = LoadRequest { environment: env.map(str::to_string), cwd };
    let Some(loaded) = load(session, &request, input, Fetching::Missing, diags) else {
        return Ok(env.unwrap_or(".").to_string());
    };
    let config = loaded.config;
    enter(&config.root_dir)?;
    let registry = Edges::new(config.root_dir.clone(), session.env.clone()).registry();
    let env = language_env(session, &config.root_dir, files);
    crate::config::validate(&config, &registry, &env, diags);
    if let Some(scope) = static_scope(&config, &registry, &env) {
        for app in &config.apps {
            let _ = crate::app::decode(&app.block, &scope, diags);
        }
        environment(&config, &scope, diags);
    }
    hcl_notes(&config).into_iter().for_each(|note| diags.push(note));
    Ok(shown_name(&config))
}

/// The rules of the `environment` block, as far as they are known without values.
fn environment(config: &Config, scope: &dyn Scope, diags: &mut Diagnostics) {
    super::guards::decode(config, scope, false, diags);
    if let Some(environment) = &config.environment {
        let _ = snapshot::decode(&environment.rules, scope, diags);
        let _ = cost::decode(&environment.rules, scope, diags);
        let rules = compare::expectations(environment, scope, diags);
        diags.extend(compare::misnamed(&rules, &super::compare::known(config)));
    }
}

fn shown_name(config: &Config) -> String {
    if config.name == "." { "the root module".to_string() } else { config.name.clone() }
}

/// Mistakes in the order of reading: file by file, top to bottom; those without a place first.
fn by_place(diags: Diagnostics) -> Diagnostics {
    let mut all: Vec<Diagnostic> = diags.into_iter().collect();
    all.sort_by_key(|d| d.subject.map(|s| (s.file, s.start)));
    all.into_iter().collect()
}

fn verdict(session: &Session, name: &str, diags: &Diagnostics) -> String {
    let errors = diags.iter().filter(|d| d.is_error()).count();
    let warnings = diags.len() - errors;
    let counted = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    let style = &session.style;
    match (errors, warnings) {
        (0, 0) => format!("{} {name} has no mistakes that can be seen without planning it.\n", style.bold("Valid:")),
        (0, n) => {
            format!("{} {name} has no mistakes that can be seen without planning it; {}.\n", style.bold("Valid:"), counted(n, "warning"))
        }
        (n, 0) => format!("{} {name} has {}.\n", style.bold("Not valid:"), counted(n, "error")),
        (n, m) => format!("{} {name} has {} and {}.\n", style.bold("Not valid:"), counted(n, "error"), counted(m, "warning")),
    }
}
