//! A network ACL always holds its two last entries, answers protocols as numbers and ICMP types; entries for all
//! protocols have no ports; what is not there is refused. moto answers 500 to the last, and forgets the others.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Completes ACLs and refuses what is missing.
#[derive(Default)]
pub struct NetworkAclEntries {
    icmp: Memory<Option<(String, String)>>,
}

const OPERATIONS: &[&str] = &[
    "DescribeNetworkAcls",
    "CreateNetworkAcl",
    "CreateNetworkAclEntry",
    "ReplaceNetworkAclEntry",
    "DeleteNetworkAclEntry",
    "ReplaceNetworkAclAssociation",
];

fn key(acl: &str, egress: &str, number: &str) -> String {
    format!("{acl} {egress} {number}")
}

fn last(egress: &str) -> Node {
    Node::with(
        "item",
        vec![
            Node::leaf("ruleNumber", "32767"),
            Node::leaf("protocol", "-1"),
            Node::leaf("ruleAction", "deny"),
            Node::leaf("egress", egress),
            Node::leaf("cidrBlock", "0.0.0.0/0"),
        ],
    )
}

fn number(protocol: &str) -> &str {
    match protocol {
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "icmpv6" => "58",
        "all" => "-1",
        other => other,
    }
}

impl NetworkAclEntries {
    fn complete(&self, call: &Call, acl: &mut Node) {
        let id = acl.text_at("networkAclId").to_owned();
        let entries = acl.items_mut("entrySet");
        for egress in ["false", "true"] {
            let is_last = |entry: &Node| entry.text_at("ruleNumber") == "32767" && entry.text_at("egress") == egress;
            if !entries.iter().any(is_last) {
                entries.push(last(egress));
            }
        }
        for entry in entries {
            let protocol = number(entry.text_at("protocol")).to_owned();
            entry.set("protocol", &protocol);
            if protocol == "-1" {
                entry.remove("portRange");
            }
            let key = key(&id, entry.text_at("egress"), entry.text_at("ruleNumber"));
            if let Some((kind, code)) = self.icmp.get(&call.region, &key) {
                entry.put(Node::with("icmpTypeCode", vec![Node::leaf("code", &code), Node::leaf("type", &kind)]));
                entry.remove("portRange");
            }
        }
    }
}

#[async_trait]
impl Rule for NetworkAclEntries {
    fn name(&self) -> &'static str {
        "network-acl-entries"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", OPERATIONS)
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let acl = call.text("NetworkAclId").to_owned();
        match call.operation.as_str() {
            "DescribeNetworkAcls" => {
                if let Some(ids) = call.take_filter("network-acl-id") {
                    call.notes.insert("network-acl-id", ids);
                }
                None
            }
            "ReplaceNetworkAclEntry" | "DeleteNetworkAclEntry" => {
                let tree = context.upstream.query(call, "DescribeNetworkAcls", &[("NetworkAclId.1", &acl)]).await;
                let Some(tree) = tree else {
                    return Some(Answer::refuse(
                        call,
                        "InvalidNetworkAclID.NotFound",
                        &format!("The networkAcl ID '{acl}' does not exist"),
                    ));
                };
                let there = tree
                    .items("networkAclSet/item/entrySet")
                    .iter()
                    .any(|entry| entry.text_at("ruleNumber") == call.text("RuleNumber") && entry.text_at("egress") == call.text("Egress"));
                let message = format!("The rule number {} does not exist in this network ACL", call.text("RuleNumber"));
                (!there).then(|| Answer::refuse(call, "InvalidNetworkAclEntry.NotFound", &message))
            }
            "ReplaceNetworkAclAssociation" => {
                let id = call.text("AssociationId");
                let tree = context.upstream.query(call, "DescribeNetworkAcls", &[]).await?;
                let there = tree
                    .items("networkAclSet")
                    .iter()
                    .flat_map(|acl| acl.items("associationSet"))
                    .any(|association| association.text_at("networkAclAssociationId") == id);
                let message = format!("The association ID '{id}' does not exist");
                (!there).then(|| Answer::refuse(call, "InvalidAssociationID.NotFound", &message))
            }
            _ => None,
        }
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        let acl = call.text("NetworkAclId");
        match call.operation.as_str() {
            "DescribeNetworkAcls" if !answer.status.is_success() && !call.list("NetworkAclId").is_empty() => {
                let message = format!("The networkAcl ID '{}' does not exist", call.list("NetworkAclId").join(", "));
                Answer::refuse(call, "InvalidNetworkAclID.NotFound", &message)
            }
            "DescribeNetworkAcls" => answer.edit(|tree| {
                let acls = tree.items_mut("networkAclSet");
                if let Some(ids) = call.notes.get("network-acl-id") {
                    acls.retain(|acl| ids.iter().any(|id| id == acl.text_at("networkAclId")));
                }
                acls.iter_mut().for_each(|acl| self.complete(call, acl));
            }),
            "CreateNetworkAcl" => answer.edit(|tree| self.complete(call, tree.ensure("networkAcl"))),
            "CreateNetworkAclEntry" | "ReplaceNetworkAclEntry" if answer.status.is_success() => {
                let icmp = call.get("Icmp.Type").map(|kind| (kind.to_owned(), call.text("Icmp.Code").to_owned()));
                self.icmp.change(&call.region, &key(acl, call.text("Egress"), call.text("RuleNumber")), |held| *held = icmp);
                answer
            }
            _ => answer,
        }
    }
}
