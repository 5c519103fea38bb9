//! Ctrl-C: what is under way is finished, the state is saved, the lock is released; the next run goes on.

use super::House;
use nix::sys::signal::Signal;
use serde_json::json;
use std::time::{Duration, Instant};

const TREE: &str = include_str!("configurations/interrupted.tf");

fn started() -> House {
    let house = House::with_home("interrupt-state", "interrupt-locks");
    house.envctl.file("environments/net/main.tf", TREE);
    house.proxy.fault(json!({"operation": "ec2/CreateVpc", "action": "latency", "ms": 700}));
    house
}

fn wait_for(house: &House, call: &str) {
    let start = Instant::now();
    while house.proxy.calls(call) == 0 {
        assert!(start.elapsed() < Duration::from_secs(30), "{call} does not come: {}", house.envctl.read(".test/out"));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What the lock table holds besides digests.
fn locks(house: &House) -> Vec<String> {
    let items = house.aws.dynamodb("Scan", &json!({"TableName": "interrupt-locks"})).json();
    let infos = items["Items"].as_array().into_iter().flatten().filter_map(|item| item["Info"]["S"].as_str());
    infos.map(str::to_owned).collect()
}

#[test]
fn ctrl_c_saves_and_unlocks_and_the_next_apply_finishes() {
    let house = started();
    let mut run = house.envctl.start(&["apply", "net", "-auto-approve", "-input=false"]);
    wait_for(&house, "ec2/CreateVpc");
    assert_eq!(locks(&house).len(), 1);
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130), "{}", house.envctl.read(".test/out"));
    let out = house.envctl.read(".test/out");
    assert!(out.contains("Interrupted"), "{out}");
    assert!(out.contains("aws_vpc.this: created"), "what was under way is finished: {out}");
    assert_eq!(house.proxy.calls("ec2/CreateSubnet"), 0, "{out}");
    assert_eq!(locks(&house), [""; 0]);
    let state = house.aws.s3("GET", "/interrupt-state/net/terraform.tfstate", b"").text();
    assert!(state.contains("\"vpc-") && !state.contains("aws_subnet"), "{state}");

    house.proxy.clear_faults();
    house.apply("net", &[]).says("Applied: 2 added, 0 changed, 0 destroyed.");
    house.run("destroy", "net", &[]).ok().says("3 destroyed");
}

#[test]
fn a_second_ctrl_c_leaves_at_once_and_the_next_apply_takes_the_lock_over() {
    let house = started();
    let mut run = house.envctl.start(&["apply", "net", "-auto-approve", "-input=false"]);
    wait_for(&house, "ec2/CreateVpc");
    run.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(100));
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130), "{}", house.envctl.read(".test/out"));
    house.proxy.clear_faults();
    std::thread::sleep(Duration::from_millis(900));
    house.apply("net", &[]);
    let ours = house.aws.ec2("DescribeVpcs", &[("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "interrupted")]);
    assert_eq!(ours.items("vpcSet").len(), 1, "the VPC that the first run asked for is found again");
    house.run("destroy", "net", &[]).ok();
}
