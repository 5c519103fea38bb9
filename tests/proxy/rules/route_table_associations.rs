//! A subnet has one route table of its own, asking for another is refused, and the association goes with the subnet.
//! moto answers the old association, and keeps it when the subnet is gone, so that the table cannot be deleted.
//! The main route table cannot be deleted.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Refuses the second association and removes the left-over one.
pub struct RouteTableAssociations;

async fn associations(call: &Call, context: &Context, subnet: &str) -> Vec<String> {
    let filter = [("Filter.1.Name", "association.subnet-id"), ("Filter.1.Value.1", subnet)];
    let tree = context.upstream.query(call, "DescribeRouteTables", &filter).await.unwrap_or_default();
    tree.items("routeTableSet")
        .iter()
        .flat_map(|table| table.items("associationSet"))
        .filter(|association| association.text_at("subnetId") == subnet)
        .map(|association| association.text_at("routeTableAssociationId").to_owned())
        .collect()
}

#[async_trait]
impl Rule for RouteTableAssociations {
    fn name(&self) -> &'static str {
        "route-table-associations"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["AssociateRouteTable", "DeleteSubnet", "DeleteRouteTable"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        if call.operation == "DeleteRouteTable" {
            let id = call.text("RouteTableId");
            let tree = context.upstream.query(call, "DescribeRouteTables", &[("RouteTableId.1", id)]).await?;
            let main = tree.items("routeTableSet/item/associationSet").iter().any(|item| item.text_at("main") == "true");
            let message = format!("The routeTable '{id}' has dependencies and cannot be deleted.");
            return main.then(|| Answer::refuse(call, "DependencyViolation", &message));
        }
        let subnet = call.get("SubnetId")?.to_owned();
        let found = associations(call, context, &subnet).await;
        if call.operation == "DeleteSubnet" {
            call.notes.insert("associations", found);
            return None;
        }
        let message =
            format!("the specified association for route table {} conflicts with an existing association", call.text("RouteTableId"));
        (!found.is_empty()).then(|| Answer::refuse(call, "Resource.AlreadyAssociated", &message))
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if answer.status.is_success() {
            for id in call.notes.get("associations").into_iter().flatten() {
                context.upstream.query(call, "DisassociateRouteTable", &[("AssociationId", id)]).await;
            }
        }
        answer
    }
}
