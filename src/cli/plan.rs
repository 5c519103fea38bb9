//! `plan`: shows what apply would change.

use super::args::PlanArgs;
use super::generate;
use super::guards::{self, Doing};
use super::planning::{give_back, lock, options, prepare, tell, text};
use super::project::{Need, open};
use super::recover::Lock;
use super::saved;
use super::session::Session;
use super::stats;
use crate::diag::Diagnostics;

/// Exit code of `-detailed-exitcode` when there are changes.
const DIFFERENCES: u8 = 2;

/// Runs the command.
///
/// # Errors
/// Everything that makes planning impossible.
pub async fn run(session: &Session, args: &PlanArgs, with_stats: bool) -> Result<u8, Diagnostics> {
    let options = options(&args.planning, args.destroy)?;
    let out = args.out.as_deref().map(saved::absolute).transpose()?;
    let generated = args.generate_config_out.as_deref().map(generate::target).transpose()?;
    let mut project = open(session, args.env.env.as_deref(), &args.env.input, Need::Variables)?;
    if generated.is_some() {
        generate::prepare(&mut project)?;
    }
    let store = project.store().await?;
    let guard = lock(session, store.as_ref(), &args.lock, "Plan", &project.config.name).await?;
    let prepared = prepare(session, &project, store.as_ref(), options, !args.planning.infra_only, Lock::Look(guard.is_some())).await;
    if let Some(guard) = guard {
        give_back(session, guard).await;
    }
    let prepared = prepared?;
    tell(session, &prepared);
    let shown = text(session, &prepared, args.planning.show_sensitive);
    if args.planning.show_sensitive && !session.json {
        session.raw(&shown)
    } else {
        session.out(&shown)
    }
    guards::warn(session, guards::judge(session, &project, &prepared.guards, Doing::plan(&prepared)).await);
    if let Some(path) = &out {
        saved::keep(session, &project, &store.describe(), &prepared, path).await?;
    }
    if let Some(path) = &generated {
        generate::write(session, &project, &prepared, path)?;
    }
    if with_stats {
        stats::print(session, &project.edges);
    }
    Ok(if args.detailed_exitcode && !prepared.is_empty() { DIFFERENCES } else { 0 })
}
