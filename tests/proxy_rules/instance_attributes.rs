//! Rules about what an instance and its volumes say of themselves.

use super::World;

#[test]
fn the_type_changes_only_while_stopped() {
    let world = World::new();
    let subnet = world.network();
    let id = world.run(&[("SubnetId", &subnet)]);
    let grow = [("InstanceId", id.as_str()), ("InstanceType.Value", "t3.small")];
    let data = [("InstanceId", id.as_str()), ("UserData.Value", "aGVsbG8=")];
    assert_eq!((world.state(&id), world.state(&id)), ("pending".into(), "running".into()));
    assert_eq!(world.refusal("ModifyInstanceAttribute", &grow), "IncorrectInstanceState");
    assert_eq!(world.refusal("ModifyInstanceAttribute", &data), "IncorrectInstanceState");
    world.aws.ec2("ModifyInstanceAttribute", &[("InstanceId", &id), ("DisableApiTermination.Value", "false")]);
    world.aws.ec2("StopInstances", &[("InstanceId.1", &id)]);
    assert_eq!(world.refusal("ModifyInstanceAttribute", &grow), "IncorrectInstanceState");
    assert_eq!((world.state(&id), world.state(&id)), ("stopping".into(), "stopped".into()));
    world.aws.ec2("ModifyInstanceAttribute", &grow);
    assert_eq!(world.describe(&id).text_at("instanceType"), "t3.small");
    world.aws.ec2("ModifyInstanceAttribute", &data);
    let seen = world.aws.ec2("DescribeInstanceAttribute", &[("InstanceId", id.as_str()), ("Attribute", "userData")]);
    assert_eq!(seen.text_at("userData/value"), "aGVsbG8=");
    world.aws.ec2("StartInstances", &[("InstanceId.1", &id)]);
    world.disable("instance-modify");
    world.aws.ec2("ModifyInstanceAttribute", &[("InstanceId", &id), ("InstanceType.Value", "t3.micro")]);
}

#[test]
fn volumes_know_their_throughput_and_iops() {
    let world = World::quick();
    let subnet = world.network();
    let root = |kind: &str, throughput: &[(&str, &str)]| {
        let mut params = vec![
            ("SubnetId", subnet.as_str()),
            ("BlockDeviceMapping.1.DeviceName", "/dev/sda1"),
            ("BlockDeviceMapping.1.Ebs.VolumeSize", "50"),
            ("BlockDeviceMapping.1.Ebs.VolumeType", kind),
        ];
        params.extend(throughput);
        let id = world.run(&params);
        world.describe(&id).text_at("blockDeviceMapping/item/ebs/volumeId").to_owned()
    };
    let describe = |volume: &str| {
        let tree = world.aws.ec2("DescribeVolumes", &[("VolumeId.1", volume)]);
        let volume = tree.at("volumeSet/item").cloned().expect("the volume");
        (volume.text_at("iops").to_owned(), volume.text_at("throughput").to_owned())
    };
    let asked = root("gp3", &[("BlockDeviceMapping.1.Ebs.Throughput", "250")]);
    assert_eq!(describe(&asked), ("3000".into(), "250".into()));
    assert_eq!(describe(&root("gp3", &[])), ("3000".into(), "125".into()));
    assert_eq!(describe(&root("gp2", &[])), ("150".into(), String::new()));
    world.aws.ec2("ModifyVolume", &[("VolumeId", &asked), ("Throughput", "300")]);
    assert_eq!(describe(&asked).1, "300");
    world.disable("volumes");
    let asked = root("gp3", &[("BlockDeviceMapping.1.Ebs.Throughput", "250")]);
    assert_eq!(describe(&asked).1, "");
}

#[test]
fn options_are_answered_and_can_be_changed() {
    let world = World::quick();
    let subnet = world.network();
    let id = world.run(&[
        ("SubnetId", &subnet),
        ("EnclaveOptions.Enabled", "true"),
        ("MetadataOptions.HttpTokens", "required"),
        ("MetadataOptions.HttpPutResponseHopLimit", "2"),
        ("Monitoring.Enabled", "true"),
    ]);
    let read = |path: &str| world.describe(&id).text_at(path).to_owned();
    assert_eq!((read("cpuOptions/coreCount"), read("cpuOptions/threadsPerCore")), ("1".into(), "2".into()));
    assert_eq!((read("privateDnsNameOptions/hostnameType"), read("enclaveOptions/enabled")), ("ip-name".into(), "true".into()));
    assert_eq!((read("maintenanceOptions/autoRecovery"), read("monitoring/state")), ("default".into(), "enabled".into()));
    world.aws.ec2("ModifyInstanceMetadataOptions", &[("InstanceId", &id), ("HttpPutResponseHopLimit", "3")]);
    let options = (read("metadataOptions/httpTokens"), read("metadataOptions/httpPutResponseHopLimit"));
    assert_eq!(options, ("required".into(), "3".into()));
    world.aws.ec2("UnmonitorInstances", &[("InstanceId.1", &id)]);
    world.aws.ec2("ModifyInstanceMaintenanceOptions", &[("InstanceId", &id), ("AutoRecovery", "disabled")]);
    world.aws.ec2("ModifyPrivateDnsNameOptions", &[("InstanceId", &id), ("PrivateDnsHostnameType", "resource-name")]);
    assert_eq!((read("maintenanceOptions/autoRecovery"), read("monitoring/state")), ("disabled".into(), "disabled".into()));
    assert_eq!(read("privateDnsNameOptions/hostnameType"), "resource-name");
    let credits = [("InstanceCreditSpecification.1.InstanceId", id.as_str()), ("InstanceCreditSpecification.1.CpuCredits", "standard")];
    world.aws.ec2("ModifyInstanceCreditSpecification", &credits);
    let tree = world.aws.ec2("DescribeInstanceCreditSpecifications", &[("InstanceId.1", &id)]);
    assert_eq!(tree.text_at("instanceCreditSpecificationSet/item/cpuCredits"), "standard");
    let ask = [("InstanceId", id.as_str()), ("Attribute", "enclaveOptions")];
    assert_eq!(world.aws.ec2("DescribeInstanceAttribute", &ask).text_at("enclaveOptions/enabled"), "true");
    world.disable("instance-options");
    assert_eq!((read("cpuOptions/coreCount"), read("maintenanceOptions/autoRecovery")), (String::new(), String::new()));
    assert!(world.aws.try_call("ec2", "UnmonitorInstances", &[("InstanceId.1", &id)]).is_err());
    assert_eq!(world.refusal("DescribeInstanceAttribute", &ask), "InvalidParameterValue");
}

#[test]
fn an_instance_and_its_interface_have_the_same_groups() {
    let world = World::quick();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let groups = ["a", "b", "c"].map(|name| world.group(&vpc, name));
    let id = world.run(&[("SubnetId", &subnet), ("SecurityGroupId.1", &groups[0])]);
    let interface = world.describe(&id).text_at("networkInterfaceSet/item/networkInterfaceId").to_owned();
    let read = || {
        let instance = world.describe(&id);
        let ids = |path: &str| instance.items(path).iter().map(|group| group.text_at("groupId").to_owned()).collect::<Vec<_>>();
        (ids("groupSet"), ids("networkInterfaceSet/item/groupSet"))
    };
    let of_instance = |group: &str| drop(world.aws.ec2("ModifyInstanceAttribute", &[("InstanceId", &id), ("GroupId.1", group)]));
    let of_interface = |name: &str, value: &str| {
        let params = [("NetworkInterfaceId", interface.as_str()), (name, value)];
        drop(world.aws.ec2("ModifyNetworkInterfaceAttribute", &params));
    };
    of_instance(&groups[1]);
    assert_eq!(read(), (vec![groups[1].clone()], vec![groups[1].clone()]));
    of_interface("SecurityGroupId.1", &groups[2]);
    assert_eq!(read(), (vec![groups[2].clone()], vec![groups[2].clone()]));
    assert_eq!(world.refusal("DeleteSecurityGroup", &[("GroupId", &groups[2])]), "DependencyViolation");
    world.aws.ec2("DeleteSecurityGroup", &[("GroupId", &groups[1])]);
    of_interface("SourceDestCheck.Value", "false");
    assert_eq!(world.describe(&id).text_at("sourceDestCheck"), "false");
    world.disable("interface-sync");
    of_interface("SecurityGroupId.1", &groups[0]);
    assert_eq!(read().0, vec![groups[2].clone()]);
}

#[test]
fn a_volume_is_detached_without_naming_its_instance() {
    let world = World::quick();
    let subnet = world.network();
    let id = world.run(&[("SubnetId", &subnet)]);
    let zone = world.describe(&id).text_at("placement/availabilityZone").to_owned();
    let make = || {
        let volume = world.make("CreateVolume", &[("AvailabilityZone", &zone), ("Size", "1"), ("VolumeType", "gp3")], "volumeId");
        world.aws.ec2("AttachVolume", &[("VolumeId", &volume), ("InstanceId", &id), ("Device", "/dev/sdf")]);
        volume
    };
    world.aws.ec2("DetachVolume", &[("VolumeId", &make())]);
    world.disable("volumes");
    assert_eq!(world.aws.try_call("ec2", "DetachVolume", &[("VolumeId", &make())]).unwrap_err().status, 500);
}
