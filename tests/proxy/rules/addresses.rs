//! Associating an address that is in use needs AllowReassociation, and associating it with the same target changes nothing;
//! an address in use is not released; its name for reverse lookups can be set. moto moves, releases, and answers 500 to the last.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Refuses, repeats, remembers.
#[derive(Default)]
pub struct Addresses {
    names: Memory<Option<String>>,
}

const OPERATIONS: &[&str] =
    &["AssociateAddress", "ReleaseAddress", "ModifyAddressAttribute", "ResetAddressAttribute", "DescribeAddressesAttribute"];

fn in_use(call: &Call, address: &Node) -> Option<Answer> {
    let association = address.text_at("associationId");
    if association.is_empty() {
        return None;
    }
    if call.operation == "ReleaseAddress" {
        let message = format!("Address {} is in use.", address.text_at("publicIp"));
        return Some(Answer::refuse(call, "InvalidIPAddress.InUse", &message));
    }
    let same = |parameter, element| call.get(parameter).is_some_and(|id| id == address.text_at(element));
    if same("InstanceId", "instanceId") || same("NetworkInterfaceId", "networkInterfaceId") {
        let members = vec![Node::leaf("return", "true"), Node::leaf("associationId", association)];
        return Some(Answer::xml(&Node::with("AssociateAddressResponse", members)));
    }
    let message = format!("resource {} is already associated with associate-id {association}", call.text("AllocationId"));
    (call.text("AllowReassociation") != "true").then(|| Answer::refuse(call, "Resource.AlreadyAssociated", &message))
}

impl Addresses {
    fn complete(&self, call: &Call, address: &mut Node) {
        if let Some(name) = self.names.get(&call.region, address.text_at("allocationId")) {
            address.set("ptrRecord", &name);
        }
    }
}

#[async_trait]
impl Rule for Addresses {
    fn name(&self) -> &'static str {
        "addresses"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", OPERATIONS)
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let id = call.text("AllocationId").to_owned();
        match call.operation.as_str() {
            "AssociateAddress" | "ReleaseAddress" => {
                let tree = context.upstream.query(call, "DescribeAddresses", &[("AllocationId.1", &id)]).await?;
                in_use(call, tree.at("addressesSet/item")?)
            }
            "ModifyAddressAttribute" | "ResetAddressAttribute" => {
                let name = call.get("DomainName").map(|name| format!("{}.", name.trim_end_matches('.')));
                self.names.change(&call.region, &id, |held| *held = name);
                let mut address = Node::with("address", vec![Node::leaf("allocationId", &id)]);
                self.complete(call, &mut address);
                Some(Answer::xml(&Node::with(&format!("{}Response", call.operation), vec![address])))
            }
            _ => None,
        }
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        if call.operation != "DescribeAddressesAttribute" {
            return answer;
        }
        answer.edit(|tree| tree.items_mut("addressSet").iter_mut().for_each(|address| self.complete(call, address)))
    }
}
