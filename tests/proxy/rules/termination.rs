//! With an instance go its primary interface and the association of its address; what is left of it has no place in the network.
//! moto keeps the interface in use when RunInstances named the subnet directly.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Finishes a termination.
pub struct Termination;

const GONE: &[&str] = &["subnetId", "vpcId", "privateIpAddress", "ipAddress", "networkInterfaceSet", "groupSet", "ipv6Address"];

async fn clear(call: &Call, context: &Context, instance: &str) -> Option<()> {
    let moto = &context.upstream;
    let filter = [("Filter.1.Name", "instance-id"), ("Filter.1.Value.1", instance)];
    let addresses = moto.query(call, "DescribeAddresses", &filter).await?;
    for address in addresses.items("addressesSet") {
        moto.query(call, "DisassociateAddress", &[("AssociationId", address.text_at("associationId"))]).await;
    }
    let filter = [("Filter.1.Name", "attachment.instance-id"), ("Filter.1.Value.1", instance)];
    let interfaces = moto.query(call, "DescribeNetworkInterfaces", &filter).await?;
    for interface in interfaces.items("networkInterfaceSet") {
        if interface.text_at("attachment/instanceId") == instance && interface.text_at("attachment/deviceIndex") == "0" {
            let attachment = interface.text_at("attachment/attachmentId");
            moto.query(call, "DetachNetworkInterface", &[("AttachmentId", attachment), ("Force", "true")]).await;
            moto.query(call, "DeleteNetworkInterface", &[("NetworkInterfaceId", interface.text_at("networkInterfaceId"))]).await;
        }
    }
    Some(())
}

fn describe(instance: &mut Node) {
    if instance.text_at("instanceState/name") == "terminated" {
        GONE.iter().for_each(|name| instance.remove(name));
        instance.set("privateDnsName", "");
        instance.set("dnsName", "");
    }
    instance.each_mut("attachment", &mut |attachment| {
        if attachment.text_at("deviceIndex") == "0" {
            attachment.set("deleteOnTermination", "true");
        }
    });
}

#[async_trait]
impl Rule for Termination {
    fn name(&self) -> &'static str {
        "termination"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["TerminateInstances", "DescribeInstances", "RunInstances"])
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if call.operation == "TerminateInstances" && answer.status.is_success() {
            for id in call.list("InstanceId") {
                clear(call, context, &id).await;
            }
            return answer;
        }
        answer.edit(|tree| tree.each_mut("instancesSet", &mut |set| set.children.iter_mut().for_each(describe)))
    }
}
