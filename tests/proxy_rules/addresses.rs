//! Rules about elastic addresses.

use super::World;

fn address(world: &World) -> String {
    world.make("AllocateAddress", &[("Domain", "vpc")], "allocationId")
}

#[test]
fn an_address_in_use_moves_only_when_allowed() {
    let world = World::quick();
    let subnet = world.network();
    let (one, two) = (world.run(&[("SubnetId", &subnet)]), world.run(&[("SubnetId", &subnet)]));
    let id = address(&world);
    let to = |instance: &str, more: &[(&str, &str)]| {
        let mut params = vec![("AllocationId", id.as_str()), ("InstanceId", instance)];
        params.extend(more);
        world.aws.try_call("ec2", "AssociateAddress", &params).map(|tree| tree.text_at("associationId").to_owned())
    };
    let first = to(&one, &[]).unwrap();
    assert_eq!(to(&one, &[]).unwrap(), first, "the same target changes nothing");
    assert_eq!(to(&two, &[]).unwrap_err().code, "Resource.AlreadyAssociated");
    assert_ne!(to(&two, &[("AllowReassociation", "true")]).unwrap(), first);
    assert_eq!(world.refusal("ReleaseAddress", &[("AllocationId", &id)]), "InvalidIPAddress.InUse");
    world.disable("addresses");
    assert_ne!(to(&two, &[]).unwrap(), to(&two, &[]).unwrap());
    world.aws.ec2("ReleaseAddress", &[("AllocationId", &id)]);
}

#[test]
fn an_address_has_a_name_for_reverse_lookups() {
    let world = World::new();
    let id = address(&world);
    world.aws.ec2("ModifyAddressAttribute", &[("AllocationId", &id), ("DomainName", "mail.example.com")]);
    let ask = [("AllocationId.1", id.as_str()), ("Attribute", "domain-name")];
    let tree = world.aws.ec2("DescribeAddressesAttribute", &ask);
    assert_eq!(tree.text_at("addressSet/item/ptrRecord"), "mail.example.com.");
    world.disable("addresses");
    let name = [("AllocationId", id.as_str()), ("DomainName", "mail.example.com")];
    assert!(world.aws.try_call("ec2", "ModifyAddressAttribute", &name).is_err());
}
