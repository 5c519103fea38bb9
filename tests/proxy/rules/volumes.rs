//! DescribeVolumes answers the throughput of gp3 and the IOPS that a volume has without asking, and DetachVolume needs no
//! instance. moto forgets the one and answers 500 to the other.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Remembers throughput; IOPS follow from type and size.
#[derive(Default)]
pub struct Volumes {
    throughput: Memory<Option<String>>,
}

impl Volumes {
    fn remember(&self, call: &Call, volume: &str, throughput: Option<&str>) {
        if let Some(throughput) = throughput {
            self.throughput.change(&call.region, volume, |held| *held = Some(throughput.to_owned()));
        }
    }

    async fn of_instances(&self, call: &Call, tree: &Node, context: &Context) -> Option<()> {
        let id = tree.text_at("instancesSet/item/instanceId");
        let tree = context.upstream.query(call, "DescribeInstances", &[("InstanceId.1", id)]).await?;
        let instance = tree.at("reservationSet/item/instancesSet/item")?;
        for n in 1.. {
            let device = call.get(&format!("BlockDeviceMapping.{n}.DeviceName"))?;
            let mapped = instance.items("blockDeviceMapping").iter().find(|mapped| mapped.text_at("deviceName") == device);
            if let Some(mapped) = mapped {
                self.remember(call, mapped.text_at("ebs/volumeId"), call.get(&format!("BlockDeviceMapping.{n}.Ebs.Throughput")));
            }
        }
        None
    }

    fn complete(&self, call: &Call, volume: &mut Node) {
        let size: u32 = volume.text_at("size").parse().unwrap_or(0);
        let kind = volume.text_at("volumeType").to_owned();
        if kind == "gp2" && volume.text_at("iops").is_empty() {
            volume.set("iops", &(size * 3).clamp(100, 16_000).to_string());
        }
        if kind == "gp3" {
            let throughput = self.throughput.get(&call.region, volume.text_at("volumeId"));
            volume.set("throughput", throughput.as_deref().unwrap_or("125"));
        }
    }
}

#[async_trait]
impl Rule for Volumes {
    fn name(&self) -> &'static str {
        "volumes"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["RunInstances", "CreateVolume", "ModifyVolume", "DescribeVolumes", "DetachVolume"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        if call.operation == "DetachVolume" && call.get("InstanceId").is_none() {
            let volume = call.text("VolumeId").to_owned();
            let tree = context.upstream.query(call, "DescribeVolumes", &[("VolumeId.1", &volume)]).await?;
            let instance = tree.text_at("volumeSet/item/attachmentSet/item/instanceId").to_owned();
            if instance.is_empty() {
                let message = format!("Volume '{volume}' is in the 'available' state.");
                return Some(Answer::refuse(call, "IncorrectState", &message));
            }
            let mut form = call.form.clone();
            form.push(("InstanceId".to_owned(), instance));
            call.set_form(form);
        }
        None
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let Some(mut tree) = answer.tree() else {
            return answer;
        };
        match call.operation.as_str() {
            "DescribeVolumes" => {
                tree.items_mut("volumeSet").iter_mut().for_each(|volume| self.complete(call, volume));
            }
            "CreateVolume" => {
                self.remember(call, tree.text_at("volumeId"), call.get("Throughput"));
                self.complete(call, &mut tree);
            }
            "ModifyVolume" => self.remember(call, call.text("VolumeId"), call.get("Throughput")),
            _ => {
                self.of_instances(call, &tree, context).await;
                return answer;
            }
        }
        answer.with_tree(&tree)
    }
}
