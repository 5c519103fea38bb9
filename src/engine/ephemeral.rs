//! Ephemeral resources of a run: opened when something needs them, renewed, closed at the end.

use super::apply::{Need, Resolve};
use super::configured::{ConfiguredProviders, context, diagnostic, region};
use super::events::{EphemeralStep, Event, Events};
use crate::addr::{InstanceAddr, ProviderConfigAddr};
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::provider::{Configured, EphemeralType, ErrorKind, Lease, ProviderError};
use crate::value::{Marks, Value};
use futures::future::join_all;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An ephemeral resource to open.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// Address.
    pub addr: InstanceAddr,
    /// Its provider configuration.
    pub provider: ProviderConfigAddr,
    /// Wholly known, without marks.
    pub config: Value,
}

/// One that is open.
struct Open {
    addr: InstanceAddr,
    kind: Arc<dyn EphemeralType>,
    configured: Arc<Configured>,
    region: Option<String>,
    lease: Lease,
    due: Option<Instant>,
}

/// All that are open, in the order they were opened.
#[derive(Default)]
pub(super) struct Opened(Vec<Open>);

impl Opened {
    /// Opens many at once; one answer for each, in order.
    pub async fn open(
        &mut self,
        requests: &[OpenRequest],
        providers: &ConfiguredProviders,
        events: &dyn Events,
    ) -> Vec<Result<Value, Diagnostic>> {
        let answers = join_all(requests.iter().map(|r| open(r, providers, events))).await;
        let take = |answer: Result<Open, Diagnostic>| {
            let open = answer?;
            let value = open.lease.value.clone();
            self.0.push(open);
            Ok(value)
        };
        answers.into_iter().map(take).collect()
    }

    /// Opens everything that something about to be done needs and that is not open yet.
    pub async fn open_for(
        &mut self,
        need: &Need,
        resolve: &mut dyn Resolve,
        providers: &mut ConfiguredProviders,
        events: &dyn Events,
    ) -> Result<(), Diagnostics> {
        loop {
            let requests = resolve.ephemerals(need)?;
            if requests.is_empty() {
                return Ok(());
            }
            for request in requests.iter().filter(|r| !providers.has(&r.provider)).map(|r| r.provider.clone()).collect::<Vec<_>>() {
                if !providers.has(&request) {
                    let config = resolve.provider_config(&request)?;
                    let made = providers.configure(&request, &config.unmark_deep().0).await;
                    made.map_err(|e| Diagnostics::from(diagnostic(e, &request)))?;
                }
            }
            let answers = self.open(&requests, providers, events).await;
            let mut failed = Diagnostics::new();
            for (request, answer) in requests.iter().zip(answers) {
                match answer.map_err(Diagnostics::from).and_then(|value| resolve.opened(&request.addr, value)) {
                    Ok(()) => {}
                    Err(d) => failed.extend(d),
                }
            }
            if failed.has_errors() {
                return Err(failed);
            }
        }
    }

    /// Renews whatever becomes due, until it is dropped.
    pub async fn keep(&mut self, events: &dyn Events) -> Diagnostics {
        loop {
            match self.0.iter().filter_map(|o| o.due).min() {
                Some(at) if at <= Instant::now() => {}
                Some(at) => tokio::time::sleep(at.saturating_duration_since(Instant::now())).await,
                None => std::future::pending().await,
            }
            let now = Instant::now();
            for open in self.0.iter_mut().filter(|o| o.due.is_some_and(|due| due <= now)) {
                tell(events, &open.addr, EphemeralStep::Renewing);
                let ctx = context(&open.configured, open.region.as_deref());
                if let Err(e) = open.kind.renew(&ctx, &mut open.lease).await {
                    open.due = None;
                    return diagnostic(e, &open.addr).into();
                }
                open.due = due(open.lease.renew_after);
                tell(events, &open.addr, EphemeralStep::Renewed(now.elapsed()));
            }
        }
    }

    /// Closes all, the last one first; what cannot be closed is a warning.
    pub async fn close(self, events: &dyn Events) -> Diagnostics {
        let mut found = Diagnostics::new();
        for open in self.0.into_iter().rev() {
            tell(events, &open.addr, EphemeralStep::Closing);
            let begin = Instant::now();
            match open.kind.close(&context(&open.configured, open.region.as_deref()), &open.lease).await {
                Ok(()) => tell(events, &open.addr, EphemeralStep::Closed(begin.elapsed())),
                Err(e) => {
                    let mut d = diagnostic(e, &open.addr);
                    d.severity = Severity::Warning;
                    found.push(d);
                }
            }
        }
        found
    }
}

fn tell(events: &dyn Events, addr: &InstanceAddr, step: EphemeralStep) {
    events.event(&Event::Ephemeral { addr: addr.clone(), step });
}

fn due(after: Option<Duration>) -> Option<Instant> {
    after.and_then(|after| Instant::now().checked_add(after))
}

async fn open(request: &OpenRequest, providers: &ConfiguredProviders, events: &dyn Events) -> Result<Open, Diagnostic> {
    let addr = request.addr.clone();
    let failed = |e: ProviderError| diagnostic(e, &request.addr);
    let (native, configured) = providers.get(&request.provider).map_err(failed)?;
    let unknown = || format!("envctl does not know {addr} yet.");
    let kind = native
        .ephemeral(&addr.resource.kind)
        .ok_or_else(|| failed(ProviderError::new(ErrorKind::Invalid, "Type not supported yet", unknown())))?;
    let region = region(&request.config, &configured);
    tell(events, &addr, EphemeralStep::Opening);
    let begin = Instant::now();
    let lease = kind.open(&context(&configured, region.as_deref()), &request.config).await.map_err(failed)?;
    events.secret(&lease.value.clone().mark(&Marks::EPHEMERAL));
    tell(events, &addr, EphemeralStep::Opened(begin.elapsed()));
    let due = due(lease.renew_after);
    Ok(Open { addr, kind, configured, region, lease, due })
}
