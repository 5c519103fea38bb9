//! Runs apps: hosts in parallel, the apps of a host one after the other.

use super::apply::{Deployer, Site};
use super::canary::Canaries;
use super::connect::{failed, go_on, identity_name, pause, wait_for_host};
use super::events::{DeployEvent, WaitingFor};
use super::lease::HeldLease;
use super::planning::{Group, Reading, by_host, read, redacted};
use super::request::{AppOutcome, AppRequest, Context, Done, RunOptions};
use crate::app::{AppPlan, AppRecord, Contact, ReadySpec, commands};
use crate::diag::{Diagnostic, Diagnostics};
use crate::remote::{HostSpec, Remote, RemoteError};
use futures::future::join_all;
use std::time::{Duration, Instant};

/// How often the marker file is looked for.
const LOOK: Duration = Duration::from_secs(3);

/// Deploys apps; outcomes are in the order of the requests. Every change is recorded before the
/// next one begins.
pub async fn run(ctx: &Context<'_>, requests: &[AppRequest], options: &RunOptions<'_>) -> Vec<AppOutcome> {
    for request in requests {
        request.spec.secrets().iter().for_each(|secret| ctx.redactor.add(secret));
    }
    let groups = by_host(ctx, requests);
    let canaries = Canaries::new(requests);
    let done = join_all(groups.iter().map(|group| run_host(ctx, requests, group, options, &canaries))).await;
    let mut outcomes: Vec<(usize, AppOutcome)> = done.into_iter().flatten().collect();
    outcomes.sort_by_key(|(i, _)| *i);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The connection of a host, opened when the first app needs it.
struct Line<'a> {
    spec: Result<&'a HostSpec, &'a str>,
    remote: Option<Box<dyn Remote>>,
}

async fn run_host(
    ctx: &Context<'_>,
    requests: &[AppRequest],
    group: &Group,
    options: &RunOptions<'_>,
    canaries: &Canaries,
) -> Vec<(usize, AppOutcome)> {
    let mut line = Line { spec: group.spec.as_ref().map_err(String::as_str), remote: None };
    let mut outcomes = Vec::new();
    for i in &group.members {
        let Some(request) = requests.get(*i) else { continue };
        let start = Instant::now();
        let app = request.label();
        let mut record = request.record.clone();
        let result = run_app(ctx, request, &mut line, options, canaries, &mut record).await;
        canaries.ended(request, result.is_ok());
        let result = result.map_err(|errors| errors.into_iter().map(|d| redacted(d, ctx.redactor)).collect::<Diagnostics>());
        options.sink.event(match &result {
            Ok(done) => DeployEvent::Finished { app: app.clone(), changed: matches!(done, Done::Deployed(_)), elapsed: start.elapsed() },
            Err(diagnostics) => DeployEvent::Failed { app: app.clone(), diagnostics: diagnostics.clone() },
        });
        if result.is_err()
            && let Some(remote) = line.remote.take()
        {
            remote.close().await;
        }
        outcomes.push((*i, AppOutcome { app, result, record }));
    }
    if let Some(remote) = line.remote {
        remote.close().await;
    }
    outcomes
}

/// Whether the approved plan says that nothing is to be done.
fn nothing_approved(approved: Option<&AppPlan>) -> bool {
    approved.is_some_and(|plan| plan.is_empty() && !plan.is_deferred() && !matches!(plan.contact, Contact::NotYet(_)))
}

/// Whether there is no record of this app on this machine yet: its host key has to be pinned.
fn is_new(request: &AppRequest) -> bool {
    let host = request.record.as_ref().and_then(|r| r.host.as_ref());
    host.is_none_or(|h| h.identity != identity_name(request))
}

async fn run_app(
    ctx: &Context<'_>,
    request: &AppRequest,
    line: &mut Line<'_>,
    options: &RunOptions<'_>,
    canaries: &Canaries,
    record: &mut Option<AppRecord>,
) -> Result<Done, Diagnostics> {
    if nothing_approved(request.approved.as_ref()) && !is_new(request) {
        return Ok(Done::Unchanged);
    }
    canaries.wait(request).await?;
    go_on(request, options)?;
    let spec = line.spec.map_err(|why| Diagnostic::error("No host", format!("{why}.")).at(request.spec.span))?;
    connected(ctx, request, line, spec, options).await?;
    if let Some(ready) = &request.spec.ready {
        wait_until_ready(ctx, request, line, spec, ready, options).await?;
    }
    let Some(remote) = line.remote.as_deref() else { return Err(lost(request).into()) };
    let request = &with_record(request, options, record).await?;
    let lease = HeldLease::take(request, remote, options).await?;
    let site = Site { ctx, request, remote, options, lease: &lease };
    let result = lease.during(remote, on_host(site, record)).await;
    lease.give_back(remote).await;
    result
}

/// The request with a record: of a first deploy it is written before anything else, so that the next run is known as
/// one of the same record, whatever happens to this one.
async fn with_record(request: &AppRequest, options: &RunOptions<'_>, record: &mut Option<AppRecord>) -> Result<AppRequest, Diagnostic> {
    let mut request = request.clone();
    if request.record.is_none() {
        let mut first = AppRecord::new(&request.spec.name, rand::random());
        first.instance = request.spec.instance.as_ref().map(|i| i.key.clone());
        first.pending = request.spec.install.as_ref().map(|_| "first deploy".into());
        (first.updated_at, first.by) = (options.clock.now().to_string(), options.who.to_string());
        options.records.save(&first).await?;
        *record = Some(first.clone());
        request.record = Some(first);
    }
    Ok(request)
}

/// Reads the host and does what has to be done there.
async fn on_host(site: Site<'_>, record: &mut Option<AppRecord>) -> Result<Done, Diagnostics> {
    let Site { ctx, request, remote, options, .. } = site;
    let reading = read(ctx, request, remote).await.map_err(|e| failed(request, &e))?;
    let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
        reading.plan.diagnostics.clone().into_iter().partition(Diagnostic::is_error);
    // What the approved plan warned of was shown with it.
    let shown = |d: &Diagnostic| {
        let planned = request.approved.iter().flat_map(|plan| plan.diagnostics.iter());
        planned.into_iter().any(|p| p.summary == d.summary && p.detail == d.detail)
    };
    for diagnostic in warnings.into_iter().filter(|d| !shown(d)) {
        options.sink.event(DeployEvent::Warning { app: request.label(), diagnostic });
    }
    if !errors.is_empty() {
        return Err(errors.into_iter().collect());
    }
    let Reading { plan, rendered } = reading;
    if plan.is_empty() {
        if is_new(request) {
            Deployer::new(site, record, &plan).adopt_host(&rendered).await?;
        }
        return Ok(Done::Unchanged);
    }
    if request.spec.source.is_some() && plan.target.is_none() {
        let why = plan.source.as_ref().map(|s| s.reasons.join("; ")).unwrap_or_default();
        return Err(Diagnostic::error("Commit not known", format!("It is not known which commit to deploy: {why}."))
            .at(request.spec.span)
            .into());
    }
    Deployer::new(site, record, &plan).deploy(rendered).await?;
    Ok(Done::Deployed(Box::new(plan)))
}

async fn connected(
    ctx: &Context<'_>,
    request: &AppRequest,
    line: &mut Line<'_>,
    spec: &HostSpec,
    options: &RunOptions<'_>,
) -> Result<(), Diagnostic> {
    if line.remote.is_none() {
        line.remote = Some(wait_for_host(ctx, request, spec, options).await?);
        options.sink.event(DeployEvent::Connected { app: request.label(), host: spec.host.clone() });
    }
    Ok(())
}

/// Waits for the marker file; a machine that reboots meanwhile is waited for again.
async fn wait_until_ready(
    ctx: &Context<'_>,
    request: &AppRequest,
    line: &mut Line<'_>,
    spec: &HostSpec,
    ready: &ReadySpec,
    options: &RunOptions<'_>,
) -> Result<(), Diagnostic> {
    let path = ready
        .file
        .known()
        .ok_or_else(|| Diagnostic::error("Value not known", "The marker file's path is still unknown.").at(request.spec.span))?;
    let start = Instant::now();
    loop {
        connected(ctx, request, line, spec, options).await?;
        let Some(remote) = line.remote.as_deref() else { return Err(lost(request)) };
        let path_there = path.strip_prefix("~/").unwrap_or(path);
        let last = match remote.run(&commands::exists(path_there), None).await {
            Ok(output) if output.ok() => return Ok(()),
            Ok(_) => None,
            Err(error @ (RemoteError::Broken(_) | RemoteError::Unreachable(_))) => {
                line.remote = None;
                Some(ctx.redactor.redact(error.message()))
            }
            Err(error) => return Err(failed(request, &error)),
        };
        let (elapsed, what) = (start.elapsed(), WaitingFor::File(path.to_string()));
        if elapsed >= ready.timeout {
            let detail = format!("{path} did not appear on {} within {} seconds.", spec.host, ready.timeout.as_secs());
            let help =
                "The first boot of the machine has not finished: look at /var/log/cloud-init-output.log there. The next run waits again.";
            return Err(Diagnostic::error("Host is not ready", detail).at(request.spec.span).help(help));
        }
        let left = ready.timeout.saturating_sub(elapsed);
        options.sink.event(DeployEvent::Waiting { app: request.label(), host: spec.host.clone(), what, elapsed, left, last });
        pause(request, options, LOOK.min(left)).await?;
    }
}

fn lost(request: &AppRequest) -> Diagnostic {
    Diagnostic::error("Connection lost", "The connection to the host is gone.").at(request.spec.span)
}
