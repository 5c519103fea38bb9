//! Rules about ACLs, groups, subnets, DHCP options and zones.

use super::World;
use crate::proxy::xml::Node;

fn entry<'a>(acl: &'a str, number: &'a str, protocol: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("NetworkAclId", acl),
        ("RuleNumber", number),
        ("Protocol", protocol),
        ("RuleAction", "allow"),
        ("Egress", "false"),
        ("CidrBlock", "0.0.0.0/0"),
    ]
}

fn find<'a>(acl: &'a Node, number: &str) -> &'a Node {
    acl.items("entrySet").iter().find(|entry| entry.text_at("ruleNumber") == number).expect("the entry")
}

#[test]
fn acl_entries_read_as_on_aws() {
    let world = World::new();
    let vpc = world.vpc();
    let made = world.aws.ec2("CreateNetworkAcl", &[("VpcId", &vpc)]);
    assert_eq!(made.items("networkAcl/entrySet").len(), 2, "the two last entries");
    let id = made.text_at("networkAcl/networkAclId").to_owned();
    let mut tcp = entry(&id, "1", "tcp");
    tcp.extend([("PortRange.From", "80"), ("PortRange.To", "81")]);
    world.aws.ec2("CreateNetworkAclEntry", &tcp);
    let mut icmp = entry(&id, "2", "1");
    icmp.extend([("Icmp.Type", "8"), ("Icmp.Code", "-1")]);
    world.aws.ec2("CreateNetworkAclEntry", &icmp);
    let mut all = entry(&id, "3", "-1");
    all.extend([("PortRange.From", "0"), ("PortRange.To", "0")]);
    world.aws.ec2("CreateNetworkAclEntry", &all);
    let acl = || world.aws.ec2("DescribeNetworkAcls", &[("NetworkAclId.1", &id)]).at("networkAclSet/item").cloned().unwrap();
    let read = acl();
    assert_eq!(read.items("entrySet").len(), 5);
    assert_eq!((find(&read, "1").text_at("protocol"), find(&read, "1").text_at("portRange/from")), ("6", "80"));
    assert_eq!((find(&read, "2").text_at("icmpTypeCode/type"), find(&read, "2").text_at("icmpTypeCode/code")), ("8", "-1"));
    assert!(find(&read, "3").child("portRange").is_none());
    assert_eq!(find(&read, "32767").text_at("ruleAction"), "deny");
    world.disable("network-acl-entries");
    let read = acl();
    assert_eq!(read.items("entrySet").len(), 3);
    assert_eq!(find(&read, "1").text_at("protocol"), "tcp");
    assert!(find(&read, "2").child("icmpTypeCode").is_none());
    assert!(find(&read, "3").child("portRange").is_some());
}

#[test]
fn missing_acl_things_are_refused_by_name() {
    let world = World::new();
    let vpc = world.vpc();
    let id = world.make("CreateNetworkAcl", &[("VpcId", &vpc)], "networkAcl/networkAclId");
    let gone = entry(&id, "9", "6");
    let delete = [("NetworkAclId", id.as_str()), ("RuleNumber", "9"), ("Egress", "false")];
    let move_on = [("AssociationId", "aclassoc-0123"), ("NetworkAclId", id.as_str())];
    let filter = [("Filter.1.Name", "network-acl-id"), ("Filter.1.Value.1", id.as_str()), ("Filter.1.Value.2", "acl-0123")];
    assert_eq!(world.refusal("ReplaceNetworkAclEntry", &gone), "InvalidNetworkAclEntry.NotFound");
    assert_eq!(world.refusal("DeleteNetworkAclEntry", &delete), "InvalidNetworkAclEntry.NotFound");
    assert_eq!(world.refusal("ReplaceNetworkAclAssociation", &move_on), "InvalidAssociationID.NotFound");
    assert_eq!(world.refusal("DescribeNetworkAcls", &[("NetworkAclId.1", "acl-0123")]), "InvalidNetworkAclID.NotFound");
    assert_eq!(world.aws.ec2("DescribeNetworkAcls", &filter).items("networkAclSet").len(), 1);
    world.disable("network-acl-entries");
    for (action, params) in
        [("DeleteNetworkAclEntry", &delete[..]), ("ReplaceNetworkAclAssociation", &move_on), ("DescribeNetworkAcls", &filter)]
    {
        assert_eq!(world.aws.try_call("ec2", action, params).unwrap_err().status, 500, "{action}");
    }
}

#[test]
fn authorize_answers_every_rule() {
    let world = World::new();
    let vpc = world.vpc();
    let group = world.group(&vpc, "web");
    let rules = |port: &'static str| {
        let params = [
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", port),
            ("IpPermissions.1.ToPort", port),
            ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"),
            ("IpPermissions.1.IpRanges.2.CidrIp", "11.0.0.0/8"),
            ("IpPermissions.2.IpProtocol", "udp"),
            ("IpPermissions.2.FromPort", port),
            ("IpPermissions.2.ToPort", port),
            ("IpPermissions.2.Ipv6Ranges.1.CidrIpv6", "::/0"),
        ];
        world.aws.ec2("AuthorizeSecurityGroupIngress", &params).items("securityGroupRuleSet").len()
    };
    assert_eq!(rules("80"), 3);
    assert_eq!(
        world
            .aws
            .ec2(
                "AuthorizeSecurityGroupEgress",
                &[
                    ("GroupId", &group),
                    ("IpPermissions.1.IpProtocol", "udp"),
                    ("IpPermissions.1.FromPort", "53"),
                    ("IpPermissions.1.ToPort", "53"),
                    ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"),
                    ("IpPermissions.1.IpRanges.2.CidrIp", "11.0.0.0/8"),
                ]
            )
            .items("securityGroupRuleSet")
            .len(),
        2
    );
    world.disable("security-group-answers");
    assert_eq!(rules("81"), 1);
}

#[test]
fn dhcp_options_keep_tags_and_lease_time() {
    let world = World::new();
    let make = || {
        let params = [
            ("DhcpConfiguration.1.Key", "domain-name"),
            ("DhcpConfiguration.1.Value.1", "example.com"),
            ("DhcpConfiguration.2.Key", "ipv6-address-preferred-lease-time"),
            ("DhcpConfiguration.2.Value.1", "1440"),
            ("TagSpecification.1.ResourceType", "dhcp-options"),
            ("TagSpecification.1.Tag.1.Key", "Name"),
            ("TagSpecification.1.Tag.1.Value", "main"),
        ];
        let made = world.aws.ec2("CreateDhcpOptions", &params);
        let id = made.text_at("dhcpOptions/dhcpOptionsId").to_owned();
        let tree = world.aws.ec2("DescribeDhcpOptions", &[("DhcpOptionsId.1", &id)]);
        (made.items("dhcpOptions/tagSet").len(), tree.at("dhcpOptionsSet/item").cloned().unwrap())
    };
    let (tags, read) = make();
    assert_eq!((tags, read.text_at("tagSet/item/value")), (1, "main"));
    let lease = &read.items("dhcpConfigurationSet")[1];
    assert_eq!(lease.text_at("valueSet/item/value"), "1440");
    world.disable("dhcp-options");
    let (tags, read) = make();
    assert_eq!((tags, read.items("tagSet").len(), read.items("dhcpConfigurationSet").len()), (0, 0, 1));
}

#[test]
fn subnets_keep_their_attributes() {
    let world = World::new();
    let subnet = world.network();
    let set = |name: &str, value: &str| drop(world.aws.ec2("ModifySubnetAttribute", &[("SubnetId", &subnet), (name, value)]));
    let read = || world.aws.ec2("DescribeSubnets", &[("SubnetId.1", &subnet)]).at("subnetSet/item").cloned().unwrap();
    assert_eq!(read().text_at("enableDns64"), "false");
    set("EnableDns64.Value", "true");
    set("PrivateDnsHostnameTypeOnLaunch", "resource-name");
    set("EnableResourceNameDnsAAAARecordOnLaunch.Value", "true");
    let path = "privateDnsNameOptionsOnLaunch/enableResourceNameDnsAAAARecord";
    assert_eq!((read().text_at("enableDns64"), read().text_at(path)), ("true", "true"));
    assert_eq!(read().text_at("privateDnsNameOptionsOnLaunch/hostnameType"), "resource-name");
    world.disable("subnet-attributes");
    assert_eq!((read().text_at("enableDns64"), read().text_at(path)), ("", "false"));
}

#[test]
fn the_state_of_an_ipv6_block_is_a_word() {
    let world = World::new();
    let vpc = world.aws.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16"), ("AmazonProvidedIpv6CidrBlock", "true")]);
    let block = vpc.text_at("vpc/ipv6CidrBlockAssociationSet/item/ipv6CidrBlock").replace("/56", "/64");
    let params = [("VpcId", vpc.text_at("vpc/vpcId")), ("CidrBlock", "10.0.1.0/24"), ("Ipv6CidrBlock", &block)];
    let subnet = world.make("CreateSubnet", &params, "subnet/subnetId");
    let read = || world.aws.ec2("DescribeSubnets", &[("SubnetId.1", &subnet)]);
    let path = "subnetSet/item/ipv6CidrBlockAssociationSet/item/ipv6CidrBlockState/state";
    assert_eq!(read().text_at(path), "associated");
    world.disable("subnet-attributes");
    assert_ne!(read().text_at(path), "associated");
}

#[test]
fn zones_say_their_group() {
    let world = World::new();
    let zone = || world.aws.ec2("DescribeAvailabilityZones", &[]).items("availabilityZoneInfo")[0].clone();
    assert_eq!(zone().text_at("optInStatus"), "opt-in-not-required");
    assert_eq!(zone().text_at("groupName"), format!("{}-zg-1", world.region));
    world.disable("availability-zones");
    assert!(zone().child("groupName").is_none());
}
