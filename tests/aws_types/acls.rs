//! Network ACLs, their rules and who uses them.

use super::world::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn network_acl_with_rules_inline() {
    let w = World::new("ca-central-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let https = json!({"rule_no": 100, "protocol": "tcp", "action": "ALLOW", "cidr_block": "0.0.0.0/0", "from_port": 443, "to_port": 443});
    let ping = json!({"rule_no": 110, "protocol": "icmp", "action": "allow", "cidr_block": "10.0.0.0/8", "from_port": 0, "to_port": 0, "icmp_type": -1, "icmp_code": -1});
    let all = json!({"rule_no": 100, "protocol": "-1", "action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 0, "to_port": 0});
    let mut acl = w
        .create(
            "aws_network_acl",
            json!({"vpc_id": vpc.id(), "ingress": [https, ping], "egress": [all], "subnet_ids": [subnet.id()], "tags": {"Name": "a"}}),
        )
        .await;
    w.locate(&acl).await;
    w.settle(&acl).await;
    w.import(&acl, acl.id()).await;
    w.update(&mut acl, json!({"vpc_id": vpc.id(), "ingress": [https], "egress": [all], "subnet_ids": []})).await;
    assert_eq!(acl.get("ingress").items().unwrap().len(), 1);
    w.delete(acl).await;
    w.delete(subnet).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn network_acl_rules_and_association() {
    let w = World::new("ca-west-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let acl = w.create("aws_network_acl", json!({"vpc_id": vpc.id()})).await;
    let tcp = json!({"network_acl_id": acl.id(), "rule_number": 100, "protocol": "tcp", "rule_action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 80, "to_port": 80});
    let rule = w.create("aws_network_acl_rule", tcp.clone()).await;
    assert_eq!(rule.str("protocol"), "6");
    w.locate(&rule).await;
    w.import(&rule, &format!("{}:100:tcp:false", acl.id())).await;
    assert_eq!(w.try_create("aws_network_acl_rule", tcp).await.unwrap_err().kind, envctl::provider::ErrorKind::AlreadyExists);
    let all = w.create("aws_network_acl_rule", json!({"network_acl_id": acl.id(), "rule_number": 100, "egress": true, "protocol": "-1", "rule_action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 0, "to_port": 65535})).await;
    assert_eq!(all.get("to_port").as_i64(), Some(65535));
    let udp = json!({"network_acl_id": acl.id(), "rule_number": 100, "protocol": "17", "rule_action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 80, "to_port": 80});
    assert_eq!(w.replaces(&rule, udp), ["protocol"]);
    let association = w.create("aws_network_acl_association", json!({"network_acl_id": acl.id(), "subnet_id": subnet.id()})).await;
    w.locate(&association).await;
    w.import(&association, association.id()).await;
    w.delete(association).await;
    for made in [rule, all, acl, subnet, vpc] {
        w.delete(made).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn default_network_acl() {
    let w = World::new("eu-central-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let id = vpc.str("default_network_acl_id");
    let rule = |port: u16| json!([{"rule_no": 10, "protocol": "udp", "action": "deny", "cidr_block": "10.0.0.0/8", "from_port": port, "to_port": port}]);
    let mut acl =
        w.create("aws_default_network_acl", json!({"default_network_acl_id": id, "ingress": rule(53), "tags": {"Name": "default"}})).await;
    assert!(acl.get("egress").items().unwrap().is_empty(), "adopting removes what is not configured");
    w.locate(&acl).await;
    w.import(&acl, id).await;
    w.update(&mut acl, json!({"default_network_acl_id": id, "egress": rule(54)})).await;
    w.forget(&acl).await;
    assert!(w.read(&acl).await.is_some(), "the ACL stays");
    w.delete(vpc).await;
}
