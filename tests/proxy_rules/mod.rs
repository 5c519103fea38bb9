//! Every rule of the proxy against real moto: with it AWS's behaviour, and without it not.

use crate::harness::{Aws, Moto, Proxy};
use crate::proxy::xml::Node;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

mod addresses;
mod control;
mod databases;
mod dependencies;
mod identity;
mod instance_attributes;
mod instances;
mod monitoring;
mod network;
mod news;
mod paging;
mod storage;

/// One for each test: they share a moto, and moto keeps regions apart.
const REGIONS: &[&str] = &[
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
];

/// An Ubuntu image of `tests/proxy/images.json`.
const IMAGE: &str = "ami-22040a10000000000";

/// The proxy in front of the shared moto, and a client in a region of its own.
struct World {
    region: &'static str,
    proxy: Proxy,
    aws: Aws,
}

impl World {
    /// Everything on.
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let region = REGIONS[NEXT.fetch_add(1, Ordering::Relaxed) % REGIONS.len()];
        let proxy = Proxy::start(Moto::shared());
        let aws = proxy.aws(region);
        Self { region, proxy, aws }
    }

    /// Everything on, and states pass at once.
    fn quick() -> Self {
        let world = Self::new();
        world.proxy.set(json!({"instance_describes": 0, "database_describes": 0}));
        world
    }

    /// Switches one rule off: what follows is moto's own behaviour.
    fn disable(&self, rule: &str) {
        let names = self.proxy.rules();
        assert!(names.iter().any(|name| name == rule), "no rule {rule} in {names:?}");
        self.proxy.set(json!({"disabled": [rule]}));
    }

    fn vpc(&self) -> String {
        self.aws.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).text_at("vpc/vpcId").to_owned()
    }

    fn subnet(&self, vpc: &str, cidr: &str) -> String {
        let tree = self.aws.ec2("CreateSubnet", &[("VpcId", vpc), ("CidrBlock", cidr)]);
        tree.text_at("subnet/subnetId").to_owned()
    }

    /// A VPC with a subnet; returns the subnet.
    fn network(&self) -> String {
        let vpc = self.vpc();
        self.subnet(&vpc, "10.0.1.0/24")
    }

    fn run(&self, params: &[(&str, &str)]) -> String {
        let mut all = vec![("MinCount", "1"), ("MaxCount", "1")];
        for (name, value) in [("ImageId", IMAGE), ("InstanceType", "t3.micro")] {
            if !params.iter().any(|(given, _)| *given == name) {
                all.push((name, value));
            }
        }
        all.extend(params);
        let tree = self.aws.ec2("RunInstances", &all);
        tree.text_at("instancesSet/item/instanceId").to_owned()
    }

    fn describe(&self, id: &str) -> Node {
        let tree = self.aws.ec2("DescribeInstances", &[("InstanceId.1", id)]);
        tree.at("reservationSet/item/instancesSet/item").cloned().expect("the instance")
    }

    fn state(&self, id: &str) -> String {
        self.describe(id).text_at("instanceState/name").to_owned()
    }

    /// Asks EC2 for a list with one filter.
    fn list(&self, action: &str, set: &str, filter: &str, value: &str) -> Vec<Node> {
        let filter = [("Filter.1.Name", filter), ("Filter.1.Value.1", value)];
        self.aws.ec2(action, &filter).items(set).to_vec()
    }

    /// The error code of an EC2 call that has to be refused.
    fn refusal(&self, action: &str, params: &[(&str, &str)]) -> String {
        self.aws.refusal("ec2", action, params)
    }

    /// An EC2 call that makes something; returns the id at a path of the answer.
    fn make(&self, action: &str, params: &[(&str, &str)], id: &str) -> String {
        self.aws.ec2(action, params).text_at(id).to_owned()
    }

    /// An internet gateway, attached.
    fn gateway(&self, vpc: &str) -> String {
        let id = self.make("CreateInternetGateway", &[], "internetGateway/internetGatewayId");
        self.aws.ec2("AttachInternetGateway", &[("InternetGatewayId", &id), ("VpcId", vpc)]);
        id
    }

    /// A security group.
    fn group(&self, vpc: &str, name: &str) -> String {
        let params = [("GroupName", name), ("GroupDescription", "test"), ("VpcId", vpc)];
        self.make("CreateSecurityGroup", &params, "groupId")
    }
}
