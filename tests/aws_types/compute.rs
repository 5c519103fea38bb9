//! Security groups, key pairs and instances.

use super::world::{Made, World};
use envctl::aws::shape;
use envctl::value::Value;
use serde_json::{Value as Json, json};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKLgZzJzpVqqGZqUvDg+4jTQ5ExcdWNLPUYQ5Z7ZzI1q";

async fn vpc(w: &World) -> Made {
    w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await
}

fn rules(made: &Made, direction: &str) -> Vec<Value> {
    made.get(direction).items().unwrap_or(&[]).to_vec()
}

fn group(vpc: &Made, ingress: Json) -> Json {
    let all = json!([{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}]);
    json!({"name": "web", "vpc_id": vpc.id(), "ingress": ingress, "egress": all, "tags": {"Name": "web"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn security_group() {
    let w = World::new("ca-central-1").await;
    let vpc = vpc(&w).await;
    let web = json!({"protocol": "6", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.1.0.0/16", "10.0.0.0/16"], "ipv6_cidr_blocks": ["::/0"], "description": "web"});
    let own = json!({"protocol": "all", "from_port": 0, "to_port": 0, "self": true});
    let mut made = w.create("aws_security_group", group(&vpc, json!([web, own]))).await;
    assert!(made.str("arn").ends_with(&format!(":security-group/{}", made.id())));
    assert_eq!(rules(&made, "ingress").len(), 2);
    assert!(rules(&made, "ingress").iter().any(|r| shape::text(r, "protocol") == Some("tcp")));
    assert_eq!(rules(&made, "egress").len(), 1);
    w.locate(&made).await;
    let imported = w.import(&made, made.id()).await;
    assert_eq!(imported.attributes.get("egress"), Some(made.get("egress")));

    w.proxy.reset_stats();
    let other = json!({"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.1.0.0/16"], "ipv6_cidr_blocks": ["::/0"], "description": "https"});
    w.update(&mut made, group(&vpc, json!([other, {"protocol": "udp", "from_port": 53, "to_port": 53, "cidr_blocks": ["10.0.0.0/8"]}]))).await;
    assert_eq!(w.proxy.calls("ec2/AuthorizeSecurityGroupIngress"), 1);
    assert_eq!(w.proxy.calls("ec2/UpdateSecurityGroupRuleDescriptionsIngress"), 1);
    assert_eq!(w.proxy.calls("ec2/RevokeSecurityGroupIngress"), 1);
    assert_eq!(w.proxy.calls("ec2/RevokeSecurityGroupEgress"), 0);
    w.update(&mut made, json!({"name": "web", "vpc_id": vpc.id(), "ingress": [], "egress": []})).await;
    assert!(rules(&made, "ingress").is_empty() && rules(&made, "egress").is_empty());
    assert_eq!(w.replaces(&made, json!({"name": "web", "description": "x", "vpc_id": vpc.id()})), ["description"]);
    w.delete(made).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_rules_loses_the_default_egress_and_leaves_rules_to_others() {
    let w = World::new("sa-east-1").await;
    let vpc = vpc(&w).await;
    let mut made = w.create("aws_security_group", json!({"name_prefix": "db-", "vpc_id": vpc.id()})).await;
    assert!(made.str("name").starts_with("db-") && made.str("name_prefix") == "db-");
    assert!(rules(&made, "egress").is_empty());
    w.locate(&made).await;
    let allow = [("GroupId", made.id()), ("IpPermissions.1.IpProtocol", "tcp"), ("IpPermissions.1.FromPort", "22"), ("IpPermissions.1.ToPort", "22"), ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8")];
    w.hand().ec2("AuthorizeSecurityGroupIngress", &allow);
    w.refresh(&mut made).await;
    assert_eq!(rules(&made, "ingress").len(), 1);
    w.check(&made).await;
    w.delete(made).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_name_each_other_can_be_deleted_when_asked() {
    let w = World::new("ap-south-1").await;
    let vpc = vpc(&w).await;
    let one = w.create("aws_security_group", json!({"name": "one", "vpc_id": vpc.id(), "revoke_rules_on_delete": true})).await;
    let rule = json!([{"protocol": "tcp", "from_port": 1, "to_port": 2, "security_groups": [one.id()]}]);
    let two = w.create("aws_security_group", json!({"name": "two", "vpc_id": vpc.id(), "ingress": rule, "egress": rule})).await;
    w.delete(one).await;
    w.delete(two).await;
    w.delete(vpc).await;
    let wrong = json!([{"protocol": "-1", "from_port": 1, "to_port": 0, "cidr_blocks": ["10.0.0.1/8"]}]);
    assert_eq!(w.complaints("aws_security_group", json!({"name": "sg-x", "name_prefix": "y", "ingress": wrong})).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn key_pair() {
    let w = World::new("ap-northeast-1").await;
    let mut key = w.create("aws_key_pair", json!({"key_name": "deploy", "public_key": format!("{KEY} me@here\n"), "tags": {"a": "b"}})).await;
    assert_eq!((key.id(), key.str("key_type")), ("deploy", "ed25519"));
    assert!(key.str("key_pair_id").starts_with("key-") && !key.str("fingerprint").is_empty());
    w.locate(&key).await;
    w.import(&key, "deploy").await;
    w.update(&mut key, json!({"key_name": "deploy", "public_key": KEY, "tags": {"a": "c"}})).await;
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAZzJzpVqqGZqUvDg+4jTQ5ExcdWNLPUYQ5Z7ZzI1q";
    assert_eq!(w.replaces(&key, json!({"key_name": "deploy", "public_key": other})), ["public_key"]);
    w.delete(key).await;
    let drawn = w.create("aws_key_pair", json!({"public_key": KEY})).await;
    assert_eq!(drawn.str("key_name_prefix"), "terraform-");
    w.locate(&drawn).await;
    w.delete(drawn).await;
}
