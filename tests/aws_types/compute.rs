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
    w.update(&mut made, group(&vpc, json!([other, {"protocol": "udp", "from_port": 53, "to_port": 53, "cidr_blocks": ["10.0.0.0/8"]}])))
        .await;
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
    let allow = [
        ("GroupId", made.id()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"),
    ];
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
    let mut key =
        w.create("aws_key_pair", json!({"key_name": "deploy", "public_key": format!("{KEY} me@here\n"), "tags": {"a": "b"}})).await;
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

/// An Ubuntu image of `tests/proxy/images.json`.
const IMAGE: &str = "ami-22040a10000000000";

struct Net {
    vpc: Made,
    subnet: Made,
    group: Made,
}

async fn net(w: &World) -> Net {
    let vpc = vpc(w).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24", "map_public_ip_on_launch": true})).await;
    let group = w.create("aws_security_group", json!({"name": "web", "vpc_id": vpc.id()})).await;
    Net { vpc, subnet, group }
}

impl Net {
    async fn remove(self, w: &World) {
        w.delete(self.group).await;
        w.delete(self.subnet).await;
        w.delete(self.vpc).await;
    }

    fn instance(&self, more: Json) -> Json {
        let mut all =
            json!({"ami": IMAGE, "instance_type": "t3.micro", "subnet_id": self.subnet.id(), "vpc_security_group_ids": [self.group.id()]});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    }
}

fn first<'a>(made: &'a Made, block: &str) -> &'a Value {
    shape::first(&made.object.attributes, block).unwrap_or_else(|| panic!("no {block}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn instance() {
    let w = World::new("us-west-1").await;
    let net = net(&w).await;
    let mut made = w.create("aws_instance", net.instance(json!({"tags": {"Name": "web"}, "user_data": "#!/bin/sh\necho one\n"}))).await;
    assert_eq!((made.str("instance_state"), made.str("user_data")), ("running", "#!/bin/sh\necho one\n"));
    assert!(made.str("primary_network_interface_id").starts_with("eni-") && made.str("private_ip").starts_with("10.0.1."));
    assert!(!made.str("public_ip").is_empty() && made.str("arn").ends_with(&format!(":instance/{}", made.id())));
    assert!(shape::text(first(&made, "credit_specification"), "cpu_credits").is_some());
    w.locate(&made).await;
    let imported = w.import(&made, made.id()).await;
    assert_eq!(imported.attributes.get("user_data"), Some(made.get("user_data")));

    w.proxy.reset_stats();
    w.update(&mut made, net.instance(json!({"tags": {"Name": "app"}, "user_data": "#!/bin/sh\necho two\n", "instance_type": "t3.small"})))
        .await;
    assert_eq!((w.proxy.calls("ec2/StopInstances"), w.proxy.calls("ec2/StartInstances")), (1, 1));
    assert_eq!((made.str("instance_type"), made.str("instance_state")), ("t3.small", "running"));

    let kept = json!({"disable_api_termination": true, "disable_api_stop": true, "monitoring": true, "instance_initiated_shutdown_behavior": "terminate",
        "source_dest_check": false, "instance_type": "t3.small", "user_data": "#!/bin/sh\necho two\n",
        "metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 2}], "credit_specification": [{"cpu_credits": "unlimited"}],
        "maintenance_options": [{"auto_recovery": "disabled"}], "private_dns_name_options": [{"enable_resource_name_dns_a_record": true}]});
    w.proxy.reset_stats();
    w.update(&mut made, net.instance(kept)).await;
    assert_eq!(w.proxy.calls("ec2/StopInstances"), 0);
    assert_eq!(shape::text(first(&made, "metadata_options"), "http_tokens"), Some("required"));
    let other = w.create("aws_security_group", json!({"name": "other", "vpc_id": net.vpc.id()})).await;
    let freed = json!({"vpc_security_group_ids": [other.id()], "secondary_private_ips": ["10.0.1.77"], "disable_api_termination": false, "disable_api_stop": false,
        "instance_type": "t3.micro", "user_data": "#!/bin/sh\necho two\n", "monitoring": false});
    w.update(&mut made, net.instance(freed)).await;
    assert_eq!(shape::strings(&made.object.attributes, "vpc_security_group_ids"), [other.id()]);
    assert_eq!(w.replaces(&made, net.instance(json!({"key_name": "x"}))), ["key_name"]);
    w.delete(made).await;
    w.delete(other).await;
    net.remove(&w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_volumes() {
    let w = World::configured("us-west-2", json!({"default_tags": [{"tags": {"env": "test"}}]})).await;
    let net = net(&w).await;
    let data = json!({"device_name": "/dev/sdf", "volume_size": 10, "volume_type": "gp3", "tags": {"a": "b"}});
    let volumes = |size: u32, kind: &str, tag: &str| {
        net.instance(
            json!({"root_block_device": [{"volume_size": size, "volume_type": kind, "tags": {"Name": tag}}], "ebs_block_device": [data]}),
        )
    };
    let mut made = w.create("aws_instance", volumes(20, "gp3", "one")).await;
    assert_eq!(first(&made, "root_block_device").get("volume_size").and_then(Value::as_i64), Some(20));
    assert_eq!(shape::objects(&made.object.attributes, "ebs_block_device").len(), 1);
    w.proxy.reset_stats();
    w.update(&mut made, volumes(30, "gp3", "two")).await;
    assert_eq!((w.proxy.calls("ec2/ModifyVolume"), w.proxy.calls("ec2/StopInstances")), (1, 0));
    assert_eq!(first(&made, "root_block_device").get("volume_size").and_then(Value::as_i64), Some(30));
    let tags = first(&made, "root_block_device").get("tags_all").map(shape::string_map).unwrap_or_default();
    assert_eq!((tags.get("Name").map(String::as_str), tags.get("env").map(String::as_str)), (Some("two"), Some("test")));
    let size = w.hand().ec2("DescribeVolumes", &[("Filter.1.Name", "attachment.device"), ("Filter.1.Value.1", "/dev/sdf")]);
    assert!(format!("{size:?}").contains("10"));
    w.delete(made).await;
    let mut plain = w.create("aws_instance", net.instance(json!({"volume_tags": {"a": "1"}}))).await;
    w.update(&mut plain, net.instance(json!({"volume_tags": {"b": "2"}}))).await;
    w.delete(plain).await;
    net.remove(&w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_instance_stays_unless_force_destroy_is_in_the_state() {
    let w = World::new("us-east-2").await;
    let net = net(&w).await;
    let mut kept = w.create("aws_instance", net.instance(json!({}))).await;
    w.update(&mut kept, net.instance(json!({"disable_api_termination": true}))).await;
    let error = w.try_delete(&kept).await.unwrap_err();
    assert!(error.help.is_some_and(|h| h.contains("disable_api_termination")));
    w.update(&mut kept, net.instance(json!({"disable_api_termination": true, "force_destroy": true}))).await;
    w.delete(kept).await;
    net.remove(&w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_read_in_few_calls() {
    let w = World::new("eu-south-1").await;
    let net = net(&w).await;
    let one = w.create("aws_instance", net.instance(json!({"user_data_base64": "H4sIAAAA/w=="}))).await;
    assert_eq!(one.str("user_data_base64"), "H4sIAAAA/w==");
    w.proxy.reset_stats();
    w.read(&one).await;
    for plural in ["DescribeInstances", "DescribeVolumes", "DescribeVpcs", "DescribeInstanceCreditSpecifications"] {
        assert_eq!(w.proxy.calls(&format!("ec2/{plural}")), 1, "{plural}");
    }
    assert_eq!(w.proxy.calls("ec2/DescribeInstanceAttribute"), 4);
    assert_eq!(w.proxy.stats()["total"].as_u64(), Some(8));
    w.delete(one).await;
    net.remove(&w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn security_group_rule() {
    let w = World::new("ap-northeast-2").await;
    let vpc = vpc(&w).await;
    let group = w.create("aws_security_group", json!({"name": "web", "vpc_id": vpc.id()})).await;
    let rule = |text: &str| json!({"type": "ingress", "security_group_id": group.id(), "protocol": "6", "from_port": 80, "to_port": 81, "cidr_blocks": ["10.1.0.0/16", "10.0.0.0/16"], "description": text});
    let mut made = w.create("aws_security_group_rule", rule("one")).await;
    assert!(made.id().starts_with("sgrule-"));
    w.locate(&made).await;
    w.update(&mut made, rule("two")).await;
    w.import(&made, &format!("{}_ingress_tcp_80_81_10.0.0.0/16_10.1.0.0/16", group.id())).await;
    let own = json!({"type": "egress", "security_group_id": group.id(), "protocol": "all", "from_port": 0, "to_port": 0, "self": true});
    let own = w.create("aws_security_group_rule", own).await;
    assert!(own.str("security_group_rule_id").starts_with("sgr-"));
    assert!(w.try_create("aws_security_group_rule", rule("again")).await.is_err());
    w.delete(own).await;
    w.delete(made).await;
    w.delete(group).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vpc_security_group_rules() {
    let w = World::new("ca-west-1").await;
    let vpc = vpc(&w).await;
    let group = w.create("aws_security_group", json!({"name": "web", "vpc_id": vpc.id()})).await;
    let other = w.create("aws_security_group", json!({"name": "other", "vpc_id": vpc.id()})).await;
    let web = |cidr: &str, port: u16| json!({"security_group_id": group.id(), "ip_protocol": "6", "from_port": 80, "to_port": port, "cidr_ipv4": cidr, "description": "web", "tags": {"Name": "web"}});
    let mut made = w.create("aws_vpc_security_group_ingress_rule", web("10.0.0.0/8", 80)).await;
    assert!(made.id().starts_with("sgr-") && made.str("arn").ends_with(&format!(":security-group-rule/{}", made.id())));
    assert_eq!(made.str("ip_protocol"), "6", "as it was written");
    w.locate(&made).await;
    let imported = w.import(&made, made.id()).await;
    assert_eq!(imported.str("ip_protocol"), Some("tcp"));
    assert!(w.try_create("aws_vpc_security_group_ingress_rule", web("10.0.0.0/8", 80)).await.is_err());
    let mut change = web("10.1.0.0/16", 81);
    change["tags"] = json!({"team": "data"});
    w.update(&mut made, change).await;
    assert_eq!(made.str("cidr_ipv4"), "10.1.0.0/16");
    let peer = json!({"security_group_id": group.id(), "ip_protocol": "tcp", "from_port": 80, "to_port": 81, "referenced_security_group_id": other.id()});
    assert_eq!(w.replaces(&made, peer.clone()), ["referenced_security_group_id"]);
    let inner = w.create("aws_vpc_security_group_ingress_rule", peer).await;
    let out = json!({"security_group_id": group.id(), "ip_protocol": "-1", "cidr_ipv6": "::/0"});
    let out = w.create("aws_vpc_security_group_egress_rule", out).await;
    assert!(out.get("from_port").is_null());
    w.locate(&out).await;
    for rule in [out, inner, made] {
        w.delete(rule).await;
    }
    w.delete(other).await;
    w.delete(group).await;
    w.delete(vpc).await;
}
