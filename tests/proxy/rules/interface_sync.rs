//! The groups and the source/destination check of an instance are those of its primary interface, whichever of the
//! two a call names. moto keeps them apart, and answers the union of both groups for the interface.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Tells moto the other half.
pub struct InterfaceSync;

#[async_trait]
impl Rule for InterfaceSync {
    fn name(&self) -> &'static str {
        "interface-sync"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["ModifyInstanceAttribute", "ModifyNetworkInterfaceAttribute"])
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if answer.status.is_success() {
            other_half(call, context).await;
        }
        answer
    }
}

async fn other_half(call: &Call, context: &Context) -> Option<()> {
    let of_instance = call.operation == "ModifyInstanceAttribute";
    let (filter, id, group) = if of_instance {
        ("attachment.instance-id", call.text("InstanceId"), "GroupId")
    } else {
        ("network-interface-id", call.text("NetworkInterfaceId"), "SecurityGroupId")
    };
    let groups = call.list(group);
    let check = call.get("SourceDestCheck.Value");
    if groups.is_empty() && check.is_none() {
        return None;
    }
    let filter = [("Filter.1.Name", filter), ("Filter.1.Value.1", id)];
    let tree = context.upstream.query(call, "DescribeNetworkInterfaces", &filter).await?;
    let interfaces = tree.items("networkInterfaceSet").iter();
    let primary = interfaces.into_iter().find(|interface| interface.text_at("attachment/deviceIndex") == "0")?;
    let (action, other, group) = if of_instance {
        ("ModifyNetworkInterfaceAttribute", ("NetworkInterfaceId", primary.text_at("networkInterfaceId")), "SecurityGroupId")
    } else {
        ("ModifyInstanceAttribute", ("InstanceId", primary.text_at("attachment/instanceId")), "GroupId")
    };
    if let Some(check) = check {
        context.upstream.query(call, action, &[other, ("SourceDestCheck.Value", check)]).await;
    }
    if !groups.is_empty() {
        let names: Vec<String> = (1..=groups.len()).map(|n| format!("{group}.{n}")).collect();
        let mut params = vec![other];
        params.extend(names.iter().map(String::as_str).zip(groups.iter().map(String::as_str)));
        context.upstream.query(call, action, &params).await;
    }
    Some(())
}
