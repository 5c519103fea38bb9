//! CreateDhcpOptions takes tags and an IPv6 lease time. moto drops both.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Sets the tags with a call of its own, and remembers the lease time.
#[derive(Default)]
pub struct DhcpOptions {
    lease: Memory<Option<String>>,
}

const LEASE: &str = "ipv6-address-preferred-lease-time";

fn asked(call: &Call) -> Option<String> {
    (1..)
        .map_while(|n| Some((n, call.get(&format!("DhcpConfiguration.{n}.Key"))?)))
        .find(|(_, key)| *key == LEASE)
        .and_then(|(n, _)| call.list(&format!("DhcpConfiguration.{n}.Value")).into_iter().next())
}

async fn tag(call: &Call, context: &Context, id: &str, tags: &[(String, String)]) {
    for (key, value) in tags {
        let params = [("ResourceId.1", id), ("Tag.1.Key", key), ("Tag.1.Value", value)];
        context.upstream.query(call, "CreateTags", &params).await;
    }
}

impl DhcpOptions {
    fn complete(&self, call: &Call, options: &mut Node) {
        let Some(lease) = self.lease.get(&call.region, options.text_at("dhcpOptionsId")) else {
            return;
        };
        let value = Node::with("valueSet", vec![Node::with("item", vec![Node::leaf("value", &lease)])]);
        let item = Node::with("item", vec![Node::leaf("key", LEASE), value]);
        options.items_mut("dhcpConfigurationSet").push(item);
    }
}

#[async_trait]
impl Rule for DhcpOptions {
    fn name(&self) -> &'static str {
        "dhcp-options"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["CreateDhcpOptions", "DescribeDhcpOptions"])
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let Some(mut tree) = answer.tree() else {
            return answer;
        };
        if call.operation == "CreateDhcpOptions" {
            let options = tree.ensure("dhcpOptions");
            let id = options.text_at("dhcpOptionsId").to_owned();
            self.lease.change(&call.region, &id, |held| *held = asked(call));
            let tags = call.tag_specification("dhcp-options");
            tag(call, context, &id, &tags).await;
            let item = |(key, value): &(String, String)| Node::with("item", vec![Node::leaf("key", key), Node::leaf("value", value)]);
            *options.items_mut("tagSet") = tags.iter().map(item).collect();
            self.complete(call, options);
        } else {
            tree.items_mut("dhcpOptionsSet").iter_mut().for_each(|options| self.complete(call, options));
        }
        answer.with_tree(&tree)
    }
}
