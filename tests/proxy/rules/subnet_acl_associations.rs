//! The association with a network ACL goes with the subnet. moto keeps it, and then neither the ACL nor, with the VPC,
//! the default ACL can be deleted. Since no call removes an association, it is moved to an ACL that nobody sees.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-associations.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Buries associations.
pub struct SubnetAclAssociations;

const GRAVE: &str = "aws-proxy:grave";

/// Whether an ACL of moto is one that nobody sees.
pub fn is_grave(acl: &Node) -> bool {
    acl.items("tagSet").iter().any(|tag| tag.text_at("key") == GRAVE)
}

#[async_trait]
impl Rule for SubnetAclAssociations {
    fn name(&self) -> &'static str {
        "subnet-acl-associations"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/vpc/latest/userguide/nacl-associations.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["DeleteSubnet", "DescribeNetworkAcls"])
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if call.operation == "DescribeNetworkAcls" {
            return answer.edit(|tree| tree.items_mut("networkAclSet").retain(|acl| !is_grave(acl)));
        }
        if answer.status.is_success() {
            bury(call, context).await;
        }
        answer
    }
}

async fn bury(call: &Call, context: &Context) -> Option<()> {
    let subnet = call.text("SubnetId");
    let moto = &context.upstream;
    let filter = [("Filter.1.Name", "association.subnet-id"), ("Filter.1.Value.1", subnet)];
    let tree = moto.query(call, "DescribeNetworkAcls", &filter).await?;
    let acl = tree.at("networkAclSet/item")?;
    let association = acl.items("associationSet").iter().find(|item| item.text_at("subnetId") == subnet)?;
    let tags = [
        ("VpcId", acl.text_at("vpcId")),
        ("TagSpecification.1.ResourceType", "network-acl"),
        ("TagSpecification.1.Tag.1.Key", GRAVE),
        ("TagSpecification.1.Tag.1.Value", subnet),
    ];
    let grave = moto.query(call, "CreateNetworkAcl", &tags).await?;
    let params =
        [("AssociationId", association.text_at("networkAclAssociationId")), ("NetworkAclId", grave.text_at("networkAcl/networkAclId"))];
    moto.query(call, "ReplaceNetworkAclAssociation", &params).await.map(drop)
}
