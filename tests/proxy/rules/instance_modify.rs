//! An instance's type, user data and EBS optimisation change only while it is stopped. moto changes them at any time,
//! and takes the base64 off user data twice.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Refuses what needs a stopped instance.
pub struct InstanceModify;

const STOPPED_ONLY: &[&str] =
    &["InstanceType.Value", "UserData.Value", "EbsOptimized.Value", "Kernel.Value", "Ramdisk.Value", "EnaSupport.Value"];

/// moto takes the base64 off twice.
fn encode_again(call: &mut Call) {
    let again = |(name, value): (String, String)| {
        let value = if name == "UserData.Value" { STANDARD.encode(value) } else { value };
        (name, value)
    };
    let form = call.form.drain(..).map(again).collect();
    call.set_form(form);
}

#[async_trait]
impl Rule for InstanceModify {
    fn name(&self) -> &'static str {
        "instance-modify"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["ModifyInstanceAttribute"]) && STOPPED_ONLY.iter().any(|name| call.get(name).is_some())
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let id = call.text("InstanceId").to_owned();
        let tree = context.upstream.query(call, "DescribeInstances", &[("InstanceId.1", &id)]).await?;
        let state = tree.text_at("reservationSet/item/instancesSet/item/instanceState/name");
        let on_its_way = context.instances().peek(&call.region, &id).is_some();
        let message = format!("The instance '{id}' is not in the 'stopped' state.");
        if state != "stopped" || on_its_way {
            return Some(Answer::refuse(call, "IncorrectInstanceState", &message));
        }
        encode_again(call);
        None
    }
}
