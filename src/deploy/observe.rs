//! Looks at the hosts of apps without changing anything: files, checkout, facts, and how they differ from what the
//! last deploy left there.

use super::facts::{ReadError, gather};
use super::planning::{by_host, redacted};
use super::request::{AppRequest, Context};
use crate::app::{AppRecord, AppSpec, Contact, FactRecord, Facts, HostDrift, RemoteFacts, host_drift, observe as pure};
use crate::diag::Diagnostic;
use crate::remote::{Remote, RemoteError};
use crate::value::Name;
use futures::future::join_all;
use jiff::Timestamp;
use std::time::Duration;

/// How long all facts of an app may take.
const FACTS: Duration = Duration::from_secs(60);
/// Longer values of facts are cut in records.
const LONGEST: usize = 400;

/// What was found of one app on one host.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The app, with the host's name where it has several.
    pub app: Name,
    /// The host as shown.
    pub host: String,
    /// Whether it could be read.
    pub contact: Contact,
    /// What there is.
    pub found: RemoteFacts,
    /// Its facts.
    pub facts: Facts,
    /// How it differs from the last deploy.
    pub drift: HostDrift,
    /// What could not be read on a host that answers.
    pub errors: Vec<Diagnostic>,
}

/// Looks at every app, in the order of the requests: one connection per host, hosts at the same time.
pub async fn observe(ctx: &Context<'_>, requests: &[AppRequest], now: Timestamp) -> Vec<Observation> {
    for request in requests {
        request.spec.secrets().iter().for_each(|secret| ctx.redactor.add(secret));
    }
    let groups = by_host(ctx, requests);
    let found = join_all(groups.iter().map(async |group| {
        let members: Vec<(usize, &AppRequest)> = group.members.iter().filter_map(|i| Some((*i, requests.get(*i)?))).collect();
        let without = |contact: &Contact| members.iter().map(|(i, r)| (*i, blank(r, contact.clone()))).collect::<Vec<_>>();
        let spec = match &group.spec {
            Ok(spec) => spec,
            Err(why) => return without(&Contact::NotYet(why.clone())),
        };
        let remote = match ctx.connector.connect(spec).await {
            Ok(remote) => remote,
            Err(error) => return without(&Contact::Unreachable(ctx.redactor.redact(error.message()))),
        };
        let mut all = Vec::new();
        for (i, request) in &members {
            let one = look(ctx, request, &*remote, now).await;
            all.push((*i, one.unwrap_or_else(|e| blank(request, Contact::Unreachable(ctx.redactor.redact(e.message()))))));
        }
        remote.close().await;
        all
    }));
    let mut all: Vec<(usize, Observation)> = found.await.into_iter().flatten().collect();
    all.sort_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, observation)| observation).collect()
}

fn blank(request: &AppRequest, contact: Contact) -> Observation {
    Observation {
        app: request.spec.label(),
        host: request.spec.host.to_string(),
        contact,
        found: RemoteFacts::default(),
        facts: Facts::new(),
        drift: HostDrift::default(),
        errors: Vec::new(),
    }
}

async fn look(ctx: &Context<'_>, request: &AppRequest, remote: &dyn Remote, now: Timestamp) -> Result<Observation, RemoteError> {
    let (spec, record) = (&request.spec, request.record.as_ref());
    let mut observation = blank(request, Contact::Read);
    let (found, facts) = futures::join!(gather(remote, spec, record, &[]), facts(ctx, spec, remote, now));
    observation.facts = facts?;
    match found {
        Ok(found) => {
            observation.drift = host_drift(spec, record, &found, &observation.facts);
            observation.found = found;
        }
        Err(ReadError::Remote(error)) => return Err(error),
        Err(ReadError::Found(diagnostic)) => {
            let at = diagnostic.or_at(Some(spec.span)).address(format!("app.{}", spec.label()));
            observation.errors.push(redacted(at, ctx.redactor));
            observation.drift.facts = host_drift(spec, None, &RemoteFacts::default(), &observation.facts).facts;
        }
    }
    Ok(observation)
}

/// The facts of an app on a connected host, in one round trip; secrets in them are masked.
///
/// # Errors
/// Those of the connection.
pub async fn facts(ctx: &Context<'_>, spec: &AppSpec, remote: &dyn Remote, now: Timestamp) -> Result<Facts, RemoteError> {
    let Some(script) = pure::script(spec) else { return Ok(Facts::new()) };
    let output = match tokio::time::timeout(FACTS, remote.run(&script, None)).await {
        Ok(output) => output?,
        Err(_) => {
            let seconds = FACTS.as_secs();
            return Err(RemoteError::Broken(format!("The facts of app {} did not come within {seconds} seconds.", spec.label())));
        }
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut facts = pure::read(spec, &text(&output.stdout), &text(&output.stderr), now);
    for fact in facts.values_mut() {
        let hide = |text: &str| ctx.redactor.redact(text);
        fact.value = fact.value.as_deref().map(hide).map_err(|why| hide(why));
    }
    Ok(facts)
}

/// What a record keeps of facts, for the next look. A value with a secret in it is kept as a hash only.
pub fn remember(record: &mut AppRecord, facts: &Facts) {
    let kept = facts.iter().filter(|(_, fact)| fact.lasting).filter_map(|(name, fact)| {
        let text = fact.value.as_ref().ok()?;
        let open = !text.contains(crate::secret::MASK);
        let value = open.then(|| text.chars().take(LONGEST).collect());
        Some((name.clone(), FactRecord { hash: record.hash(text.as_bytes()), value }))
    });
    record.facts = kept.collect();
}
