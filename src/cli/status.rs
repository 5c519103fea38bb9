//! `status`: an environment at a glance. Hosts get a few seconds, all at the same time; nothing is changed.

use super::apps::{self, World};
use super::args_reach::StatusArgs;
use super::header;
use super::project::{Need, Project, open};
use super::session::Session;
use super::state::secrets::learn;
use crate::app::{AppRecord, decode};
use crate::deploy::glance::glance;
use crate::deploy::{AppRequest, Context, read_records, recorded_apps};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ResolveInput, Resolver};
use crate::ops::status::{AppStatus, Deployed, stored};
use crate::report::status as report;
use crate::state::State;
use crate::store::StateStore;
use crate::value::Name;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a host may take to connect, and then each look at it.
const LIMIT: Duration = Duration::from_secs(5);

/// Runs the command.
///
/// # Errors
/// When the environment does not load or its store does not open.
pub async fn run(session: &Session, args: &StatusArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Modules)?;
    let store = project.store().await?;
    let now = crate::clock::Clock::now(&crate::clock::SystemClock);
    let (mut found, state) = stored(store.as_ref(), now).await;
    learn(session, &state, &project.edges.registry());
    let apps = match applications(session, &project, store.as_ref(), &state).await {
        Ok(apps) => apps,
        Err(diags) => {
            let errors = diags.iter().filter(|d| d.is_error());
            found.problems.extend(errors.map(|d| ("apps".to_string(), format!("{}: {}", d.summary, d.detail))));
            Vec::new()
        }
    };
    let code = u8::from(found.unread());
    if args.json {
        session.out(&format!("{:#}\n", report::json(&project.config.name, &found, &apps)));
        return Ok(code);
    }
    let header = header::text(&project, &store.describe(), None, None);
    session.out(&report::text(&header, &found, &apps, now, &session.style));
    Ok(code)
}

async fn applications(session: &Session, project: &Project, store: &dyn StateStore, state: &State) -> Result<Vec<AppStatus>, Diagnostics> {
    let requests = requests(session, project, store, state).await?;
    let world = World::new(session, project);
    let ctx = Context { connect_timeout: LIMIT, ..world.context(session, project) };
    let now = crate::clock::Clock::now(&crate::clock::SystemClock);
    let seen = glance(&ctx, &requests, now, LIMIT).await;
    let status = |(request, glance): (&AppRequest, _)| AppStatus {
        app: request.label().to_string(),
        host: request.spec.host.to_string(),
        deployed: request.record.as_ref().map(Deployed::of),
        glance: Some(glance),
    };
    let mut all: Vec<AppStatus> = requests.iter().zip(seen).map(status).collect();
    let here: BTreeSet<Name> = requests.iter().map(AppRequest::label).collect();
    let gone: Vec<Name> = recorded_apps(store).await?.into_iter().filter(|label| !here.contains(label)).collect();
    all.extend(read_records(store, &gone).await?.iter().map(|(label, record)| without_block(label, record)));
    Ok(all)
}

fn without_block(label: &Name, record: &AppRecord) -> AppStatus {
    let host = record.host.as_ref().map(|h| h.address.clone()).unwrap_or_default();
    AppStatus { app: label.to_string(), host, deployed: Some(Deployed::of(record)), glance: None }
}

/// The applications as far as they can be evaluated: neither variables nor secrets have to be there.
async fn requests(session: &Session, project: &Project, store: &dyn StateStore, state: &State) -> Result<Vec<AppRequest>, Diagnostics> {
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let eval = Resolver::at_rest(input, state, &BTreeSet::new())?.into_evaluator();
    let mut diags = Diagnostics::new();
    let blocks = project.config.apps.iter();
    let specs: Vec<_> = blocks.flat_map(|a| decode(&a.block, &eval.root_scope(), &mut diags).on_each_host()).collect();
    let errors: Diagnostics = diags.into_iter().filter(Diagnostic::is_error).collect();
    if errors.has_errors() {
        return Err(errors);
    }
    specs.iter().flat_map(crate::app::AppSpec::secrets).for_each(|secret| session.redactor.add(&secret));
    apps::requests(store, specs, state, &[]).await
}
