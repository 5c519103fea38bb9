//! An instance's type, user data and EBS optimisation change only while it is stopped. moto changes them at any time.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Refuses what needs a stopped instance.
pub struct InstanceModify;

const STOPPED_ONLY: &[&str] =
    &["InstanceType.Value", "UserData.Value", "EbsOptimized.Value", "Kernel.Value", "Ramdisk.Value", "EnaSupport.Value"];

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
        (state != "stopped" || on_its_way).then(|| Answer::refuse(call, "IncorrectInstanceState", &message))
    }
}
