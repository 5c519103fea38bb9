//! Plans apps: one connection per host, hosts in parallel, nothing is changed.

use super::connect::{failed, host_spec, identity_name};
use super::facts::{self, ReadError};
use super::request::{AppRequest, Context};
use super::{inputs, restore};
use crate::app::{self, AppPlan, Contact, PlanInput, RemoteFacts, Rendered, Target};
use crate::diag::{Diagnostic, Diagnostics};
use crate::remote::{HostKeyCheck, HostSpec, Remote, RemoteError};
use crate::secret::Redactor;
use futures::future::join_all;

/// Plans every app, in the order of the requests. Hosts that do not answer are compared with their
/// records; errors that would stop a deploy are in the plans' diagnostics.
pub async fn plan(ctx: &Context<'_>, requests: &[AppRequest]) -> Vec<AppPlan> {
    for request in requests {
        request.spec.secrets().iter().for_each(|secret| ctx.redactor.add(secret));
    }
    let groups = by_host(ctx, requests);
    let planned = join_all(groups.iter().map(|group| plan_host(ctx, requests, group))).await;
    let mut plans: Vec<(usize, AppPlan)> = planned.into_iter().flatten().collect();
    plans.sort_by_key(|(i, _)| *i);
    plans.into_iter().map(|(_, plan)| plan).collect()
}

/// Apps that one connection serves.
pub struct Group {
    /// How to get there, or why there is nobody yet.
    pub spec: Result<HostSpec, String>,
    /// Positions of the requests.
    pub members: Vec<usize>,
}

/// Groups requests by connection. A pinned key counts for every app on its host.
pub fn by_host(ctx: &Context<'_>, requests: &[AppRequest]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (i, request) in requests.iter().enumerate() {
        let spec = host_spec(ctx, request);
        let found = groups.iter_mut().find_map(|group| match (&mut group.spec, &spec) {
            (Ok(theirs), Ok(ours)) => merge(theirs, ours).then_some(&mut group.members),
            _ => None,
        });
        match found {
            Some(members) => members.push(i),
            None => groups.push(Group { spec, members: vec![i] }),
        }
    }
    groups
}

/// Whether two specs share a connection; the stricter host key check wins.
fn merge(theirs: &mut HostSpec, ours: &HostSpec) -> bool {
    let same = HostSpec { host_key: ours.host_key.clone(), ..theirs.clone() } == *ours;
    if !same {
        return false;
    }
    let name = |check: &HostKeyCheck| match check {
        HostKeyCheck::Pinned { name, .. } | HostKeyCheck::Fresh { name } => Some(name.clone()),
        HostKeyCheck::User => None,
    };
    match (&theirs.host_key, &ours.host_key) {
        (a, b) if a == b => true,
        (HostKeyCheck::Pinned { .. }, HostKeyCheck::Pinned { .. }) => false,
        (HostKeyCheck::Pinned { .. }, HostKeyCheck::User) => true,
        (HostKeyCheck::User, HostKeyCheck::Pinned { .. }) => {
            theirs.host_key = ours.host_key.clone();
            true
        }
        (a, b) if name(a) == name(b) => {
            if matches!(b, HostKeyCheck::Pinned { .. }) {
                theirs.host_key = b.clone();
            }
            true
        }
        _ => false,
    }
}

async fn plan_host(ctx: &Context<'_>, requests: &[AppRequest], group: &Group) -> Vec<(usize, AppPlan)> {
    let members: Vec<(usize, &AppRequest)> = group.members.iter().filter_map(|i| Some((*i, requests.get(*i)?))).collect();
    let spec = match &group.spec {
        Ok(spec) => spec,
        Err(why) => return all_without_host(ctx, &members, &Contact::NotYet(why.clone()), None).await,
    };
    let remote = match ctx.connector.connect(spec).await {
        Ok(remote) => remote,
        Err(error) => {
            let contact = Contact::Unreachable(ctx.redactor.redact(error.message()));
            return all_without_host(ctx, &members, &contact, Some(&error)).await;
        }
    };
    let mut plans = Vec::new();
    for (i, request) in &members {
        plans.push((
            *i,
            match read(ctx, request, &*remote).await {
                Ok(reading) => reading.plan,
                Err(error) => {
                    let contact = Contact::Unreachable(ctx.redactor.redact(error.message()));
                    without_host(ctx, request, contact, Some(&error)).await
                }
            },
        ));
    }
    remote.close().await;
    plans
}

async fn all_without_host(
    ctx: &Context<'_>,
    members: &[(usize, &AppRequest)],
    contact: &Contact,
    error: Option<&RemoteError>,
) -> Vec<(usize, AppPlan)> {
    let one = async |(i, request): &(usize, &AppRequest)| (*i, without_host(ctx, request, contact.clone(), error).await);
    join_all(members.iter().map(one)).await
}

/// A plan without a look at the host. An error that waiting cannot cure stops the deploy.
async fn without_host(ctx: &Context<'_>, request: &AppRequest, contact: Contact, error: Option<&RemoteError>) -> AppPlan {
    let mut diagnostics = Diagnostics::new();
    // An earlier release lies on the host alone.
    if let Some(error) = error.filter(|e| request.restore.is_some() || !matches!(e, RemoteError::Unreachable(_))) {
        diagnostics.push(failed(request, error));
    }
    let target = inputs::target(ctx, request, None, &mut diagnostics).await;
    let (rendered, target) = render(ctx, request, target, None, None, &mut diagnostics).await;
    finish(ctx, request, contact, None, target, &rendered, diagnostics)
}

/// Everything known of one app on a connected host.
pub struct Reading {
    /// What has to be done.
    pub plan: AppPlan,
    /// The files as they must be.
    pub rendered: Vec<Rendered>,
}

/// Reads a host and plans.
///
/// # Errors
/// Only those of the connection; everything else is in the plan's diagnostics.
pub async fn read(ctx: &Context<'_>, request: &AppRequest, remote: &dyn Remote) -> Result<Reading, RemoteError> {
    let mut diagnostics = Diagnostics::new();
    let target = inputs::target(ctx, request, Some(remote), &mut diagnostics).await;
    let rendered = match rendered(ctx, request, target.as_ref(), remote, &mut diagnostics).await {
        Ok(rendered) => rendered,
        Err(ReadError::Remote(error)) => return Err(error),
        Err(ReadError::Found(diagnostic)) => {
            diagnostics.push(diagnostic);
            Vec::new()
        }
    };
    let facts = match facts::gather(remote, &request.spec, request.record.as_ref(), &inputs::managed(&rendered)).await {
        Ok(facts) => Some(facts),
        Err(ReadError::Remote(error)) => return Err(error),
        Err(ReadError::Found(diagnostic)) => {
            diagnostics.push(diagnostic.or_at(Some(request.spec.span)).address(format!("app.{}", request.label())));
            None
        }
    };
    for (path, file) in facts.iter().flat_map(|f| &f.files) {
        let new = rendered.iter().find(|r| r.path == *path);
        let secrets = crate::app::secrets_on_host(request.record.as_ref(), new, path, &file.content);
        secrets.iter().for_each(|secret| ctx.redactor.add(secret));
    }
    let target = inputs::with_distance(ctx, request, target, facts.as_ref()).await;
    let plan = finish(ctx, request, Contact::Read, facts.as_ref(), target, &rendered, diagnostics);
    Ok(Reading { plan, rendered })
}

/// The files as they must be: as the block says, or as an earlier release had them.
async fn rendered(
    ctx: &Context<'_>,
    request: &AppRequest,
    target: Option<&Target>,
    remote: &dyn Remote,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Rendered>, ReadError> {
    if let Some(release) = &request.restore {
        return restore::files(remote, request, release).await;
    }
    let bases = inputs::bases(ctx, request, target, Some(remote)).await;
    Ok(request.spec.render(&bases, ctx.files, ctx.project, diagnostics))
}

async fn render(
    ctx: &Context<'_>,
    request: &AppRequest,
    target: Option<Target>,
    remote: Option<&dyn Remote>,
    facts: Option<&RemoteFacts>,
    diagnostics: &mut Diagnostics,
) -> (Vec<Rendered>, Option<Target>) {
    let bases = inputs::bases(ctx, request, target.as_ref(), remote).await;
    let rendered = request.spec.render(&bases, ctx.files, ctx.project, diagnostics);
    (rendered, inputs::with_distance(ctx, request, target, facts).await)
}

fn finish(
    ctx: &Context<'_>,
    request: &AppRequest,
    contact: Contact,
    facts: Option<&RemoteFacts>,
    target: Option<Target>,
    rendered: &[Rendered],
    found: Diagnostics,
) -> AppPlan {
    let identity = identity_name(request);
    let input = PlanInput { spec: &request.spec, contact, facts, record: request.record.as_ref(), identity: &identity, target, rendered };
    let mut plan = app::plan(&input);
    if let Some(release) = &request.restore {
        // What comes back was tried already: no hooks, and nothing behind it.
        plan.restores = Some(release.id.clone());
        (plan.hooks, plan.rolls_back) = (Vec::new(), false);
    }
    let mut all = found;
    all.extend(std::mem::take(&mut plan.diagnostics));
    plan.diagnostics = all.into_iter().map(|d| redacted(d, ctx.redactor)).collect();
    plan
}

/// A diagnostic without secrets in its texts.
pub fn redacted(mut diagnostic: Diagnostic, redactor: &Redactor) -> Diagnostic {
    diagnostic.detail = redactor.redact(&diagnostic.detail);
    diagnostic.help = diagnostic.help.map(|help| redactor.redact(&help));
    diagnostic
}
