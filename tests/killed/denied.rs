//! Organisations allow certain tags only: what is made without the intent tag is found by what is new since.

use super::{Case, Picture, World, network};
use serde_json::json;

/// No create may carry the intent tag, as with a policy that has a condition on `aws:TagKeys`.
fn deny(world: &World) {
    for operation in ["ec2/Create*", "ec2/AllocateAddress"] {
        world.proxy.fault(json!({
            "operation": operation, "about": "envctl%3Aintent", "action": "code", "status": 403, "code": "UnauthorizedOperation",
            "message": "You are not authorized to perform this operation.",
        }));
    }
}

fn denied(case: &Case) -> World {
    let world = case.world();
    deny(&world);
    world
}

#[test]
fn an_account_that_allows_no_tag_of_ours_gets_the_same() {
    let case = &network()[0];
    let want = case.undisturbed().0;
    let world = denied(case);
    world.proxy.reset_stats();
    case.finished(&world, &want, "tags denied");
    // One that is refused, one that is not.
    assert_eq!(world.proxy.calls("ec2/CreateVpc"), 2);
    world.run("destroy").ok();
}

/// Killed with a create under way that carries no tag; it arrives, and nobody knows.
fn killed(case: &Case, want: &Picture, operation: &str) {
    let world = denied(case);
    assert!(world.die_under_way(case.command, operation, 2, 0), "{operation} was not called twice");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(world.left().iter().all(|l| !l.starts_with("intent tag")), "{operation}: {:?}", world.left());
    case.finished(&world, want, &format!("{operation} without a tag"));
}

#[test]
fn what_a_killed_run_could_not_tag_is_adopted() {
    let case = &network()[0];
    let want = case.undisturbed().0;
    for operation in ["ec2/CreateVpc", "ec2/CreateSubnet", "ec2/CreateInternetGateway", "ec2/AllocateAddress", "ec2/CreateRouteTable"] {
        killed(case, &want, operation);
    }
}

#[test]
fn a_strangers_object_is_not_adopted_for_what_could_not_be_tagged() {
    let case = &network()[0];
    let world = denied(case);
    assert!(world.die_under_way(case.command, "ec2/AllocateAddress", 2, 0));
    // As planned, and new since: two that nobody can tell from ours.
    for _ in 0..2 {
        assert!(!world.aws.ec2("AllocateAddress", &[("Domain", "vpc")]).text_at("allocationId").is_empty());
    }
    let next = world.run(case.command);
    assert_eq!(next.code, Some(0), "{}", next.text());
    assert!(next.text().contains("What a former run made is not certain"), "{}", next.text());
    let addresses = |world: &World| world.aws.ec2("DescribeAddresses", &[]).items("addressesSet").len();
    let there = addresses(&world);
    world.run("destroy").ok();
    assert!(addresses(&world) >= 3 && addresses(&world) < there, "{} of {there}", addresses(&world));
}

#[test]
fn what_somebody_uses_is_not_adopted() {
    let case = &network()[0];
    let world = denied(case);
    // The run dies before its own gateway is made; a stranger makes one, and attaches it to a VPC.
    assert!(world.die_under_way(case.command, "ec2/CreateInternetGateway", 2, 600_000));
    let made = |action: &str, arguments: &[(&str, &str)], path: &str| world.aws.ec2(action, arguments).text_at(path).to_string();
    let vpc = made("CreateVpc", &[("CidrBlock", "10.99.0.0/16")], "vpc/vpcId");
    let gateway = made("CreateInternetGateway", &[], "internetGateway/internetGatewayId");
    world.aws.ec2("AttachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]);
    world.run(case.command).ok();
    world.run("destroy").ok();
    let left = made("DescribeInternetGateways", &[("InternetGatewayId.1", &gateway)], "internetGatewaySet/item/attachmentSet/item/vpcId");
    assert_eq!(left, vpc);
}
