//! Objects that a plan would create although they exist: found by the names that the plan gives
//! them, so that they can be imported instead.

use crate::addr::{InstanceAddr, ProviderConfigAddr};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, Events, ReadRequest, read_objects};
use crate::plan::{Action, Plan};
use crate::provider::{ProviderError, ReadOutcome};
use crate::value::Value;

/// Types of which an object is known by a name that the configuration gives, and where it stands:
/// what a home of states is made of.
const NAMED: [(&str, &str); 8] = [
    ("aws_dynamodb_table", "name"),
    ("aws_s3_bucket", "bucket"),
    ("aws_s3_bucket_lifecycle_configuration", "bucket"),
    ("aws_s3_bucket_ownership_controls", "bucket"),
    ("aws_s3_bucket_policy", "bucket"),
    ("aws_s3_bucket_public_access_block", "bucket"),
    ("aws_s3_bucket_server_side_encryption_configuration", "bucket"),
    ("aws_s3_bucket_versioning", "bucket"),
];

/// An object that would be created, and the id by which one that exists would be imported.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its address.
    pub addr: InstanceAddr,
    /// Its provider configuration.
    pub provider: ProviderConfigAddr,
    /// Its name, with `@REGION` where it names one of its own.
    pub id: String,
}

/// The objects that a plan would create under a name that is known already. `home` says the region
/// of a provider configuration.
#[must_use]
pub fn candidates(plan: &Plan, home: &dyn Fn(&ProviderConfigAddr) -> Option<String>) -> Vec<Candidate> {
    let created = plan.changes.iter().filter(|c| c.action == Action::Create && c.deposed.is_none());
    created
        .filter_map(|change| {
            let (_, attribute) = NAMED.iter().find(|(kind, _)| *kind == change.addr.resource.kind.as_ref())?;
            let after = change.after.as_ref()?;
            let text = |n: &str| after.get(n).and_then(Value::as_str).filter(|t| !t.is_empty());
            let name = text(attribute)?;
            let region = text("region").filter(|r| home(&change.provider).is_some_and(|own| own != *r));
            let id = region.map_or_else(|| name.to_string(), |r| format!("{name}@{r}"));
            Some(Candidate { addr: change.addr.clone(), provider: change.provider.clone(), id })
        })
        .collect()
}

/// Which of the objects that a plan would create exist: addresses with the ids to import.
///
/// # Errors
/// An object that cannot be read: nobody can tell whether it exists.
pub async fn existing(
    plan: &Plan,
    providers: &ConfiguredProviders,
    events: &dyn Events,
) -> Result<Vec<(InstanceAddr, String)>, Diagnostics> {
    let home = |addr: &ProviderConfigAddr| providers.get(addr).ok().and_then(|(_, c)| c.facts.str("region").map(str::to_string));
    let mut requests = Vec::new();
    let all = candidates(plan, &home);
    for one in &all {
        let (provider, _) = providers.get(&one.provider).map_err(|e| failed(e, one))?;
        let Some(kind) = provider.resource(&one.addr.resource.kind) else { continue };
        let object = kind.import(&one.id).map_err(|e| failed(e, one))?;
        requests.push((one, ReadRequest { addr: one.addr.clone(), provider: one.provider.clone(), object }));
    }
    let reads: Vec<ReadRequest> = requests.iter().map(|(_, r)| r.clone()).collect();
    let mut found = Vec::new();
    for ((one, _), outcome) in requests.iter().zip(read_objects(providers, &reads, events).await) {
        match outcome {
            ReadOutcome::Found(_) => found.push((one.addr.clone(), one.id.clone())),
            ReadOutcome::Gone => {}
            ReadOutcome::Failed(error) => return Err(failed(error, one)),
        }
    }
    Ok(found)
}

fn failed(error: ProviderError, one: &Candidate) -> Diagnostics {
    let mut d = Diagnostic::error(error.summary, format!("Looking whether {:?} exists: {}", one.id, error.detail)).address(&one.addr);
    d.help = error.help;
    d.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::{ModulePath, ProviderSource, parse_instance};
    use crate::plan::{PlanMode, ResourceChange};
    use crate::state::State;
    use crate::value::{Members, Type};

    fn change(addr: &str, action: Action, members: &[(&str, Value)]) -> ResourceChange {
        let provider =
            ProviderConfigAddr { module: ModulePath::root(), source: ProviderSource::default_for("aws"), alias: None, key: None };
        ResourceChange {
            addr: parse_instance(addr).unwrap(),
            previous_addr: None,
            deposed: None,
            provider,
            action,
            reason: None,
            before: None,
            after: Some(Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect::<Members>())),
            replace: vec![],
            notes: vec![],
            dependencies: vec![],
            private: None,
            create_before_destroy: false,
            importing: None,
        }
    }

    #[test]
    fn only_what_is_created_under_a_known_name_can_exist() {
        let changes = vec![
            change("aws_s3_bucket.state", Action::Create, &[("bucket", Value::string("b")), ("region", Value::string("eu-west-1"))]),
            change("aws_s3_bucket.far", Action::Create, &[("bucket", Value::string("f")), ("region", Value::string("us-east-1"))]),
            change("aws_s3_bucket_versioning.state", Action::Create, &[("bucket", Value::unknown(Type::String))]),
            change("aws_dynamodb_table.locks", Action::Update, &[("name", Value::string("t"))]),
            change("aws_vpc.main", Action::Create, &[("bucket", Value::string("b"))]),
        ];
        let plan = Plan {
            mode: PlanMode::Normal,
            changes,
            drift: vec![],
            outputs: [].into(),
            prior_state: State::default(),
            refreshed_state: State::default(),
            variables: [].into(),
            partial: false,
        };
        let found = candidates(&plan, &|_| Some("eu-west-1".into()));
        let ids: Vec<(String, &str)> = found.iter().map(|c| (c.addr.to_string(), c.id.as_str())).collect();
        assert_eq!(ids, [("aws_s3_bucket.state".into(), "b"), ("aws_s3_bucket.far".into(), "f@us-east-1")]);
    }
}
