//! Rules about what an instance and its volumes say of themselves.

use super::World;

#[test]
fn the_type_changes_only_while_stopped() {
    let world = World::new();
    let subnet = world.network();
    let id = world.run(&[("SubnetId", &subnet)]);
    let grow = [
        ("InstanceId", id.as_str()),
        ("InstanceType.Value", "t3.small"),
    ];
    let data = [("InstanceId", id.as_str()), ("UserData.Value", "aGVsbG8=")];
    assert_eq!(
        (world.state(&id), world.state(&id)),
        ("pending".into(), "running".into())
    );
    assert_eq!(
        world.refusal("ModifyInstanceAttribute", &grow),
        "IncorrectInstanceState"
    );
    assert_eq!(
        world.refusal("ModifyInstanceAttribute", &data),
        "IncorrectInstanceState"
    );
    world.aws.ec2(
        "ModifyInstanceAttribute",
        &[
            ("InstanceId", &id),
            ("DisableApiTermination.Value", "false"),
        ],
    );
    world.aws.ec2("StopInstances", &[("InstanceId.1", &id)]);
    assert_eq!(
        world.refusal("ModifyInstanceAttribute", &grow),
        "IncorrectInstanceState"
    );
    assert_eq!(
        (world.state(&id), world.state(&id)),
        ("stopping".into(), "stopped".into())
    );
    world.aws.ec2("ModifyInstanceAttribute", &grow);
    assert_eq!(world.describe(&id).text_at("instanceType"), "t3.small");
    world.aws.ec2("StartInstances", &[("InstanceId.1", &id)]);
    world.disable("instance-modify");
    world.aws.ec2(
        "ModifyInstanceAttribute",
        &[("InstanceId", &id), ("InstanceType.Value", "t3.micro")],
    );
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
        world
            .describe(&id)
            .text_at("blockDeviceMapping/item/ebs/volumeId")
            .to_owned()
    };
    let describe = |volume: &str| {
        let tree = world.aws.ec2("DescribeVolumes", &[("VolumeId.1", volume)]);
        let volume = tree.at("volumeSet/item").cloned().expect("the volume");
        (
            volume.text_at("iops").to_owned(),
            volume.text_at("throughput").to_owned(),
        )
    };
    let asked = root("gp3", &[("BlockDeviceMapping.1.Ebs.Throughput", "250")]);
    assert_eq!(describe(&asked), ("3000".into(), "250".into()));
    assert_eq!(describe(&root("gp3", &[])), ("3000".into(), "125".into()));
    assert_eq!(describe(&root("gp2", &[])), ("150".into(), String::new()));
    world.aws.ec2(
        "ModifyVolume",
        &[("VolumeId", &asked), ("Throughput", "300")],
    );
    assert_eq!(describe(&asked).1, "300");
    world.disable("volumes");
    let asked = root("gp3", &[("BlockDeviceMapping.1.Ebs.Throughput", "250")]);
    assert_eq!(describe(&asked).1, "");
}
