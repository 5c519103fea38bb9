//! What was just made is not known everywhere at once, and a call may arrive when its sender is dead.

use super::World;
use crate::harness::process;
use serde_json::json;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Waits until it is so.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_was_just_made_is_unknown_for_a_while() {
    let world = World::quick();
    world.proxy.set(json!({"unseen_ms": 1500}));
    let vpc = world.vpc();
    let described = || world.list("DescribeVpcs", "vpcSet", "vpc-id", &vpc).len();
    assert_eq!(described(), 0, "left out of a list");
    assert_eq!(world.refusal("DescribeVpcs", &[("VpcId.1", &vpc)]), "InvalidVpcID.NotFound");
    assert_eq!(world.refusal("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.1.0/24")]), "InvalidVpcID.NotFound");
    until("the news of the VPC", || described() == 1);
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    until("the news of the subnet", || world.list("DescribeSubnets", "subnetSet", "subnet-id", &subnet).len() == 1);
    let machine = world.run(&[("SubnetId", &subnet)]);
    assert_eq!(world.refusal("DescribeInstances", &[("InstanceId.1", &machine)]), "InvalidInstanceID.NotFound");
    until("the news of the machine", || world.list("DescribeInstances", "reservationSet", "instance-id", &machine).len() == 1);
    world.disable("eventual-consistency");
    let vpc = world.vpc();
    assert_eq!(world.list("DescribeVpcs", "vpcSet", "vpc-id", &vpc).len(), 1);
}

#[test]
fn a_call_arrives_when_its_sender_is_dead() {
    let world = World::new();
    let mut command = process::mortal("sleep");
    command.arg("60").stdin(Stdio::null());
    let mut sleeper = process::spawn(command).expect("sleep");
    let vpcs = || world.aws.ec2("DescribeVpcs", &[]).items("vpcSet").len();
    let before = vpcs();
    world.proxy.kill_under_way(sleeper.id(), "ec2/CreateVpc", 1, 700);
    world.aws.dynamodb("CreateTable", &json!({}));
    assert!(sleeper.alive(), "only the operation it names");
    assert!(world.aws.query("ec2", "CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).is_err());
    until("the death", || !sleeper.alive());
    assert_eq!(vpcs(), before, "not yet");
    until("the call", || vpcs() == before + 1);
}
