//! One quick look at the hosts of apps: do they answer, do their health checks hold once, are facts as expected.

use super::gate::once;
use super::observe::facts;
use super::planning::by_host;
use super::request::{AppRequest, Context};
use crate::app::{Contact, Facts};
use crate::remote::Remote;
use crate::value::Name;
use futures::future::join_all;
use jiff::Timestamp;
use std::time::Duration;

/// A health check, tried once.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The check as shown.
    pub label: String,
    /// Whether it held, or why not.
    pub result: Result<(), String>,
}

/// What was seen of one app on one host.
#[derive(Clone, Debug)]
pub struct Glance {
    /// The app, with the host's name where it has several.
    pub app: Name,
    /// Whether its host answers.
    pub contact: Contact,
    /// Its health checks.
    pub health: Vec<Tried>,
    /// Its facts.
    pub facts: Facts,
}

/// Looks at every app, in the order of the requests; each host may take `limit` and no longer.
pub async fn glance(ctx: &Context<'_>, requests: &[AppRequest], now: Timestamp, limit: Duration) -> Vec<Glance> {
    let groups = by_host(ctx, requests);
    let seen = join_all(groups.iter().map(async |group| {
        let members: Vec<(usize, &AppRequest)> = group.members.iter().filter_map(|i| Some((*i, requests.get(*i)?))).collect();
        let remote = match &group.spec {
            Err(why) => Err(Contact::NotYet(why.clone())),
            Ok(spec) => match tokio::time::timeout(limit, ctx.connector.connect(spec)).await {
                Ok(Ok(remote)) => Ok(remote),
                Ok(Err(error)) => Err(Contact::Unreachable(ctx.redactor.redact(error.message()))),
                Err(_) => Err(Contact::Unreachable(format!("{} did not answer within {} seconds", spec.host, limit.as_secs()))),
            },
        };
        let (line, contact) = match &remote {
            Ok(remote) => (Some(&**remote), Contact::Read),
            Err(contact) => (None, contact.clone()),
        };
        let looks = members.iter().map(async |(i, request)| (*i, look(ctx, request, line, &contact, now, limit).await));
        let all = join_all(looks).await;
        if let Ok(remote) = remote {
            remote.close().await;
        }
        all
    }));
    let mut all: Vec<(usize, Glance)> = seen.await.into_iter().flatten().collect();
    all.sort_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, glance)| glance).collect()
}

async fn look(
    ctx: &Context<'_>,
    request: &AppRequest,
    remote: Option<&dyn Remote>,
    contact: &Contact,
    now: Timestamp,
    limit: Duration,
) -> Glance {
    let checks = join_all(request.spec.health.iter().map(async |check| {
        let late = || Err(format!("no answer within {} seconds", limit.as_secs()));
        let result = tokio::time::timeout(limit, once(ctx, request, remote, check)).await.unwrap_or_else(|_| late());
        let hide = |text: &str| ctx.redactor.redact(text);
        Tried { label: hide(&check.label()), result: result.map_err(|why| hide(&why)) }
    }));
    let facts = async {
        let Some(remote) = remote else { return Facts::new() };
        let found = tokio::time::timeout(limit, facts(ctx, &request.spec, remote, now)).await;
        found.ok().and_then(Result::ok).unwrap_or_default()
    };
    // Without a machine there is nothing to check.
    let no_host = matches!(contact, Contact::NotYet(_));
    let (health, facts) = if no_host { (Vec::new(), Facts::new()) } else { futures::join!(checks, facts) };
    Glance { app: request.label(), contact: contact.clone(), health, facts }
}
