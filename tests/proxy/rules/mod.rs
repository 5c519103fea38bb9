//! What AWS does and moto does not: one rule a file, each with the page that says so.

use super::answer::Answer;
use super::call::Call;
use super::context::Context;
use async_trait::async_trait;
use serde_json::{Value, json};

mod addresses;
mod availability_zones;
mod bucket_defaults;
mod bucket_lifecycle;
mod client_token;
mod client_token_filter;
mod cloudwatch_protocol;
mod credentials;
mod database_delete;
mod database_fields;
mod database_parameters;
mod database_pending;
mod database_rename;
mod database_restore;
mod database_states;
mod database_subnet_groups;
mod dependencies;
mod dhcp_options;
mod eventual_consistency;
mod foreign_buckets;
mod iam_policies;
mod iam_profile_tags;
mod iam_service_credentials;
mod iam_trust_policy;
mod instance_modify;
mod instance_options;
mod instance_states;
mod interface_sync;
mod network_acl_entries;
mod new_bucket;
mod paging;
mod restore_window;
mod route_table_associations;
mod run_instances_checks;
mod security_group_answers;
mod snapshot_states;
mod subnet_acl_associations;
mod subnet_attributes;
mod table_states;
mod termination;
mod volumes;

/// One piece of AWS's behaviour.
#[async_trait]
pub trait Rule: Send + Sync {
    /// Its name in the settings.
    fn name(&self) -> &'static str;

    /// The page of AWS's documentation that it follows.
    fn source(&self) -> &'static str;

    /// Whether it has anything to do with this call.
    fn applies(&self, call: &Call) -> bool;

    /// Before moto sees the call: may change it, or answer in moto's place.
    async fn before(&self, _call: &mut Call, _context: &Context) -> Option<Answer> {
        None
    }

    /// After moto answered: may change the answer.
    async fn after(&self, _call: &Call, answer: Answer, _context: &Context) -> Answer {
        answer
    }
}

/// Every rule, in the order in which they see a call.
pub fn all() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(credentials::Credentials),
        Box::new(foreign_buckets::ForeignBuckets),
        Box::new(client_token::ClientToken::default()),
        Box::new(client_token_filter::ClientTokenFilter),
        Box::new(run_instances_checks::RunInstancesChecks),
        Box::new(instance_states::InstanceStates),
        Box::new(instance_modify::InstanceModify),
        Box::new(interface_sync::InterfaceSync),
        Box::new(termination::Termination),
        Box::new(instance_options::InstanceOptions::default()),
        Box::new(volumes::Volumes::default()),
        Box::new(dependencies::Dependencies),
        Box::new(route_table_associations::RouteTableAssociations),
        Box::new(subnet_acl_associations::SubnetAclAssociations),
        Box::new(network_acl_entries::NetworkAclEntries::default()),
        Box::new(security_group_answers::SecurityGroupAnswers),
        Box::new(dhcp_options::DhcpOptions::default()),
        Box::new(subnet_attributes::SubnetAttributes::default()),
        Box::new(addresses::Addresses::default()),
        Box::new(availability_zones::AvailabilityZones),
        Box::new(database_subnet_groups::DatabaseSubnetGroups),
        Box::new(database_delete::DatabaseDelete),
        Box::new(database_rename::DatabaseRename),
        Box::new(snapshot_states::SnapshotStates),
        Box::new(restore_window::RestoreWindow),
        Box::new(database_restore::DatabaseRestore),
        Box::new(database_states::DatabaseStates::default()),
        Box::new(database_pending::DatabasePending::default()),
        Box::new(database_parameters::DatabaseParameters::default()),
        Box::new(database_fields::DatabaseFields::default()),
        Box::new(iam_trust_policy::IamTrustPolicy),
        Box::new(iam_policies::IamPolicies),
        Box::new(iam_profile_tags::IamProfileTags),
        Box::new(iam_service_credentials::IamServiceCredentials),
        Box::new(cloudwatch_protocol::CloudwatchProtocol),
        Box::new(table_states::TableStates::default()),
        Box::new(new_bucket::NewBucket),
        Box::new(bucket_defaults::BucketDefaults),
        Box::new(bucket_lifecycle::BucketLifecycle::default()),
        Box::new(eventual_consistency::EventualConsistency::default()),
        Box::new(paging::Paging),
    ]
}

/// Names and sources, for `GET /_proxy/rules`.
pub fn listing(rules: &[Box<dyn Rule>]) -> Value {
    rules.iter().map(|rule| json!({"name": rule.name(), "source": rule.source()})).collect()
}
