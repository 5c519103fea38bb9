//! Plural reads: objects and data sources, grouped by type, provider configuration and region.

use super::configured::{ConfiguredProviders, context, diagnostic, region};
use super::events::{Event, Events};
use crate::addr::{InstanceAddr, ProviderConfigAddr};
use crate::diag::Diagnostic;
use crate::provider::{ErrorKind, Object, Prior, ProviderError, ReadOutcome};
use crate::value::Value;
use futures::future::join_all;
use std::collections::BTreeMap;

/// An object to read again.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// Address.
    pub addr: InstanceAddr,
    /// Its provider configuration.
    pub provider: ProviderConfigAddr,
    /// As the state has it.
    pub object: Object,
}

/// A data source to read.
#[derive(Clone, Debug)]
pub struct DataRequest {
    /// Address.
    pub addr: InstanceAddr,
    /// Its provider configuration.
    pub provider: ProviderConfigAddr,
    /// Wholly known configuration.
    pub config: Value,
}

type Group = (ProviderConfigAddr, String, Option<String>);

/// Groups positions by provider configuration, type and region.
fn groups<'a>(
    all: impl Iterator<Item = (&'a InstanceAddr, &'a ProviderConfigAddr, &'a Value)>,
    providers: &ConfiguredProviders,
) -> BTreeMap<Group, Vec<usize>> {
    let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
    for (i, (addr, provider, value)) in all.enumerate() {
        let place = providers.get(provider).ok().and_then(|(_, configured)| region(value, &configured));
        groups.entry((provider.clone(), addr.resource.kind.to_string(), place)).or_default().push(i);
    }
    groups
}

/// Reads objects in as few calls as their types allow; one outcome for each, in order.
pub async fn read_objects(providers: &ConfiguredProviders, requests: &[ReadRequest], events: &dyn Events) -> Vec<ReadOutcome> {
    let groups = groups(requests.iter().map(|r| (&r.addr, &r.provider, &r.object.attributes)), providers);
    let reads = groups.iter().map(|((provider, kind, place), members)| async move {
        let some: Vec<&ReadRequest> = members.iter().filter_map(|i| requests.get(*i)).collect();
        let objects: Vec<_> = some.iter().map(|r| (r.addr.clone(), r.object.id().map(str::to_string))).collect();
        events.event(&Event::Refreshing { count: members.len(), kind: kind.clone(), objects: objects.clone() });
        let answers = read_group(providers, provider, kind, place.as_deref(), &some).await;
        events.event(&Event::Refreshed { objects });
        answers
    });
    let answers = join_all(reads).await;
    spread(requests.len(), groups.values().zip(answers), || {
        ReadOutcome::Failed(ProviderError::new(
            ErrorKind::Other,
            "Reading gave no answer",
            "The type answered for fewer objects than were asked for.",
        ))
    })
}

async fn read_group(
    providers: &ConfiguredProviders,
    provider: &ProviderConfigAddr,
    kind: &str,
    place: Option<&str>,
    members: &[&ReadRequest],
) -> Vec<ReadOutcome> {
    let failed = |e: ProviderError| members.iter().map(|_| ReadOutcome::Failed(e.clone())).collect();
    let (native, configured) = match providers.get(provider) {
        Ok(found) => found,
        Err(e) => return failed(e),
    };
    let Some(ty) = native.resource(kind) else { return failed(unsupported(kind)) };
    let priors: Vec<Prior<'_>> = members.iter().map(|r| Prior { addr: &r.addr, object: &r.object }).collect();
    ty.read(&context(&configured, place), &priors).await
}

fn unsupported(kind: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, "Type not supported yet", format!("envctl does not know {kind} yet."))
}

/// Reads data sources; one answer for each, in order.
pub async fn read_data(providers: &ConfiguredProviders, requests: &[DataRequest], events: &dyn Events) -> Vec<Result<Value, Diagnostic>> {
    let groups = groups(requests.iter().map(|r| (&r.addr, &r.provider, &r.config)), providers);
    let reads = groups.iter().map(|((provider, kind, place), members)| async move {
        events.event(&Event::Refreshing { count: members.len(), kind: format!("data.{kind}"), objects: Vec::new() });
        let some: Vec<&DataRequest> = members.iter().filter_map(|i| requests.get(*i)).collect();
        read_data_group(providers, provider, kind, place.as_deref(), &some).await
    });
    let answers = join_all(reads).await;
    let flat = spread(requests.len(), groups.values().zip(answers), || {
        Err(ProviderError::new(ErrorKind::Other, "Reading gave no answer", "The data source answered fewer questions than were asked."))
    });
    flat.into_iter().zip(requests).map(|(answer, r)| answer.map_err(|e| diagnostic(e, &r.addr))).collect()
}

async fn read_data_group(
    providers: &ConfiguredProviders,
    provider: &ProviderConfigAddr,
    kind: &str,
    place: Option<&str>,
    members: &[&DataRequest],
) -> Vec<Result<Value, ProviderError>> {
    let failed = |e: ProviderError| members.iter().map(|_| Err(e.clone())).collect();
    let (native, configured) = match providers.get(provider) {
        Ok(found) => found,
        Err(e) => return failed(e),
    };
    let Some(ty) = native.data_source(kind) else { return failed(unsupported(kind)) };
    let addrs: Vec<&InstanceAddr> = members.iter().map(|r| &r.addr).collect();
    let configs: Vec<Value> = members.iter().map(|r| r.config.clone()).collect();
    ty.read_for(&context(&configured, place), &addrs, &configs).await
}

/// Puts the answers of groups back in the order of the questions.
fn spread<'a, T>(len: usize, groups: impl Iterator<Item = (&'a Vec<usize>, Vec<T>)>, missing: impl Fn() -> T) -> Vec<T> {
    let mut all: Vec<Option<T>> = (0..len).map(|_| None).collect();
    for (members, answers) in groups {
        for (i, answer) in members.iter().zip(answers) {
            if let Some(slot) = all.get_mut(*i) {
                *slot = Some(answer);
            }
        }
    }
    all.into_iter().map(|a| a.unwrap_or_else(&missing)).collect()
}
