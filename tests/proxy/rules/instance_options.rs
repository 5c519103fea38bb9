//! An instance answers its CPU, DNS name, enclave, maintenance, monitoring and metadata options, and each has a call that
//! changes it. moto answers some, answers 500 to most of the calls, and forgets metadata options that a call does not name.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Remembers the options that moto does not.
#[derive(Default)]
pub struct InstanceOptions {
    set: Memory<BTreeMap<&'static str, String>>,
}

const CREDITS: &str = "DescribeInstanceCreditSpecifications";

/// Parameter of RunInstances, element of the answer, default (`""`: only when it was set).
const OPTIONS: &[(&str, &str, &str)] = &[
    ("CpuOptions.CoreCount", "cpuOptions/coreCount", ""),
    ("CpuOptions.ThreadsPerCore", "cpuOptions/threadsPerCore", ""),
    ("CpuOptions.AmdSevSnp", "cpuOptions/amdSevSnp", ""),
    ("PrivateDnsNameOptions.HostnameType", "privateDnsNameOptions/hostnameType", "ip-name"),
    ("PrivateDnsNameOptions.EnableResourceNameDnsARecord", "privateDnsNameOptions/enableResourceNameDnsARecord", "false"),
    ("PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord", "privateDnsNameOptions/enableResourceNameDnsAAAARecord", "false"),
    ("EnclaveOptions.Enabled", "enclaveOptions/enabled", "false"),
    ("HibernationOptions.Configured", "hibernationOptions/configured", "false"),
    ("MaintenanceOptions.AutoRecovery", "maintenanceOptions/autoRecovery", "default"),
    ("MetadataOptions.HttpTokens", "metadataOptions/httpTokens", "optional"),
    ("MetadataOptions.HttpPutResponseHopLimit", "metadataOptions/httpPutResponseHopLimit", "1"),
    ("MetadataOptions.HttpEndpoint", "metadataOptions/httpEndpoint", "enabled"),
    ("MetadataOptions.HttpProtocolIpv6", "metadataOptions/httpProtocolIpv6", "disabled"),
    ("MetadataOptions.InstanceMetadataTags", "metadataOptions/instanceMetadataTags", "disabled"),
    ("CreditSpecification.CpuCredits", "cpuCredits", ""),
    ("Monitoring.State", "monitoring/state", ""),
];

/// The calls that are answered in moto's place, and what their parameters lack of RunInstances' names.
fn instead(call: &Call) -> Option<&'static str> {
    Some(match call.operation.as_str() {
        _ if call.service != "ec2" => return None,
        "MonitorInstances" | "UnmonitorInstances" => "Monitoring.",
        "ModifyInstanceMaintenanceOptions" => "MaintenanceOptions.",
        "ModifyPrivateDnsNameOptions" => "PrivateDnsNameOptions.",
        "ModifyInstanceCreditSpecification" => "CreditSpecification.",
        _ => return None,
    })
}

fn value(call: &Call, prefix: &str, parameter: &str) -> Option<String> {
    let own = parameter.strip_prefix(prefix)?;
    let given = match (call.operation.as_str(), own) {
        ("MonitorInstances", "State") => Some("enabled"),
        ("UnmonitorInstances", "State") => Some("disabled"),
        ("RunInstances", _) if parameter == "Monitoring.State" => {
            call.get("Monitoring.Enabled").map(|on| if on == "true" { "enabled" } else { "disabled" })
        }
        (_, "HostnameType") if prefix == "PrivateDnsNameOptions." => call.get("PrivateDnsHostnameType"),
        (_, "CpuCredits") if !prefix.is_empty() => call.get("InstanceCreditSpecification.1.CpuCredits"),
        _ => call.get(own),
    };
    given.map(str::to_owned)
}

impl InstanceOptions {
    fn remember(&self, call: &Call, id: &str, prefix: &str) {
        for (parameter, element, _) in OPTIONS {
            if let Some(value) = value(call, prefix, parameter) {
                self.set.change(&call.region, id, |held| drop(held.insert(element, value)));
            }
        }
    }

    fn done(&self, call: &Call, id: &str) -> Answer {
        let mut tree = Node::with(&format!("{}Response", call.operation), vec![Node::leaf("return", "true"), Node::leaf("instanceId", id)]);
        match call.operation.as_str() {
            "ModifyInstanceMaintenanceOptions" => tree.set("autoRecovery", call.text("AutoRecovery")),
            "ModifyInstanceCreditSpecification" => {
                let id = call.text("InstanceCreditSpecification.1.InstanceId");
                self.remember(call, id, "CreditSpecification.");
                let item = Node::with("item", vec![Node::leaf("instanceId", id)]);
                tree.items_mut("successfulInstanceCreditSpecificationSet").push(item);
                tree.ensure("unsuccessfulInstanceCreditSpecificationSet");
            }
            "MonitorInstances" | "UnmonitorInstances" => {
                let item = Node::with("item", vec![Node::leaf("instanceId", id)]);
                tree.items_mut("instancesSet").push(item);
            }
            _ => {}
        }
        Answer::xml(&tree)
    }

    fn metadata(&self, call: &Call, id: &str, options: &mut Node) {
        let held = self.set.get(&call.region, id);
        for (_, element, default) in OPTIONS {
            if let Some(name) = element.strip_prefix("metadataOptions/") {
                options.set(name, held.get(element).map_or(*default, String::as_str));
            }
        }
    }

    fn complete(&self, call: &Call, instance: &mut Node) {
        if instance.text_at("instanceState/name") == "terminated" {
            return;
        }
        let held = self.set.get(&call.region, instance.text_at("instanceId"));
        for (_, element, default) in OPTIONS {
            let value = held.get(element).map_or(*default, String::as_str);
            match element.split_once('/') {
                Some((parent, name)) if !value.is_empty() => instance.ensure(parent).set(name, value),
                _ => {}
            }
        }
    }
}

#[async_trait]
impl Rule for InstanceOptions {
    fn name(&self) -> &'static str {
        "instance-options"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["RunInstances", "DescribeInstances", "DescribeInstanceAttribute", "ModifyInstanceMetadataOptions", CREDITS])
            || instead(call).is_some()
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let ids = call.list("InstanceId").into_iter().chain(call.get("InstanceId").map(str::to_owned)).collect::<Vec<_>>();
        let id = ids.first().cloned().unwrap_or_default();
        if call.operation == "DescribeInstanceAttribute" && call.text("Attribute") == "enclaveOptions" {
            let enabled = self.set.get(&call.region, &id).remove("enclaveOptions/enabled").unwrap_or("false".to_owned());
            let options = Node::with("enclaveOptions", vec![Node::leaf("enabled", &enabled)]);
            return Some(Answer::xml(&Node::with("DescribeInstanceAttributeResponse", vec![Node::leaf("instanceId", &id), options])));
        }
        let prefix = instead(call)?;
        for id in ids {
            context.upstream.query(call, "DescribeInstances", &[("InstanceId.1", &id)]).await?;
            self.remember(call, &id, prefix);
        }
        Some(self.done(call, &id))
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let Some(mut tree) = answer.tree() else {
            return answer;
        };
        match call.operation.as_str() {
            "RunInstances" => {
                let known = context.upstream.query(call, "DescribeInstanceTypes", &[("InstanceType.1", call.text("InstanceType"))]).await;
                let known = known.unwrap_or_default();
                for instance in tree.items_mut("instancesSet") {
                    let id = instance.text_at("instanceId").to_owned();
                    self.set.change(&call.region, &id, |held| {
                        held.insert("cpuOptions/coreCount", known.text_at("instanceTypeSet/item/vCpuInfo/defaultCores").to_owned());
                        held.insert(
                            "cpuOptions/threadsPerCore",
                            known.text_at("instanceTypeSet/item/vCpuInfo/defaultThreadsPerCore").to_owned(),
                        );
                    });
                    self.remember(call, &id, "");
                    self.complete(call, instance);
                }
            }
            "ModifyInstanceMetadataOptions" => {
                self.remember(call, call.text("InstanceId"), "MetadataOptions.");
                self.metadata(call, call.text("InstanceId"), tree.ensure("instanceMetadataOptions"));
            }
            CREDITS => {
                for item in tree.items_mut("instanceCreditSpecificationSet") {
                    if let Some(credits) = self.set.get(&call.region, item.text_at("instanceId")).get("cpuCredits") {
                        item.set("cpuCredits", credits);
                    }
                }
            }
            "DescribeInstances" => {
                for reservation in tree.items_mut("reservationSet") {
                    reservation.items_mut("instancesSet").iter_mut().for_each(|instance| self.complete(call, instance));
                }
            }
            _ => return answer,
        }
        answer.with_tree(&tree)
    }
}
