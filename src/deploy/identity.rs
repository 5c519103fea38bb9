//! Which machine a host name or address is.
//!
//! Host keys are pinned to machines, not to addresses: an elastic address moves on to the next
//! instance, and then the key must change; while the instance stays, it must not.

use crate::app::Text;
use crate::plan::{Action, ResourceChange};
use crate::state::State;
use serde_json::{Map, Value as Json};

/// Which machine a host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// An instance that we know by its id.
    Instance(String),
    /// A machine of which we know the name only (an edge host).
    Host,
    /// There is no machine yet, and why.
    Pending(String),
}

/// Attributes that hold an address of the object.
const ADDRESSES: &[&str] = &["public_ip", "private_ip", "public_dns", "private_dns", "ipv6_addresses", "private_ip_address"];

/// Finds the machine behind `host` in a state. `changes` are those of a plan that is not applied
/// yet (empty afterwards): a machine that it replaces is not there yet.
#[must_use]
pub fn identity(host: &Text, state: &State, changes: &[ResourceChange]) -> Identity {
    let Some(host) = host.known() else { return Identity::Pending("the host is known after apply".into()) };
    let Some(id) = instance_id(host, state) else { return Identity::Host };
    let is_it = |attributes: &Map<String, Json>| attributes.get("id").and_then(Json::as_str) == Some(&id);
    let addr = state.instances().find(|(_, _, i)| i.current.as_ref().is_some_and(|o| is_it(&o.attributes))).map(|(addr, _, _)| addr);
    let change =
        addr.and_then(|addr| changes.iter().find(|c| c.deposed.is_none() && (c.addr == addr || c.previous_addr.as_ref() == Some(&addr))));
    match change.map(|c| c.action) {
        Some(Action::DeleteThenCreate | Action::CreateThenDelete | Action::Create) => Identity::Pending("the instance is replaced".into()),
        Some(Action::Delete) => Identity::Pending("the instance is destroyed".into()),
        _ => Identity::Instance(id),
    }
}

fn instance_id(host: &str, state: &State) -> Option<String> {
    let text = |attributes: &Map<String, Json>, name: &str| {
        attributes.get(name).and_then(Json::as_str).filter(|s| !s.is_empty()).map(String::from)
    };
    let mut by_address = None;
    for (addr, _, instance) in state.instances() {
        let Some(object) = &instance.current else { continue };
        if !ADDRESSES.iter().any(|name| holds(object.attributes.get(*name), host)) {
            continue;
        }
        match addr.resource.kind.as_ref() {
            "aws_instance" => return text(&object.attributes, "id"),
            "aws_eip_association" => by_address = text(&object.attributes, "instance_id").or(by_address),
            "aws_eip" => by_address = by_address.or_else(|| text(&object.attributes, "instance")),
            _ => {}
        }
    }
    by_address
}

fn holds(attribute: Option<&Json>, host: &str) -> bool {
    match attribute {
        Some(Json::String(text)) => text == host,
        Some(Json::Array(items)) => items.iter().any(|i| i.as_str() == Some(host)),
        _ => false,
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
