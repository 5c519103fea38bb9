//! Rules about instances.

use super::{IMAGE, World};

#[test]
fn a_client_token_creates_once() {
    let world = World::quick();
    let subnet = world.network();
    let params = [("SubnetId", subnet.as_str()), ("ClientToken", "one")];
    let first = world.run(&params);
    assert_eq!(world.run(&params), first);
    let mut other = vec![("MinCount", "1"), ("MaxCount", "1"), ("ImageId", IMAGE), ("InstanceType", "t3.small")];
    other.extend(params);
    assert_eq!(world.aws.refusal("ec2", "RunInstances", &other), "IdempotentParameterMismatch");
    world.aws.ec2("TerminateInstances", &[("InstanceId.1", &first)]);
    assert_eq!(world.run(&params), first, "the token outlives the instance");
    world.disable("client-token");
    assert_ne!(world.run(&params), first);
}

#[test]
fn a_client_token_is_good_for_the_other_creations_too() {
    let world = World::new();
    let vpc = world.vpc();
    let table = || {
        let tree = world.aws.ec2("CreateRouteTable", &[("VpcId", &vpc), ("ClientToken", "t")]);
        tree.text_at("routeTable/routeTableId").to_owned()
    };
    assert_eq!(table(), table());
    let acl = || {
        let tree = world.aws.ec2("CreateNetworkAcl", &[("VpcId", &vpc), ("ClientToken", "t")]);
        tree.text_at("networkAcl/networkAclId").to_owned()
    };
    assert_eq!(acl(), acl());
}

#[test]
fn instances_are_found_by_their_token() {
    let world = World::quick();
    let subnet = world.network();
    let first = world.run(&[("SubnetId", &subnet), ("ClientToken", "one")]);
    world.run(&[("SubnetId", &subnet), ("ClientToken", "two")]);
    let filter =
        [("Filter.1.Name", "client-token"), ("Filter.1.Value.1", "one"), ("Filter.2.Name", "subnet-id"), ("Filter.2.Value.1", &subnet)];
    let tree = world.aws.ec2("DescribeInstances", &filter);
    assert_eq!(tree.items("reservationSet").len(), 1);
    assert_eq!(tree.text_at("reservationSet/item/instancesSet/item/instanceId"), first);
    world.disable("client-token-filter");
    assert!(world.aws.try_call("ec2", "DescribeInstances", &filter).is_err());
}

#[test]
fn an_instance_passes_through_its_states() {
    let world = World::new();
    let subnet = world.network();
    let id = world.run(&[("SubnetId", &subnet)]);
    let one = [("InstanceId.1", id.as_str())];
    assert_eq!(world.aws.refusal("ec2", "StopInstances", &one), "IncorrectInstanceState");
    assert_eq!((world.state(&id), world.state(&id)), ("pending".into(), "running".into()));
    world.aws.ec2("StopInstances", &one);
    assert_eq!(world.aws.refusal("ec2", "StartInstances", &one), "IncorrectInstanceState");
    assert_eq!((world.state(&id), world.state(&id)), ("stopping".into(), "stopped".into()));
    world.aws.ec2("StartInstances", &one);
    assert_eq!((world.state(&id), world.state(&id)), ("pending".into(), "running".into()));
    world.aws.ec2("TerminateInstances", &one);
    assert_eq!((world.state(&id), world.state(&id)), ("shutting-down".into(), "terminated".into()));
    world.disable("instance-states");
    let id = world.run(&[("SubnetId", &subnet)]);
    assert_eq!(world.state(&id), "running");
}

#[test]
fn the_states_can_last_for_a_time() {
    let world = World::new();
    world.proxy.set(serde_json::json!({"instance_describes": 0, "instance_ms": 300}));
    let subnet = world.network();
    let id = world.run(&[("SubnetId", &subnet)]);
    assert_eq!((world.state(&id), world.state(&id)), ("pending".into(), "pending".into()));
    std::thread::sleep(std::time::Duration::from_millis(350));
    assert_eq!(world.state(&id), "running");
}
