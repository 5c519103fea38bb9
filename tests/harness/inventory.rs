//! Everything that exists in the API: what a test leaves behind is the difference of two of these.

use super::aws::Aws;
use crate::proxy::xml::Node;
use std::collections::BTreeSet;

/// Objects as `kind id`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory(pub BTreeSet<String>);

const EC2: &[(&str, &str, &str)] = &[
    ("DescribeVpcs", "vpcSet", "vpcId"),
    ("DescribeSubnets", "subnetSet", "subnetId"),
    ("DescribeInternetGateways", "internetGatewaySet", "internetGatewayId"),
    ("DescribeRouteTables", "routeTableSet", "routeTableId"),
    ("DescribeNetworkAcls", "networkAclSet", "networkAclId"),
    ("DescribeSecurityGroups", "securityGroupInfo", "groupId"),
    ("DescribeDhcpOptions", "dhcpOptionsSet", "dhcpOptionsId"),
    ("DescribeAddresses", "addressesSet", "allocationId"),
    ("DescribeKeyPairs", "keySet", "keyName"),
    ("DescribeVolumes", "volumeSet", "volumeId"),
    ("DescribeNetworkInterfaces", "networkInterfaceSet", "networkInterfaceId"),
    ("DescribeNatGateways", "natGatewaySet", "natGatewayId"),
];

/// Service, action, its parameters, list, name.
type Listing = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

const OTHER: &[Listing] = &[
    ("rds", "DescribeDBInstances", &[], "DBInstances", "DBInstanceIdentifier"),
    ("rds", "DescribeDBSubnetGroups", &[], "DBSubnetGroups", "DBSubnetGroupName"),
    ("rds", "DescribeDBSnapshots", &[], "DBSnapshots", "DBSnapshotIdentifier"),
    ("iam", "ListRoles", &[], "Roles", "RoleName"),
    ("iam", "ListPolicies", &[("Scope", "Local")], "Policies", "PolicyName"),
    ("iam", "ListInstanceProfiles", &[], "InstanceProfiles", "InstanceProfileName"),
    ("iam", "ListUsers", &[], "Users", "UserName"),
];

impl Inventory {
    /// Lists everything of the region (and the account, for IAM and S3), terminated instances left out.
    pub fn of(aws: &Aws) -> Self {
        let mut all = BTreeSet::new();
        for (action, set, id) in EC2 {
            add(&mut all, id, aws.ec2(action, &[]).items(set));
        }
        for reservation in aws.ec2("DescribeInstances", &[]).items("reservationSet") {
            for instance in reservation.items("instancesSet") {
                if instance.text_at("instanceState/name") != "terminated" {
                    all.insert(format!("instanceId {}", instance.text_at("instanceId")));
                }
            }
        }
        for (service, action, params, set, id) in OTHER {
            add(&mut all, id, aws.call(service, action, params).items(set));
        }
        let tables = aws.dynamodb("ListTables", &serde_json::json!({})).json();
        for name in tables["TableNames"].as_array().into_iter().flatten() {
            all.insert(format!("table {}", name.as_str().unwrap_or_default()));
        }
        let buckets = Node::parse(&aws.s3("GET", "/", b"").body).unwrap_or_default();
        add(&mut all, "Name", buckets.items("Buckets"));
        Self(all)
    }

    /// What is here and was not there before.
    pub fn since(&self, before: &Self) -> BTreeSet<String> {
        self.0.difference(&before.0).cloned().collect()
    }
}

fn add(all: &mut BTreeSet<String>, id: &str, items: &[Node]) {
    let kind = if id == "Name" { "bucket" } else { id };
    all.extend(items.iter().map(|item| format!("{kind} {}", item.text_at(id))));
}
