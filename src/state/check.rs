//! Integrity: what is wrong inside a state that can be read.

use super::State;
use crate::addr::{Mode, ResourceAddr};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Address, or `state` for the whole.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// Looks for a missing lineage, references to resources that are not there, and remote objects
/// that two addresses claim. An empty answer means that all is well.
#[must_use]
pub fn check(state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    if state.lineage.is_empty() {
        findings.push(Finding { place: "state".into(), message: "the lineage is missing".into() });
    }
    let known: BTreeSet<ResourceAddr> = state.resources.keys().map(|r| r.config_addr()).collect();
    let mut owners: BTreeMap<(String, String), String> = BTreeMap::new();
    for (addr, resource, instance) in state.instances() {
        let place = addr.to_string();
        for object in instance.current.iter().chain(instance.deposed.values()) {
            for missing in object.dependencies.iter().filter(|d| !known.contains(d)) {
                let message = format!("it depends on {missing}, which is not in the state");
                findings.push(Finding { place: place.clone(), message });
            }
        }
        let id = instance.current.as_ref().and_then(|o| o.attributes.get("id")).and_then(|id| id.as_str());
        let Some(id) = id.filter(|id| !id.is_empty() && addr.resource.mode == Mode::Managed) else { continue };
        let object = (format!("{} {}", resource.provider, addr.resource.kind), id.to_string());
        if let Some(other) = owners.insert(object, place.clone()) {
            let message = format!("it is the same object as {other} ({} {id})", addr.resource.kind);
            findings.push(Finding { place, message });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::check;

    #[test]
    fn finds_duplicates_and_lost_references() {
        let resource = |name: &str, id: &str, dep: &str| {
            format!(
                r#"{{"mode":"managed","type":"aws_vpc","name":"{name}","provider":"provider[\"registry.opentofu.org/hashicorp/aws\"]",
                "instances":[{{"schema_version":1,"attributes":{{"id":"{id}"}},"dependencies":[{dep}]}}]}}"#
            )
        };
        let text = |a: &str, b: &str| format!(r#"{{"version":4,"serial":1,"lineage":"l","resources":[{a},{b}]}}"#);
        let good = text(&resource("a", "vpc-1", ""), &resource("b", "vpc-2", "\"aws_vpc.a\""));
        assert_eq!(check(&read(good.as_bytes()).unwrap()), vec![]);
        let bad = text(&resource("a", "vpc-1", ""), &resource("b", "vpc-1", "\"aws_vpc.gone\""));
        let findings: Vec<String> =
            check(&read(bad.as_bytes()).unwrap()).into_iter().map(|f| format!("{}: {}", f.place, f.message)).collect();
        assert_eq!(
            findings,
            [
                "aws_vpc.b: it depends on aws_vpc.gone, which is not in the state",
                "aws_vpc.b: it is the same object as aws_vpc.a (aws_vpc vpc-1)"
            ]
        );
    }
}
