//! A DB subnet group can be modified, is made only once, covers two zones, and stays while a database is in it.
//! moto's ModifyDBSubnetGroup deletes the group, a second creation overwrites the first, and a deletion is never refused.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Modifies by making the group again, its tags included.
pub struct DatabaseSubnetGroups;

async fn zones(call: &Call, context: &Context) -> Option<Answer> {
    let ids: Vec<String> =
        ["SubnetIds.SubnetIdentifier", "SubnetIds.member", "SubnetIds"].iter().map(|name| call.list(name)).find(|ids| !ids.is_empty())?;
    let names: Vec<String> = (1..=ids.len()).map(|n| format!("SubnetId.{n}")).collect();
    let params: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(ids.iter().map(String::as_str)).collect();
    let Some(tree) = context.upstream.query_service(call, "ec2", "DescribeSubnets", &params).await else {
        return Some(Answer::refuse(
            call,
            "InvalidSubnet",
            "The requested subnet is invalid, or multiple subnets were requested that are not all in a common VPC.",
        ));
    };
    let mut zones: Vec<&str> = tree.items("subnetSet").iter().map(|subnet| subnet.text_at("availabilityZone")).collect();
    zones.sort_unstable();
    zones.dedup();
    let message = "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage is too low. Add subnets to cover at least 2 AZs.";
    (zones.len() < 2).then(|| Answer::refuse(call, "DBSubnetGroupDoesNotCoverEnoughAZs", message))
}

async fn modify(call: &Call, context: &Context, group: &Node) -> Answer {
    let arn = group.text_at("DBSubnetGroupArn");
    let tags = context.upstream.query(call, "ListTagsForResource", &[("ResourceName", arn)]).await.unwrap_or_default();
    let mut again = call.clone();
    let mut form: Vec<_> = call.form.iter().filter(|(name, _)| name != "Action").cloned().collect();
    form.push(("Action".to_owned(), "CreateDBSubnetGroup".to_owned()));
    if call.get("DBSubnetGroupDescription").is_none() {
        form.push(("DBSubnetGroupDescription".to_owned(), group.text_at("DBSubnetGroupDescription").to_owned()));
    }
    for (n, tag) in tags.items("ListTagsForResourceResult/TagList").iter().enumerate() {
        form.push((format!("Tags.Tag.{}.Key", n + 1), tag.text_at("Key").to_owned()));
        form.push((format!("Tags.Tag.{}.Value", n + 1), tag.text_at("Value").to_owned()));
    }
    again.set_form(form);
    let answer = context.upstream.forward(&again).await;
    answer.edit(|tree| {
        tree.name = "ModifyDBSubnetGroupResponse".to_owned();
        if let Some(result) = tree.child_mut("CreateDBSubnetGroupResult") {
            result.name = "ModifyDBSubnetGroupResult".to_owned();
        }
    })
}

#[async_trait]
impl Rule for DatabaseSubnetGroups {
    fn name(&self) -> &'static str {
        "database-subnet-groups"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", &["CreateDBSubnetGroup", "ModifyDBSubnetGroup", "DeleteDBSubnetGroup"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let name = call.text("DBSubnetGroupName").to_lowercase();
        let found = context.upstream.query(call, "DescribeDBSubnetGroups", &[("DBSubnetGroupName", &name)]).await;
        let group = found.as_ref().and_then(|tree| tree.at("DescribeDBSubnetGroupsResult/DBSubnetGroups/DBSubnetGroup"));
        match (call.operation.as_str(), group) {
            ("CreateDBSubnetGroup", Some(_)) => {
                Some(Answer::refuse(call, "DBSubnetGroupAlreadyExists", "The DB subnet group already exists."))
            }
            ("CreateDBSubnetGroup", None) => zones(call, context).await,
            ("ModifyDBSubnetGroup", Some(group)) => match zones(call, context).await {
                Some(refusal) => Some(refusal),
                None => Some(modify(call, context, group).await),
            },
            ("DeleteDBSubnetGroup", Some(_)) => {
                let databases = context.upstream.query(call, "DescribeDBInstances", &[]).await.unwrap_or_default();
                let leaving = !context.databases().ids(&call.region, "deleting").is_empty();
                let used = databases
                    .items("DescribeDBInstancesResult/DBInstances")
                    .iter()
                    .any(|database| database.text_at("DBSubnetGroup/DBSubnetGroupName") == name);
                let message = format!("Cannot delete the subnet group '{name}' because at least one database instance is still using it.");
                (used || leaving).then(|| Answer::refuse(call, "InvalidDBSubnetGroupStateFault", &message))
            }
            _ => None,
        }
    }
}
