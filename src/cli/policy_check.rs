//! `policy -check`: whether the credentials at hand may do what the document lists. IAM simulates; nothing is changed.
//!
//! Asked with the root module's `aws` provider. Where the account cannot be asked, nothing is said of any permission.

use super::args_govern::PolicyArgs;
use super::planning::guard_account;
use super::policy::{Known, at_rest, needed, place};
use super::project::Project;
use super::recover::config_of;
use super::session::Session;
use super::state::read;
use super::wire;
use crate::addr::{ModulePath, ProviderConfigAddr, ProviderSource};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::ConfiguredProviders;
use crate::ops::policy::{Place, Purpose, Regions, check, questions};
use crate::provider::{CallerIdentity, ErrorKind, Principal, Provider, ProviderError, Simulator};
use crate::report::policy::{Subject, json, text};
use crate::state::State;
use crate::value::Value;
use serde_json::json as object;

const TITLE: &str = "The permissions could not be checked";

/// Asks and prints. Exit code 1 when something is denied or not known.
///
/// # Errors
/// When nobody can be asked.
pub async fn run(session: &Session, args: &PolicyArgs, project: &Project, aws: &dyn Provider, purpose: Purpose) -> Result<u8, Diagnostics> {
    let out = |document: &serde_json::Value| session.out(&format!("{}\n", serde_json::to_string_pretty(document).unwrap_or_default()));
    match simulate(session, args, project, aws, purpose).await {
        Ok((subject, checked)) => {
            match args.json {
                true => out(&json(&subject, &checked)),
                false => session.out(&text(&subject, &checked, &session.style)),
            }
            Ok(u8::from(!checked.all_allowed()))
        }
        Err(diags) => {
            if args.json {
                let why: Vec<String> = diags.iter().filter(|d| d.is_error()).map(|d| format!("{}: {}", d.summary, d.detail)).collect();
                out(&object!({"format": 1, "environment": project.config.name, "for": args.purpose, "simulated": false, "why": why}));
            }
            Err(diags)
        }
    }
}

async fn simulate(
    session: &Session,
    args: &PolicyArgs,
    project: &Project,
    aws: &dyn Provider,
    purpose: Purpose,
) -> Result<(Subject, crate::ops::policy::Checked), Diagnostics> {
    let mut notes = Vec::new();
    let state = read(project).await.unwrap_or_else(|diags| {
        let why = diags.iter().find(|d| d.is_error()).map(|d| format!("{}: {}", d.summary, d.detail)).unwrap_or_default();
        notes.push(format!("The state could not be read, so objects that only it knows are not in it. {why}"));
        None
    });
    let state = state.map(|(state, _)| state);
    let (simulator, facts_region) = reach(session, project, state.as_ref()).await?;
    let caller = simulator.caller().await.map_err(|e| failed(&e, None))?;
    let principal = match &caller.principal {
        Principal::Entity { arn, guessed } => {
            notes.extend(guessed.iter().map(|why| format!("The role of {} is taken to have no path: {why}", caller.arn)));
            arn.clone()
        }
        Principal::Other { why } => {
            let help = "Run it with the credentials of a user or a role that the environment is worked on with.";
            return Err(Diagnostic::error("These credentials cannot be simulated", why.clone()).help(help).into());
        }
    };
    let eval = at_rest(session, project, &State::default())?;
    let written = place(project, &eval);
    let place = Place { account: written.account.or_else(|| Some(caller.account.clone())), region: written.region.or(facts_region) };
    let home = project.backend.settings.get("region").and_then(Value::as_str).filter(|_| project.backend.kind.as_ref() == "s3");
    let regions = Regions { own: place.region.clone(), home: home.map(str::to_string) };
    let document = needed(project, aws, purpose, &eval, &Known { place, state, group_reads: !args.without_group_reads });
    let checked = check(simulator.as_ref(), &principal, &questions(&document, &regions)).await.map_err(|e| failed(&e, Some(&caller)))?;
    let (environment, purpose) = (project.config.name.to_string(), args.purpose.clone());
    let subject = Subject { environment, purpose, principal, caller: caller.arn, notes };
    Ok((subject, checked))
}

/// The simulator of the root module's provider, and its region.
async fn reach(session: &Session, project: &Project, state: Option<&State>) -> Result<(Box<dyn Simulator>, Option<String>), Diagnostics> {
    let addr = ProviderConfigAddr { module: ModulePath::root(), source: ProviderSource::default_for("aws"), alias: None, key: None };
    let mut providers = ConfiguredProviders::new(project.edges.registry());
    let empty = State::default();
    let config = config_of(session, project, state.unwrap_or(&empty), &addr)?;
    let facts = providers.configure(&addr, &config).await.map_err(|e| failed(&e, None))?;
    let mut diags = Diagnostics::new();
    guard_account(project, &providers, &mut diags);
    if diags.has_errors() {
        return Err(diags);
    }
    let (_, configured) = providers.get(&addr).map_err(|e| failed(&e, None))?;
    let nobody = || Diagnostic::error(TITLE, "The provider of this environment has nobody who simulates permissions.");
    let simulator = wire::simulator(&configured).ok_or_else(nobody)?;
    Ok((simulator, facts.str("region").map(str::to_string)))
}

/// Why nobody could be asked; it is no answer about any permission.
fn failed(error: &ProviderError, caller: Option<&CallerIdentity>) -> Diagnostics {
    let detail = format!("{}: {}. Nothing is known of any permission.", error.summary, error.detail.trim_end_matches('.'));
    let guessed = caller.and_then(|c| match &c.principal {
        Principal::Entity { arn, guessed: Some(why) } => Some((arn, why)),
        _ => None,
    });
    let help = match (error.kind, guessed) {
        (ErrorKind::NotFound, Some((arn, why))) => Some(format!(
            "The role of this session was taken to be {arn}, which is wrong where it has a path: allow iam:GetRole on it ({why})."
        )),
        _ => error.help.clone(),
    };
    let diagnostic = Diagnostic::error(TITLE, detail);
    match help {
        Some(help) => diagnostic.help(help).into(),
        None => diagnostic.into(),
    }
}
