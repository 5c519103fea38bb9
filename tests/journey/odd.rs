//! Odd but legal configurations: what people write once they know the language.

use super::{House, assert_nothing_left};
use crate::harness::Inventory;

#[test]
fn loops_blocks_modules_and_conditions_are_planned_applied_changed_and_destroyed() {
    let house = House::new();
    let before = Inventory::of(&house.aws);
    let files = [
        ("main.tf", include_str!("configurations/odd/main.tf")),
        ("net/main.tf", include_str!("configurations/odd/net/main.tf")),
        ("subnets/main.tf", include_str!("configurations/odd/subnets/main.tf")),
        ("subnets/loud/main.tf", include_str!("configurations/odd/subnets/loud/main.tf")),
    ];
    for (path, text) in files {
        house.envctl.file(&format!("environments/odd/{path}"), text);
    }
    house.differs("odd", &[]).says("Plan: 16 to add, 0 to change, 0 to destroy.");
    house.apply("odd", &[]).says("\"inner\" = \"10.10.0.0/24\"");

    let more = ["-var=with_bastion=true", "-var=extra_ports=[8080,9000]"];
    let plan = house.differs("odd", &more).says("Plan: 3 to add, 2 to change, 2 to destroy.");
    for text in ["aws_eip.late will be REPLACED because of replace_triggered_by", "aws_instance.bastion[0] will be created"] {
        assert!(plan.stdout.contains(text), "no {text:?} in\n{}", plan.text());
    }
    house.apply("odd", &more);
    let fewer = ["-var=networks={plain={cidr=\"10.2.0.0/16\"}}"];
    let plan = house.differs("odd", &fewer).says("aws_vpc.this[\"a.b/c\"] will be DESTROYED");
    assert!(plan.stdout.contains("key [\"a.b/c\"] is not in for_each"), "{}", plan.text());
    house.apply("odd", &fewer);

    ignored_tags(&house, &fewer);
    house.run("destroy", "odd", &fewer).ok();
    assert_nothing_left(&house.aws, &before);
}

/// Tags that others keep are not ours to remove.
fn ignored_tags(house: &House, vars: &[&str]) {
    let id = {
        let found = house.aws.ec2("DescribeVpcs", &[("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "plain")]);
        found.items("vpcSet")[0].text_at("vpcId").to_owned()
    };
    let tag = |key: &str| house.aws.ec2("CreateTags", &[("ResourceId.1", &id), ("Tag.1.Key", key), ("Tag.1.Value", "x")]);
    tag("LastScanned");
    tag("aws-billing:team");
    house.agrees("odd", vars);
    tag("Stray");
    house.differs("odd", vars).says("- \"Stray\" = \"x\"");
    house.apply("odd", vars);
    let tags = house.aws.ec2("DescribeTags", &[("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", &id)]);
    let keys: Vec<&str> = tags.items("tagSet").iter().map(|tag| tag.text_at("key")).collect();
    assert!(keys.contains(&"LastScanned") && keys.contains(&"aws-billing:team") && !keys.contains(&"Stray"), "{keys:?}");
}

#[test]
fn replacements_that_create_first_and_moves_keep_their_order() {
    let house = House::new();
    let before = Inventory::of(&house.aws);
    house.envctl.file("environments/chain/main.tf", include_str!("configurations/chain.tf"));
    house.apply("chain", &[]);

    let plan = house.differs("chain", &["-var=name=two"]).says("Plan: 2 to add, 1 to change, 2 to destroy.");
    assert!(plan.stdout.contains("+/- resource \"aws_security_group\" \"a\""), "{}", plan.text());
    house.proxy.reset_stats();
    house.apply("chain", &["-var=name=two"]);
    let log = house.proxy.stats()["log"].to_string();
    let (made, gone) = (log.rfind("ec2/CreateSecurityGroup"), log.find("ec2/DeleteSecurityGroup"));
    assert!(made < gone && gone.is_some(), "{log}");

    let text = include_str!("configurations/chain.tf");
    let moved = text
        .replace("resource \"aws_eip\" \"e\"", "resource \"aws_eip\" \"address\"")
        .replace("aws_eip.e.", "aws_eip.address.")
        .replace("count      = 2", "for_each   = { first = 1, second = 2 }")
        .replace("count.index + 1", "each.value")
        .replace("aws_subnet.s[0]", "aws_subnet.s[\"first\"]");
    let moves = ["aws_eip.e aws_eip.address", "aws_subnet.s[0] aws_subnet.s[\"first\"]", "aws_subnet.s[1] aws_subnet.s[\"second\"]"];
    let blocks: String = moves
        .iter()
        .filter_map(|m| m.split_once(' '))
        .map(|(from, to)| format!("\nmoved {{\n  from = {from}\n  to   = {to}\n}}\n"))
        .collect();
    house.envctl.file("environments/chain/main.tf", &(moved.clone() + &blocks));
    let plan = house.run("plan", "chain", &["-var=name=two"]).ok().says("moved from aws_eip.e");
    assert!(plan.stdout.contains("0 to add, 0 to change, 0 to destroy"), "{}", plan.text());
    house.proxy.reset_stats();
    house.apply("chain", &["-var=name=two"]);
    assert_eq!(super::changes(&house.proxy), [""; 0]);

    let without = moved.split_once("resource \"aws_eip\"").map(|(start, _)| start.to_owned()).unwrap();
    house.envctl.file("environments/chain/main.tf", &without);
    house.apply("chain", &["-var=name=two"]).says("0 added, 0 changed, 2 destroyed");
    house.run("destroy", "chain", &["-var=name=two"]).ok();
    assert_nothing_left(&house.aws, &before);
}
