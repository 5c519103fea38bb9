//! RunInstances refuses images, types, key pairs, profiles and private addresses that it cannot use.
//! moto takes the first three as they come, and stumbles over the others.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;
use ipnet::IpNet;
use std::net::IpAddr;

/// Asks moto whether what the call names exists.
pub struct RunInstancesChecks;

type Refusal = (&'static str, String);

async fn missing(call: &Call, context: &Context) -> Option<Refusal> {
    let moto = &context.upstream;
    let image = call.text("ImageId");
    if !image.is_empty() && moto.query(call, "DescribeImages", &[("ImageId.1", image)]).await.is_none() {
        return Some(("InvalidAMIID.NotFound", format!("The image id '[{image}]' does not exist")));
    }
    let kind = call.text("InstanceType");
    if !kind.is_empty() && moto.query(call, "DescribeInstanceTypes", &[("InstanceType.1", kind)]).await.is_none() {
        return Some(("InvalidParameterValue", format!("Invalid value '{kind}' for InstanceType.")));
    }
    let key = call.text("KeyName");
    if !key.is_empty() && moto.query(call, "DescribeKeyPairs", &[("KeyName.1", key)]).await.is_none() {
        return Some(("InvalidKeyPair.NotFound", format!("The key pair '{key}' does not exist")));
    }
    let arn = call.text("IamInstanceProfile.Arn").rsplit('/').next().unwrap_or_default();
    let profile = call.get("IamInstanceProfile.Name").unwrap_or(arn);
    let named = [("InstanceProfileName", profile)];
    if !profile.is_empty() && moto.query_service(call, "iam", "GetInstanceProfile", &named).await.is_none() {
        let message = format!("Value ({profile}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name");
        return Some(("InvalidParameterValue", message));
    }
    None
}

async fn address(call: &Call, context: &Context) -> Option<Refusal> {
    let either = |plain, nested| call.get(plain).or(call.get(nested));
    let address = either("PrivateIpAddress", "NetworkInterface.1.PrivateIpAddress")?;
    let subnet = either("SubnetId", "NetworkInterface.1.SubnetId")?;
    let tree = context.upstream.query(call, "DescribeSubnets", &[("SubnetId.1", subnet)]).await?;
    let range: IpNet = tree.text_at("subnetSet/item/cidrBlock").parse().ok()?;
    let parsed: Option<IpAddr> = address.parse().ok();
    if !parsed.is_some_and(|address| range.contains(&address)) {
        let message = format!("Address {address} does not fall within the subnet's address range");
        return Some(("InvalidParameterValue", message));
    }
    let filter = [("Filter.1.Name", "subnet-id"), ("Filter.1.Value.1", subnet)];
    let tree = context.upstream.query(call, "DescribeNetworkInterfaces", &filter).await?;
    let used = tree.items("networkInterfaceSet").iter().any(|nic| nic.text_at("privateIpAddress") == address);
    used.then(|| ("InvalidIPAddress.InUse", format!("Address {address} is in use.")))
}

#[async_trait]
impl Rule for RunInstancesChecks {
    fn name(&self) -> &'static str {
        "run-instances-checks"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["RunInstances"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let refusal = match missing(call, context).await {
            Some(refusal) => Some(refusal),
            None => address(call, context).await,
        };
        refusal.map(|(code, message)| Answer::refuse(call, code, &message))
    }
}
