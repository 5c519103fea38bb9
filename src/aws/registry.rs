//! The types that work: one line each.

use super::resources::security_group::change::Direction;
use super::s3::part::Part;
use super::{data as d, ephemeral as e, resources as r};
use crate::provider::{DataSource, EphemeralType, ResourceType};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Managed types by name.
#[must_use]
pub fn resources() -> &'static BTreeMap<&'static str, Arc<dyn ResourceType>> {
    static ALL: OnceLock<BTreeMap<&'static str, Arc<dyn ResourceType>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let all: Vec<Arc<dyn ResourceType>> = vec![
            Arc::new(r::cloudwatch_log_group::LogGroup),
            Arc::new(r::cloudwatch_metric_alarm::MetricAlarm),
            Arc::new(r::db_instance::DbInstance),
            Arc::new(r::db_parameter_group::DbParameterGroup),
            Arc::new(r::db_snapshot::DbSnapshot),
            Arc::new(r::db_subnet_group::DbSubnetGroup),
            Arc::new(r::default_network_acl::DefaultNetworkAcl),
            Arc::new(r::default_route_table::DefaultRouteTable),
            Arc::new(r::default_security_group::DefaultSecurityGroup),
            Arc::new(r::dynamodb_table::DynamodbTable),
            Arc::new(r::egress_only_internet_gateway::EgressOnlyInternetGateway),
            Arc::new(r::eip::Eip),
            Arc::new(r::eip_association::EipAssociation),
            Arc::new(r::iam_instance_profile::IamInstanceProfile),
            Arc::new(r::iam_openid_connect_provider::IamOpenidConnectProvider),
            Arc::new(r::iam_policy::IamPolicy),
            Arc::new(r::iam_policy_attachments::OfRole),
            Arc::new(r::iam_policy_attachments::OfUser),
            Arc::new(r::iam_role::IamRole),
            Arc::new(r::iam_role_policy::IamRolePolicy),
            Arc::new(r::iam_user::IamUser),
            Arc::new(r::instance::Instance),
            Arc::new(r::internet_gateway::InternetGateway),
            Arc::new(r::key_pair::KeyPair),
            Arc::new(r::nat_gateway::NatGateway),
            Arc::new(r::network_acl::NetworkAcl),
            Arc::new(r::network_acl_association::NetworkAclAssociation),
            Arc::new(r::network_acl_rule::NetworkAclRule),
            Arc::new(r::route::Route),
            Arc::new(r::route_table::RouteTable),
            Arc::new(r::route_table_association::RouteTableAssociation),
            Arc::new(r::s3_bucket::Bucket),
            Arc::new(Part(r::s3_bucket_lifecycle_configuration::Lifecycle)),
            Arc::new(Part(r::s3_bucket_ownership_controls::OwnershipControls)),
            Arc::new(Part(r::s3_bucket_policy::BucketPolicy)),
            Arc::new(Part(r::s3_bucket_public_access_block::PublicAccessBlock)),
            Arc::new(Part(r::s3_bucket_server_side_encryption_configuration::Encryption)),
            Arc::new(Part(r::s3_bucket_versioning::Versioning)),
            Arc::new(r::secretsmanager_secret::Secret),
            Arc::new(r::secretsmanager_secret_version::SecretVersion),
            Arc::new(r::security_group::SecurityGroup),
            Arc::new(r::security_group_rule::SecurityGroupRule),
            Arc::new(r::sns_topic::Topic),
            Arc::new(r::sns_topic_subscription::Subscription),
            Arc::new(r::ssm_parameter::SsmParameter),
            Arc::new(r::subnet::Subnet),
            Arc::new(r::vpc::Vpc),
            Arc::new(r::vpc_dhcp_options::VpcDhcpOptions),
            Arc::new(r::vpc_dhcp_options_association::VpcDhcpOptionsAssociation),
            Arc::new(r::vpc_ipv4_cidr_block_association::VpcIpv4CidrBlockAssociation),
            Arc::new(r::vpc_security_group_rule::Rule(Direction::Out)),
            Arc::new(r::vpc_security_group_rule::Rule(Direction::In)),
        ];
        all.into_iter().map(|t| (t.name(), t)).collect()
    })
}

/// Data sources by name.
#[must_use]
pub fn data_sources() -> &'static BTreeMap<&'static str, Arc<dyn DataSource>> {
    static ALL: OnceLock<BTreeMap<&'static str, Arc<dyn DataSource>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let all: Vec<Arc<dyn DataSource>> = vec![
            Arc::new(d::ami::Ami),
            Arc::new(d::availability_zones::AvailabilityZones),
            Arc::new(d::caller_identity::CallerIdentity),
            Arc::new(d::db_instance::DbInstance),
            Arc::new(d::db_snapshot::DbSnapshot),
            Arc::new(d::iam_policy_document::IamPolicyDocument),
            Arc::new(d::partition::Partition),
            Arc::new(d::region::Region),
            Arc::new(d::s3_bucket::S3Bucket),
            Arc::new(d::secretsmanager_secret_version::SecretVersion),
            Arc::new(d::security_group::SecurityGroup),
            Arc::new(d::ssm_parameter::SsmParameter),
            Arc::new(d::subnet::Subnet),
            Arc::new(d::subnets::Subnets),
            Arc::new(d::vpc::Vpc),
        ];
        all.into_iter().map(|t| (t.name(), t)).collect()
    })
}

/// Ephemeral types by name.
#[must_use]
pub fn ephemerals() -> &'static BTreeMap<&'static str, Arc<dyn EphemeralType>> {
    static ALL: OnceLock<BTreeMap<&'static str, Arc<dyn EphemeralType>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let all: Vec<Arc<dyn EphemeralType>> =
            vec![Arc::new(e::secretsmanager_secret_version::SecretVersion), Arc::new(e::ssm_parameter::SsmParameter)];
        all.into_iter().map(|t| (t.name(), t)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Mode;
    use crate::aws::names::known;

    #[test]
    fn every_type_is_one_of_the_providers() {
        assert!(resources().keys().all(|n| known(Mode::Managed).contains(n)));
        assert!(data_sources().keys().all(|n| known(Mode::Data).contains(n)));
        assert!(ephemerals().keys().all(|n| known(Mode::Ephemeral).contains(n)));
    }

    #[test]
    fn every_type_says_what_it_needs() {
        for (name, ty) in resources() {
            let iam = ty.iam();
            assert!(!iam.read.is_empty() && !iam.create.is_empty() && !iam.delete.is_empty(), "{name}");
            let schema = ty.schema();
            assert!(schema.block.attrs.contains_key("id"), "{name} has no id");
        }
    }
}
