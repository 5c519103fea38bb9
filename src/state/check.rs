//! Integrity: what is wrong inside a state that can be read.

use super::object::decode;
use super::{ObjectState, State};
use crate::addr::{InstanceAddr, Mode, ResourceAddr};
use crate::schema::SchemaSource;
use crate::value::from_json;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Address, or `state` for the whole.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl Finding {
    fn new(place: impl ToString, message: impl Into<String>) -> Self {
        Finding { place: place.to_string(), message: message.into() }
    }
}

/// Looks for a missing lineage or serial, references to resources that are not there, outputs that
/// do not fit their types, and remote objects that two addresses claim. An empty answer means
/// that all is well.
#[must_use]
pub fn check(state: &State) -> Vec<Finding> {
    let mut findings = Vec::new();
    if state.lineage.is_empty() {
        findings.push(Finding::new("state", "the lineage is missing"));
    }
    if state.serial == 0 && !state.resources.is_empty() {
        findings.push(Finding::new("state", "the serial is 0, although the state holds objects"));
    }
    for (name, output) in &state.outputs {
        if let Err(e) = from_json(&output.value, &output.ty) {
            findings.push(Finding::new(format!("output.{name}"), format!("its value does not fit its type: {}", e.message)));
        }
    }
    let known = state.config_addrs();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for (addr, resource, instance) in state.instances() {
        if instance.current.is_none() && instance.deposed.is_empty() {
            findings.push(Finding::new(&addr, "the instance holds no object"));
        }
        for object in instance.current.iter().chain(instance.deposed.values()) {
            for missing in object.dependencies.iter().filter(|d| !known.contains(d)) {
                findings.push(Finding::new(&addr, format!("it depends on {missing}, which is not in the state")));
            }
        }
        let remote = instance.current.as_ref().and_then(|o| remote_object(&addr, &resource.provider.to_string(), o));
        let Some((object, shown)) = remote else { continue };
        if let Some(other) = owners.insert(object, addr.to_string()) {
            findings.push(Finding::new(&addr, format!("it is the same object as {other} ({shown})")));
        }
    }
    findings
}

/// What names a remote object for certain, and how to show it. Only AWS: ids of other providers
/// (`none`, the hash of a content) may well be equal.
fn remote_object(addr: &InstanceAddr, provider: &str, object: &ObjectState) -> Option<(String, String)> {
    let text = |name: &str| object.attributes.get(name).and_then(Json::as_str).filter(|t| !t.is_empty());
    let id = text("id").filter(|_| addr.resource.mode == Mode::Managed && addr.resource.kind.starts_with("aws_"))?;
    let place = [provider, &addr.resource.kind, id, text("region").unwrap_or_default(), text("arn").unwrap_or_default()];
    Some((place.join(" "), format!("{} {id}", addr.resource.kind)))
}

/// Decodes every object by the schema of its type: what fails, and how many objects have a type
/// that has no schema here.
#[must_use]
pub fn check_objects(state: &State, schemas: &dyn SchemaSource) -> (Vec<Finding>, usize) {
    let (mut findings, mut unknown) = (Vec::new(), 0);
    for (addr, resource, instance) in state.instances() {
        let schema = schemas.schema(&resource.provider.source, addr.resource.mode, &addr.resource.kind);
        for object in instance.current.iter().chain(instance.deposed.values()) {
            match &schema {
                None => unknown += 1,
                Some(schema) => {
                    if let Err(e) = decode(object, schema) {
                        let at = if e.path.0.is_empty() { String::new() } else { format!("{}: ", e.path) };
                        findings.push(Finding::new(&addr, format!("{at}{}", e.message)));
                    }
                }
            }
        }
    }
    (findings, unknown)
}

impl State {
    /// The static addresses of all resources.
    #[must_use]
    pub fn config_addrs(&self) -> BTreeSet<ResourceAddr> {
        self.resources.keys().map(|r| r.config_addr()).collect()
    }

    /// Takes references to resources that are not in the state (any more) out of all objects.
    pub fn drop_lost_references(&mut self) {
        let known = self.config_addrs();
        for instance in self.resources.values_mut().flat_map(|r| r.instances.values_mut()) {
            for object in instance.current.iter_mut().chain(instance.deposed.values_mut()) {
                object.dependencies.retain(|d| known.contains(d));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::{check, check_objects};
    use crate::addr::{Mode, ProviderSource};
    use crate::schema::{Availability, BlockSchema, ProviderFacts, ResourceSchema, SchemaSource, string};
    use crate::value::Value;
    use std::sync::Arc;

    /// Knows `aws_vpc` in version 1 alone.
    struct Vpc;

    impl SchemaSource for Vpc {
        fn has_provider(&self, _: &ProviderSource) -> bool {
            true
        }
        fn provider_config(&self, _: &ProviderSource) -> Option<Arc<BlockSchema>> {
            None
        }
        fn schema(&self, _: &ProviderSource, _: Mode, kind: &str) -> Option<Arc<ResourceSchema>> {
            let block = BlockSchema::new().attr("id", string().computed());
            (kind == "aws_vpc").then(|| Arc::new(ResourceSchema::new(1, block)))
        }
        fn availability(&self, _: &ProviderSource, _: Mode, _: &str) -> Availability {
            Availability::NotYet
        }
        fn read_inline(&self, _: &ProviderSource, _: &str, _: &Value, _: &ProviderFacts) -> Option<Result<Value, String>> {
            None
        }
    }

    #[test]
    fn objects_are_decoded_where_the_type_is_known() {
        let text = r#"{"version":4,"serial":0,"outputs":{"o":{"value":"x","type":"number"}},"resources":[
            {"mode":"managed","type":"aws_vpc","name":"new","provider":"provider[\"registry.opentofu.org/hashicorp/aws\"]",
             "instances":[{"schema_version":9,"attributes":{"id":"a"}}]},
            {"mode":"managed","type":"aws_vpc","name":"odd","provider":"provider[\"registry.opentofu.org/hashicorp/aws\"]",
             "instances":[{"schema_version":1,"attributes":{"id":{"x":1}}}]},
            {"mode":"managed","type":"aws_new","name":"n","provider":"provider[\"registry.opentofu.org/hashicorp/aws\"]",
             "instances":[{"schema_version":1,"attributes":{}}]}]}"#;
        let mut state = read(text.as_bytes()).unwrap();
        let (findings, unknown) = check_objects(&state, &Vpc);
        let places: Vec<&str> = findings.iter().map(|f| f.place.as_str()).collect();
        assert_eq!((places, unknown), (vec!["aws_vpc.new", "aws_vpc.odd"], 1));
        let places: Vec<String> = check(&state).into_iter().map(|f| f.place).collect();
        assert_eq!(places, ["state", "state", "output.o"]);
        state.resources.clear();
        state.outputs.clear();
        assert_eq!(check(&state).len(), 1, "an empty state may have serial 0");
    }

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

    #[test]
    fn equal_ids_are_no_duplicates_where_they_name_nothing() {
        let resource = |kind: &str, name: &str, attributes: &str| {
            format!(
                r#"{{"mode":"managed","type":"{kind}","name":"{name}","provider":"provider[\"registry.opentofu.org/hashicorp/x\"]",
                "instances":[{{"schema_version":1,"attributes":{attributes}}}]}}"#
            )
        };
        let all = [
            resource("random_password", "a", r#"{"id":"none"}"#),
            resource("random_password", "b", r#"{"id":"none"}"#),
            resource("aws_key_pair", "a", r#"{"id":"team","region":"eu-west-1"}"#),
            resource("aws_key_pair", "b", r#"{"id":"team","region":"us-east-1"}"#),
        ];
        let text = format!(r#"{{"version":4,"serial":1,"lineage":"l","resources":[{}]}}"#, all.join(","));
        assert_eq!(check(&read(text.as_bytes()).unwrap()), vec![]);
    }
}
