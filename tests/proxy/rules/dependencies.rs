//! What is in use is not deleted: DependencyViolation, and CannotDelete for the default group.
//! Of these cases moto knows the VPC with subnets and the VPC with route tables; see `README.md`.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>

use super::Rule;
use super::subnet_acl_associations::is_grave;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Looks for users before a deletion.
pub struct Dependencies;

const OPERATIONS: &[&str] = &["DeleteVpc", "DeleteSubnet", "DeleteSecurityGroup", "DetachInternetGateway"];

#[async_trait]
impl Rule for Dependencies {
    fn name(&self) -> &'static str {
        "dependencies"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", OPERATIONS)
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let found = match call.operation.as_str() {
            "DeleteVpc" => vpc(call, context).await,
            "DeleteSubnet" => subnet(call, context).await,
            "DeleteSecurityGroup" => group(call, context).await,
            _ => gateway(call, context).await,
        };
        found.map(|(code, message)| Answer::refuse(call, code, &message))
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if call.operation == "DeleteVpc" && answer.status.is_success() {
            // moto leaves the default ACL behind.
            for acl in list(call, context, "DescribeNetworkAcls", "networkAclSet", "vpc-id", call.text("VpcId")).await {
                context.upstream.query(call, "DeleteNetworkAcl", &[("NetworkAclId", acl.text_at("networkAclId"))]).await;
            }
        }
        answer
    }
}

type Refusal = Option<(&'static str, String)>;

fn violation(kind: &str, id: &str) -> Refusal {
    Some(("DependencyViolation", format!("The {kind} '{id}' has dependencies and cannot be deleted.")))
}

async fn list(call: &Call, context: &Context, action: &str, set: &str, filter: &str, value: &str) -> Vec<Node> {
    let filter = [("Filter.1.Name", filter), ("Filter.1.Value.1", value)];
    let tree = context.upstream.query(call, action, &filter).await.unwrap_or_default();
    tree.items(set).to_vec()
}

async fn vpc(call: &Call, context: &Context) -> Refusal {
    let id = call.text("VpcId");
    let groups = list(call, context, "DescribeSecurityGroups", "securityGroupInfo", "vpc-id", id).await;
    let gateways = list(call, context, "DescribeInternetGateways", "internetGatewaySet", "attachment.vpc-id", id).await;
    let acls = list(call, context, "DescribeNetworkAcls", "networkAclSet", "vpc-id", id).await;
    let used = groups.iter().any(|group| group.text_at("groupName") != "default")
        || acls.iter().any(|acl| acl.text_at("default") != "true" && !is_grave(acl))
        || !gateways.is_empty();
    if used { violation("vpc", id) } else { None }
}

async fn subnet(call: &Call, context: &Context) -> Refusal {
    let id = call.text("SubnetId");
    let interfaces = list(call, context, "DescribeNetworkInterfaces", "networkInterfaceSet", "subnet-id", id).await;
    let leaving = leaving(call, context, |instance| instance.text_at("subnetId") == id).await;
    let databases = databases(call, context).await;
    let hosted = databases
        .iter()
        .any(|database| database.items("DBSubnetGroup/Subnets").iter().any(|subnet| subnet.text_at("SubnetIdentifier") == id));
    if interfaces.is_empty() && !leaving && !hosted { None } else { violation("subnet", id) }
}

async fn group(call: &Call, context: &Context) -> Refusal {
    let id = call.text("GroupId");
    let groups = context.upstream.query(call, "DescribeSecurityGroups", &[]).await?;
    let groups = groups.items("securityGroupInfo");
    let own = groups.iter().find(|group| group.text_at("groupId") == id)?;
    if own.text_at("groupName") == "default" {
        return Some(("CannotDelete", format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user")));
    }
    let referenced = groups.iter().filter(|group| group.text_at("groupId") != id).any(|group| {
        ["ipPermissions", "ipPermissionsEgress"]
            .iter()
            .flat_map(|side| group.items(side))
            .any(|rule| rule.items("groups").iter().any(|pair| pair.text_at("groupId") == id))
    });
    let interfaces = list(call, context, "DescribeNetworkInterfaces", "networkInterfaceSet", "group-id", id).await;
    let in_set = |instance: &Node| instance.items("groupSet").iter().any(|group| group.text_at("groupId") == id);
    let leaving = leaving(call, context, in_set).await;
    let databases = databases(call, context).await;
    let guards =
        databases.iter().any(|database| database.items("VpcSecurityGroups").iter().any(|group| group.text_at("VpcSecurityGroupId") == id));
    if !referenced && interfaces.is_empty() && !leaving && !guards {
        return None;
    }
    Some(("DependencyViolation", format!("resource {id} has a dependent object")))
}

async fn gateway(call: &Call, context: &Context) -> Refusal {
    let id = call.text("VpcId");
    let interfaces = list(call, context, "DescribeNetworkInterfaces", "networkInterfaceSet", "vpc-id", id).await;
    let public = interfaces.iter().any(|interface| !interface.text_at("association/publicIp").is_empty());
    let message =
        format!("Network {id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.");
    public.then_some(("DependencyViolation", message))
}

/// Whether an instance of this kind is still shutting down: in moto it is gone already.
async fn leaving(call: &Call, context: &Context, matches: impl Fn(&Node) -> bool) -> bool {
    let ids = context.instances().ids(&call.region, "shutting-down");
    for id in ids {
        let tree = context.upstream.query(call, "DescribeInstances", &[("InstanceId.1", &id)]).await;
        let instance = tree.as_ref().and_then(|tree| tree.at("reservationSet/item/instancesSet/item"));
        if instance.is_some_and(&matches) {
            return true;
        }
    }
    false
}

async fn databases(call: &Call, context: &Context) -> Vec<Node> {
    let tree = context.upstream.query_service(call, "rds", "DescribeDBInstances", &[]).await.unwrap_or_default();
    tree.items("DescribeDBInstancesResult/DBInstances").to_vec()
}
