//! VPCs and what lies in them.

use super::world::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn vpc() {
    let w = World::configured("eu-west-1", json!({"default_tags": [{"tags": {"env": "test"}}], "ignore_tags": [{"keys": ["team"]}]})).await;
    let mut vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true, "tags": {"Name": "main"}})).await;
    assert!(vpc.str("main_route_table_id").starts_with("rtb-"));
    assert!(vpc.str("default_security_group_id").starts_with("sg-"));
    assert!(vpc.str("default_network_acl_id").starts_with("acl-"));
    assert!(vpc.str("arn").ends_with(vpc.id()));
    w.locate(&vpc).await;
    w.settle(&vpc).await;
    let tags = w.hand().ec2("DescribeTags", &[("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", vpc.id())]);
    assert!(!format!("{tags:?}").contains("envctl:intent"));
    w.import(&vpc, vpc.id()).await;
    w.update(
        &mut vpc,
        json!({"cidr_block": "10.0.0.0/16", "enable_dns_support": false, "enable_dns_hostnames": false, "tags": {"Owner": "me"}}),
    )
    .await;
    let all = envctl::aws::shape::string_map(vpc.get("tags_all"));
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [("Owner".to_string(), "me".to_string()), ("env".to_string(), "test".to_string())]);
    assert_eq!(w.replaces(&vpc, json!({"cidr_block": "10.1.0.0/16"})), ["cidr_block"]);
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vpcs_read_in_few_calls_and_without_asking_for_the_account() {
    let w = World::new("eu-north-1").await;
    let one = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let two = w.create("aws_vpc", json!({"cidr_block": "10.1.0.0/16"})).await;
    w.proxy.reset_stats();
    w.read(&one).await;
    assert_eq!(w.proxy.calls("ec2/DescribeVpcs"), 1);
    assert_eq!(w.proxy.calls("ec2/DescribeVpcAttribute"), 3);
    assert_eq!(w.proxy.calls("sts/GetCallerIdentity"), 0);
    let calls = w.provider.stats().snapshot();
    assert!(calls.get("EC2.DescribeVpcs").is_some_and(|c| c.calls >= 1), "{calls:?}");
    w.delete(one).await;
    w.delete(two).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subnet() {
    let w = World::new("eu-west-2").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "assign_generated_ipv6_cidr_block": true})).await;
    let base = json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-2a", "map_public_ip_on_launch": true, "tags": {"Name": "a"}});
    let mut subnet = w.create("aws_subnet", base).await;
    assert!(subnet.str("availability_zone_id").starts_with("euw2-"));
    w.locate(&subnet).await;
    w.settle(&subnet).await;
    w.import(&subnet, &format!("{}@eu-west-2", subnet.id())).await;
    let changed = json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-2a", "enable_resource_name_dns_a_record_on_launch": true});
    w.update(&mut subnet, changed).await;
    assert_eq!(w.replaces(&subnet, json!({"vpc_id": vpc.id(), "cidr_block": "10.0.2.0/24"})), ["cidr_block"]);
    assert_eq!(w.complaints("aws_subnet", json!({"vpc_id": "v", "availability_zone": "a", "availability_zone_id": "b"})).len(), 1);
    w.delete(subnet).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn internet_gateway() {
    let w = World::new("eu-west-3").await;
    let one = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let two = w.create("aws_vpc", json!({"cidr_block": "10.1.0.0/16"})).await;
    let mut gateway = w.create("aws_internet_gateway", json!({"vpc_id": one.id(), "tags": {"Name": "gw"}})).await;
    w.locate(&gateway).await;
    w.settle(&gateway).await;
    w.import(&gateway, gateway.id()).await;
    w.update(&mut gateway, json!({"vpc_id": two.id()})).await;
    assert_eq!(gateway.str("vpc_id"), two.id());
    w.delete(gateway).await;
    let loose = w.create("aws_internet_gateway", json!({})).await;
    w.delete(loose).await;
    w.delete(one).await;
    w.delete(two).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn default_security_group() {
    let w = World::new("il-central-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let closed = w.create("aws_default_security_group", json!({"vpc_id": vpc.id()})).await;
    assert_eq!(closed.id(), vpc.str("default_security_group_id"));
    assert!(closed.get("ingress").items().unwrap().is_empty() && closed.get("egress").items().unwrap().is_empty());
    let own = json!([{"protocol": "-1", "self": true, "from_port": 0, "to_port": 0}]);
    let mut group = w.create("aws_default_security_group", json!({"vpc_id": vpc.id(), "ingress": own, "tags": {"Name": "default"}})).await;
    w.locate(&group).await;
    w.import(&group, group.id()).await;
    let out = json!([{"protocol": "6", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}]);
    w.update(&mut group, json!({"vpc_id": vpc.id(), "ingress": [], "egress": out})).await;
    w.forget(&group).await;
    assert!(w.read(&group).await.is_some(), "the group stays");
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vpc_ipv4_cidr_block_association() {
    let w = World::new("me-central-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let block = w.create("aws_vpc_ipv4_cidr_block_association", json!({"vpc_id": vpc.id(), "cidr_block": "10.1.0.0/16"})).await;
    w.locate(&block).await;
    w.import(&block, block.id()).await;
    assert_eq!(w.replaces(&block, json!({"vpc_id": vpc.id(), "cidr_block": "10.2.0.0/16"})), ["cidr_block"]);
    // moto removes the block's local route, which it made for the first block only: a stand-in.
    let gateway = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    w.hand().ec2(
        "CreateRoute",
        &[("RouteTableId", vpc.str("main_route_table_id")), ("DestinationCidrBlock", "10.1.0.0/16"), ("GatewayId", gateway.id())],
    );
    w.forget(&block).await;
    assert!(w.read(&block).await.is_none());
    w.delete(gateway).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ways_out_for_private_subnets() {
    let w = World::new("me-central-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16", "assign_generated_ipv6_cidr_block": true})).await;
    let gateway = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let eip = w.create("aws_eip", json!({"domain": "vpc"})).await;
    let config = |name: &str| json!({"allocation_id": eip.id(), "subnet_id": subnet.id(), "tags": {"Name": name}});
    let mut nat = w.create("aws_nat_gateway", config("out")).await;
    assert!(nat.id().starts_with("nat-"));
    assert_eq!((nat.str("public_ip"), nat.str("vpc_id"), nat.str("connectivity_type")), (eip.str("public_ip"), vpc.id(), "public"));
    w.locate(&nat).await;
    w.settle(&nat).await;
    w.import(&nat, nat.id()).await;
    w.update(&mut nat, config("way-out")).await;
    assert_eq!(w.replaces(&nat, json!({"connectivity_type": "private", "subnet_id": subnet.id()})), ["allocation_id", "connectivity_type"]);
    assert_eq!(w.complaints("aws_nat_gateway", json!({"connectivity_type": "private", "allocation_id": "eipalloc-1"})).len(), 2);
    w.delete(nat).await;

    let mut six = w.create("aws_egress_only_internet_gateway", json!({"vpc_id": vpc.id(), "tags": {"Name": "out"}})).await;
    assert!(six.id().starts_with("eigw-"));
    w.locate(&six).await;
    w.settle(&six).await;
    w.import(&six, six.id()).await;
    w.update(&mut six, json!({"vpc_id": vpc.id(), "tags": {"Name": "way-out"}})).await;
    assert_eq!(w.replaces(&six, json!({"vpc_id": "vpc-2"})), ["vpc_id"]);
    w.delete(six).await;
    drop((gateway, subnet, eip));
}
