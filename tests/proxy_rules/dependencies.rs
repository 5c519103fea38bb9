//! What is in use is not deleted.

use super::{IMAGE, World};
use serde_json::json;

#[test]
fn a_vpc_with_anything_in_it_stays() {
    let world = World::new();
    let with = |fill: &dyn Fn(&str)| {
        let vpc = world.vpc();
        fill(&vpc);
        world.aws.try_call("ec2", "DeleteVpc", &[("VpcId", &vpc)]).map(|_| ()).map_err(|refused| refused.code)
    };
    let used = Err("DependencyViolation".to_owned());
    assert_eq!(with(&|vpc| drop(world.subnet(vpc, "10.0.0.0/24"))), used);
    assert_eq!(with(&|vpc| drop(world.group(vpc, "g"))), used);
    assert_eq!(with(&|vpc| drop(world.gateway(vpc))), used);
    assert_eq!(with(&|vpc| drop(world.aws.ec2("CreateRouteTable", &[("VpcId", vpc)]))), used);
    assert_eq!(with(&|vpc| drop(world.aws.ec2("CreateNetworkAcl", &[("VpcId", vpc)]))), used);
    assert_eq!(with(&|_| ()), Ok(()));
    world.disable("dependencies");
    assert_eq!(with(&|vpc| drop(world.group(vpc, "g"))), Ok(()));
    assert_eq!(with(&|vpc| drop(world.gateway(vpc))), Ok(()));
}

#[test]
fn a_deleted_vpc_leaves_nothing() {
    let world = World::new();
    let left = |vpc: &str| {
        let lists = [
            ("DescribeNetworkAcls", "networkAclSet"),
            ("DescribeSecurityGroups", "securityGroupInfo"),
            ("DescribeRouteTables", "routeTableSet"),
        ];
        lists.iter().map(|(action, set)| world.list(action, set, "vpc-id", vpc).len()).sum::<usize>()
    };
    let vpc = world.vpc();
    world.aws.ec2("DeleteVpc", &[("VpcId", &vpc)]);
    assert_eq!(left(&vpc), 0);
    world.disable("dependencies");
    let vpc = world.vpc();
    world.aws.ec2("DeleteVpc", &[("VpcId", &vpc)]);
    assert_eq!(left(&vpc), 1);
}

#[test]
fn an_instance_holds_its_subnet_and_group_until_it_is_gone() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let group = world.group(&vpc, "web");
    let id = world.run(&[("SubnetId", &subnet), ("SecurityGroupId.1", &group)]);
    let refused = || {
        let subnet = world.aws.try_call("ec2", "DeleteSubnet", &[("SubnetId", &subnet)]);
        let group = world.aws.try_call("ec2", "DeleteSecurityGroup", &[("GroupId", &group)]);
        [subnet, group].map(|result| result.err().map_or(String::new(), |refused| refused.code))
    };
    assert_eq!(refused(), ["DependencyViolation", "DependencyViolation"]);
    world.aws.ec2("TerminateInstances", &[("InstanceId.1", &id)]);
    assert_eq!(refused(), ["DependencyViolation", "DependencyViolation"], "still shutting down");
    assert_eq!((world.state(&id), world.state(&id)), ("shutting-down".into(), "terminated".into()));
    assert_eq!(refused(), ["", ""]);
}

#[test]
fn moto_would_delete_them_under_a_running_instance() {
    let world = World::quick();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let group = world.group(&vpc, "web");
    world.run(&[("SubnetId", &subnet), ("SecurityGroupId.1", &group)]);
    world.disable("dependencies");
    world.aws.ec2("DeleteSecurityGroup", &[("GroupId", &group)]);
    world.aws.ec2("DeleteSubnet", &[("SubnetId", &subnet)]);
}

#[test]
fn a_group_that_another_names_stays_and_the_default_one_always() {
    let world = World::new();
    let vpc = world.vpc();
    let (one, two) = (world.group(&vpc, "one"), world.group(&vpc, "two"));
    let rule = [
        ("GroupId", one.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.Groups.1.GroupId", two.as_str()),
    ];
    world.aws.ec2("AuthorizeSecurityGroupIngress", &rule);
    assert_eq!(world.refusal("DeleteSecurityGroup", &[("GroupId", &two)]), "DependencyViolation");
    world.aws.ec2("DeleteSecurityGroup", &[("GroupId", &one)]);
    world.aws.ec2("DeleteSecurityGroup", &[("GroupId", &two)]);
    let groups = world.list("DescribeSecurityGroups", "securityGroupInfo", "vpc-id", &vpc);
    let default = groups[0].text_at("groupId");
    assert_eq!(world.refusal("DeleteSecurityGroup", &[("GroupId", default)]), "CannotDelete");
    world.disable("dependencies");
    world.aws.ec2("DeleteSecurityGroup", &[("GroupId", default)]);
}

#[test]
fn a_gateway_stays_while_addresses_are_mapped() {
    let world = World::quick();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let gateway = world.gateway(&vpc);
    let id = world.run(&[("SubnetId", &subnet)]);
    let address = world.make("AllocateAddress", &[("Domain", "vpc")], "allocationId");
    world.aws.ec2("AssociateAddress", &[("AllocationId", &address), ("InstanceId", &id)]);
    let detach = [("InternetGatewayId", gateway.as_str()), ("VpcId", vpc.as_str())];
    assert_eq!(world.refusal("DetachInternetGateway", &detach), "DependencyViolation");
    world.disable("dependencies");
    world.aws.ec2("DetachInternetGateway", &detach);
}

#[test]
fn what_an_instance_leaves_goes_with_it() {
    let world = World::quick();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let terminate = |id: &str| world.aws.ec2("TerminateInstances", &[("InstanceId.1", id)]);
    let interfaces = || world.list("DescribeNetworkInterfaces", "networkInterfaceSet", "subnet-id", &subnet).len();
    let id = world.run(&[("SubnetId", &subnet)]);
    let address = world.make("AllocateAddress", &[("Domain", "vpc")], "allocationId");
    world.aws.ec2("AssociateAddress", &[("AllocationId", &address), ("InstanceId", &id)]);
    assert_eq!(world.describe(&id).text_at("networkInterfaceSet/item/attachment/deleteOnTermination"), "true");
    terminate(&id);
    assert_eq!(interfaces(), 0);
    let tree = world.aws.ec2("DescribeAddresses", &[("AllocationId.1", &address)]);
    assert_eq!(tree.text_at("addressesSet/item/associationId"), "");
    assert!(world.describe(&id).child("subnetId").is_none());
    world.proxy.set(json!({"disabled": ["termination"]}));
    let id = world.run(&[("SubnetId", &subnet)]);
    terminate(&id);
    assert_eq!(interfaces(), 1);
    assert!(world.describe(&id).child("subnetId").is_some());
}

#[test]
fn a_subnet_takes_its_route_table_association_along() {
    let world = World::new();
    let vpc = world.vpc();
    let table = || world.make("CreateRouteTable", &[("VpcId", &vpc)], "routeTable/routeTableId");
    let (one, two) = (table(), table());
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let associate = |table: &str| {
        let params = [("RouteTableId", table), ("SubnetId", subnet.as_str())];
        world.aws.try_call("ec2", "AssociateRouteTable", &params).map(|_| ()).map_err(|refused| refused.code)
    };
    assert_eq!(associate(&one), Ok(()));
    assert_eq!(associate(&two), Err("Resource.AlreadyAssociated".to_owned()));
    world.aws.ec2("DeleteSubnet", &[("SubnetId", &subnet)]);
    world.aws.ec2("DeleteRouteTable", &[("RouteTableId", &one)]);
    let main = world.list("DescribeRouteTables", "routeTableSet", "association.main", "true");
    let main = main.iter().find(|table| table.text_at("vpcId") == vpc).expect("a main table").text_at("routeTableId");
    assert_eq!(world.refusal("DeleteRouteTable", &[("RouteTableId", main)]), "DependencyViolation");
    world.disable("route-table-associations");
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    world.aws.ec2("AssociateRouteTable", &[("RouteTableId", &two), ("SubnetId", &subnet)]);
    world.aws.ec2("DeleteSubnet", &[("SubnetId", &subnet)]);
    assert_eq!(world.refusal("DeleteRouteTable", &[("RouteTableId", &two)]), "DependencyViolation");
    world.aws.ec2("DeleteRouteTable", &[("RouteTableId", main)]);
}

#[test]
fn run_instances_refuses_what_is_not_there() {
    let world = World::quick();
    let subnet = world.network();
    let run = |params: &[(&str, &str)]| {
        let mut all = vec![("MinCount", "1"), ("MaxCount", "1"), ("SubnetId", subnet.as_str())];
        for (name, value) in [("ImageId", IMAGE), ("InstanceType", "t3.micro")] {
            if !params.iter().any(|(given, _)| *given == name) {
                all.push((name, value));
            }
        }
        all.extend(params);
        world.aws.try_call("ec2", "RunInstances", &all).map(|_| String::new()).unwrap_or_else(|refused| refused.code)
    };
    assert_eq!(run(&[("ImageId", "ami-0123456789abcdef0")]), "InvalidAMIID.NotFound");
    assert_eq!(run(&[("InstanceType", "t9.huge")]), "InvalidParameterValue");
    assert_eq!(run(&[("KeyName", "nobody")]), "InvalidKeyPair.NotFound");
    assert_eq!(run(&[("IamInstanceProfile.Name", "nobody")]), "InvalidParameterValue");
    assert_eq!(run(&[("PrivateIpAddress", "10.9.0.1")]), "InvalidParameterValue");
    assert_eq!(run(&[("PrivateIpAddress", "10.0.1.50")]), "");
    assert_eq!(run(&[("PrivateIpAddress", "10.0.1.50")]), "InvalidIPAddress.InUse");
    world.disable("run-instances-checks");
    assert_eq!(run(&[("ImageId", "ami-0123456789abcdef0")]), "");
    assert_eq!(run(&[("InstanceType", "t9.huge")]), "");
    assert_eq!(run(&[("KeyName", "nobody")]), "");
}

#[test]
fn a_subnet_takes_its_acl_association_along() {
    let world = World::new();
    let acls = |vpc: &str| world.list("DescribeNetworkAcls", "networkAclSet", "vpc-id", vpc);
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let custom = world.make("CreateNetworkAcl", &[("VpcId", &vpc)], "networkAcl/networkAclId");
    let default = acls(&vpc).into_iter().find(|acl| acl.text_at("default") == "true").expect("the default ACL");
    let association = default.text_at("associationSet/item/networkAclAssociationId");
    world.aws.ec2("ReplaceNetworkAclAssociation", &[("AssociationId", association), ("NetworkAclId", &custom)]);
    world.aws.ec2("DeleteSubnet", &[("SubnetId", &subnet)]);
    world.aws.ec2("DeleteNetworkAcl", &[("NetworkAclId", &custom)]);
    assert_eq!(acls(&vpc).len(), 1);
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    world.aws.ec2("DeleteSubnet", &[("SubnetId", &subnet)]);
    world.aws.ec2("DeleteVpc", &[("VpcId", &vpc)]);
    assert!(acls(&vpc).is_empty());
    world.disable("subnet-acl-associations");
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    world.aws.ec2("DeleteSubnet", &[("SubnetId", &subnet)]);
    assert_eq!(acls(&vpc)[0].items("associationSet").len(), 1);
}
