//! A subnet keeps every attribute of ModifySubnetAttribute. moto accepts them all and forgets most, and garbles the state of the IPv6 block.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Remembers what moto forgets.
#[derive(Default)]
pub struct SubnetAttributes {
    set: Memory<Vec<(&'static str, String)>>,
}

const FORGOTTEN: &[(&str, &str)] = &[
    ("EnableDns64.Value", "enableDns64"),
    ("EnableLniAtDeviceIndex", "enableLniAtDeviceIndex"),
    ("MapCustomerOwnedIpOnLaunch.Value", "mapCustomerOwnedIpOnLaunch"),
    ("CustomerOwnedIpv4Pool", "customerOwnedIpv4Pool"),
    ("PrivateDnsHostnameTypeOnLaunch", "privateDnsNameOptionsOnLaunch/hostnameType"),
    ("EnableResourceNameDnsAAAARecordOnLaunch.Value", "privateDnsNameOptionsOnLaunch/enableResourceNameDnsAAAARecord"),
];

impl SubnetAttributes {
    fn complete(&self, call: &Call, subnet: &mut Node) {
        subnet.each_mut("ipv6CidrBlockState", &mut |block| {
            if let Some(state) = block.text_at("state").strip_prefix("{'State': '") {
                let state = state.trim_end_matches("'}").to_owned();
                block.set("state", &state);
            }
        });
        if subnet.child("enableDns64").is_none() {
            subnet.set("enableDns64", "false");
        }
        for (path, value) in self.set.get(&call.region, subnet.text_at("subnetId")) {
            match path.split_once('/') {
                Some((parent, name)) => subnet.ensure(parent).set(name, &value),
                None => subnet.set(path, &value),
            }
        }
    }
}

#[async_trait]
impl Rule for SubnetAttributes {
    fn name(&self) -> &'static str {
        "subnet-attributes"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["ModifySubnetAttribute", "DescribeSubnets", "CreateSubnet"])
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        if call.operation == "ModifySubnetAttribute" {
            for (parameter, element) in FORGOTTEN {
                if let Some(value) = call.get(parameter).filter(|_| answer.status.is_success()) {
                    self.set.change(&call.region, call.text("SubnetId"), |held| {
                        held.retain(|(name, _)| name != element);
                        held.push((element, value.to_owned()));
                    });
                }
            }
            return answer;
        }
        answer.edit(|tree| match call.operation.as_str() {
            "CreateSubnet" => self.complete(call, tree.ensure("subnet")),
            _ => tree.items_mut("subnetSet").iter_mut().for_each(|subnet| self.complete(call, subnet)),
        })
    }
}
