//! Elastic addresses and DHCP options.

use super::world::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn eip() {
    let w = World::new("eu-central-2").await;
    let mut eip = w.create("aws_eip", json!({"domain": "vpc", "tags": {"Name": "edge"}})).await;
    assert!(eip.str("public_dns").starts_with("ec2-"));
    w.locate(&eip).await;
    w.settle(&eip).await;
    w.import(&eip, eip.id()).await;
    w.update(&mut eip, json!({"domain": "vpc", "tags": {"Name": "edge2"}})).await;
    w.delete(eip).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eip_association() {
    let w = World::new("eu-south-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let gateway = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let made = w.hand().ec2("CreateNetworkInterface", &[("SubnetId", subnet.id())]);
    let interface = made.at("networkInterface/networkInterfaceId").expect("an interface").text.clone();
    let mut eip = w.create("aws_eip", json!({"domain": "vpc"})).await;
    let association = w.create("aws_eip_association", json!({"allocation_id": eip.id(), "network_interface_id": interface})).await;
    assert_eq!(association.str("public_ip"), eip.str("public_ip"));
    w.locate(&association).await;
    w.import(&association, association.id()).await;
    w.refresh(&mut eip).await;
    w.check(&eip).await;
    assert_eq!(eip.str("association_id"), association.id());
    w.delete(association).await;
    w.refresh(&mut eip).await;
    w.update(&mut eip, json!({"domain": "vpc", "network_interface": interface})).await;
    w.delete(eip).await;
    w.hand().ec2("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)]);
    for made in [subnet, gateway, vpc] {
        w.delete(made).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dhcp_options() {
    let w = World::new("eu-south-2").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let servers = json!({"domain_name": "example.internal", "domain_name_servers": ["10.0.0.2", "1.1.1.1"], "tags": {"Name": "d"}});
    let mut options = w.create("aws_vpc_dhcp_options", servers).await;
    w.locate(&options).await;
    w.settle(&options).await;
    w.import(&options, options.id()).await;
    let swapped = json!({"domain_name": "example.internal", "domain_name_servers": ["1.1.1.1", "10.0.0.2"]});
    assert_eq!(w.replaces(&options, swapped), ["domain_name_servers"]);
    w.update(
        &mut options,
        json!({"domain_name": "example.internal", "domain_name_servers": ["10.0.0.2", "1.1.1.1"], "tags": {"Name": "e"}}),
    )
    .await;
    let other = w.create("aws_vpc_dhcp_options", json!({"ntp_servers": ["10.0.0.3"]})).await;
    let mut association = w.create("aws_vpc_dhcp_options_association", json!({"vpc_id": vpc.id(), "dhcp_options_id": options.id()})).await;
    w.locate(&association).await;
    w.import(&association, vpc.id()).await;
    w.update(&mut association, json!({"vpc_id": vpc.id(), "dhcp_options_id": other.id()})).await;
    w.delete(association).await;
    // moto forgets the VPC of a set only when `default` follows it directly.
    for set in [options.id(), "default"] {
        w.hand().ec2("AssociateDhcpOptions", &[("VpcId", vpc.id()), ("DhcpOptionsId", set)]);
    }
    for made in [options, other, vpc] {
        w.delete(made).await;
    }
    assert_eq!(w.complaints("aws_vpc_dhcp_options", json!({})).len(), 1);
}
