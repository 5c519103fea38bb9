use super::*;
use crate::plan::diff::{Diff, DiffInput, diff};
use crate::schema::ProviderFacts;
use crate::value::{Members, Type};
use aws_sdk_ec2::types::{EbsInstanceBlockDevice, GroupIdentifier, Instance as Sdk, InstanceBlockDeviceMapping, InstanceState, InstanceStateName, InstanceType, Volume, VolumeType};
use read::{Attributes, Full};

fn facts() -> ProviderFacts {
    let known = [("region", "eu-west-1"), ("partition", "aws"), ("account_id", "123456789012")];
    ProviderFacts(known.into_iter().map(|(k, v)| (k.into(), Value::string(v))).collect())
}

fn with(object: &Value, changes: &[(&str, Value)]) -> Value {
    let mut members = object.members().cloned().unwrap();
    for (name, value) in changes {
        members.insert((*name).into(), value.clone());
    }
    Value::object(members)
}

/// A configuration of these arguments; blocks are empty.
fn config(written: &[(&str, Value)]) -> Value {
    let schema = Instance.schema();
    let nothing = Value::object(Members::new());
    with(&shape::Attrs::over(&schema, &nothing).finish(), written)
}

fn full(data: Option<&str>) -> Full {
    let mapping = |device: &str, id: &str| {
        let ebs = EbsInstanceBlockDevice::builder().volume_id(id).delete_on_termination(true).build();
        InstanceBlockDeviceMapping::builder().device_name(device).ebs(ebs).build()
    };
    let volume = |id: &str| (id.to_string(), Volume::builder().volume_id(id).size(8).volume_type(VolumeType::Gp3).iops(3000).throughput(125).build());
    let instance = Sdk::builder()
        .instance_id("i-1")
        .image_id("ami-1")
        .instance_type(InstanceType::T3Micro)
        .state(InstanceState::builder().name(InstanceStateName::Running).build())
        .public_ip_address("203.0.113.7")
        .subnet_id("subnet-1")
        .root_device_name("/dev/sda1")
        .security_groups(GroupIdentifier::builder().group_id("sg-1").group_name("web").build())
        .block_device_mappings(mapping("/dev/sda1", "vol-1"))
        .block_device_mappings(mapping("/dev/sdf", "vol-2"))
        .build();
    let attributes = Attributes { user_data: data.map(user_data::encoded), keep: Some(false), keep_running: Some(false), shutdown: Some("stop".into()) };
    let volumes = [volume("vol-1"), volume("vol-2")].into();
    Full { instance, volumes, attributes, credits: Some("unlimited".into()), default_vpc: false, template: None, spot: None }
}

fn read(base: &Value, full: &Full) -> Value {
    let facts = facts();
    let ctx = Ctx { configured: &(), facts: &facts, region: None };
    flatten::flatten(&ctx, &Instance.schema(), base, full)
}

fn planned(config: &Value, prior: Option<&Value>) -> Diff {
    let schema = Instance.schema();
    diff(&DiffInput { schema: &schema, config, prior, provider: &facts() })
}

fn basics() -> Vec<(&'static str, Value)> {
    vec![("ami", Value::string("ami-1")), ("instance_type", Value::string("t3.micro")), ("subnet_id", Value::string("subnet-1"))]
}

fn notes(diff: &Diff) -> String {
    diff.notes.iter().map(|n| n.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn reads_as_the_provider_writes_and_plans_nothing() {
    let config = config(&basics());
    let made = read(&shape::known_part(&planned(&config, None).planned), &full(None));
    assert_eq!(made.ty(), Instance.schema().block.ty());
    assert!(made.get("user_data").is_some_and(Value::is_null));
    assert_eq!(shape::text(&made, "arn"), Some("arn:aws:ec2:eu-west-1:123456789012:instance/i-1"));
    assert_eq!(shape::objects(&made, "ebs_block_device").len(), 1);
    assert_eq!(shape::strings(&made, "vpc_security_group_ids"), ["sg-1"]);
    assert!(shape::strings(&made, "security_groups").is_empty());
    let next = planned(&config, Some(&made));
    assert!(next.replace.is_empty() && next.notes.is_empty(), "{next:?}");
    assert_eq!(next.planned.unmark_deep().0, made);
}

#[test]
fn user_data_says_what_a_change_does() {
    let of = |data: &str, replace: bool| config(&[basics(), vec![("user_data", Value::string(data)), ("user_data_replace_on_change", Value::bool(replace))]].concat());
    let made = read(&shape::known_part(&planned(&of("one", false), None).planned), &full(Some("one")));
    assert_eq!(shape::text(&made, "user_data"), Some("one"));
    let stop = planned(&of("two", false), Some(&made));
    assert!(stop.replace.is_empty() && notes(&stop).contains("STOP-START") && notes(&stop).contains("NO EFFECT"));
    assert!(stop.planned.get("public_ip").is_some_and(Value::is_unknown));
    let again = planned(&of("two", true), Some(&made));
    assert!(!again.replace.is_empty() && notes(&again).contains("REPLACE"));
    let version5 = with(&made, &[("user_data", Value::string(user_data::digest(b"one")))]);
    let same = planned(&of("one", true), Some(&version5));
    assert!(same.replace.is_empty() && same.notes.is_empty());
}

#[test]
fn another_type_stops_and_starts() {
    let made = read(&shape::known_part(&planned(&config(&basics()), None).planned), &full(None));
    let other = planned(&with(&config(&basics()), &[("instance_type", Value::string("m5.large"))]), Some(&made));
    assert!(other.replace.is_empty() && notes(&other).contains("STOP-START"));
    assert!(other.planned.get("public_ip").is_some_and(Value::is_unknown));
    assert!(other.planned.get("private_ip").is_some_and(|v| !v.is_unknown()));
}

fn device(block: &str, members: &[(&str, Value)]) -> Value {
    let schema = Instance.schema();
    let inner = schema.block.blocks.get(block).unwrap().block.clone();
    let one = flatten::object(&inner, members.to_vec());
    if block == "ebs_block_device" { Value::set(inner.ty(), vec![one]) } else { Value::list(inner.ty(), vec![one]) }
}

#[test]
fn another_kind_of_root_volume_leaves_iops_open() {
    let of = |kind: &str, size: i64| {
        let root = device("root_block_device", &[("volume_type", Value::string(kind)), ("volume_size", Value::int(size))]);
        config(&[basics(), vec![("root_block_device", root)]].concat())
    };
    let made = read(&shape::known_part(&planned(&of("gp3", 8), None).planned), &full(None));
    assert!(planned(&of("gp3", 8), Some(&made)).planned.unmark_deep().0 == made);
    let other = planned(&of("io2", 8), Some(&made));
    assert!(other.replace.is_empty());
    let root = shape::first(&other.planned, "root_block_device").unwrap();
    assert!(root.get("iops").is_some_and(Value::is_unknown) && root.get("volume_id").is_some_and(|v| !v.is_unknown()));
    assert!(notes(&planned(&of("gp3", 4), Some(&made))).contains("refuses to shrink"));
}

#[test]
fn tags_of_a_data_volume_change_in_place_and_its_size_does_not() {
    let tags = |t: &str| Value::map(Type::String, [("a".into(), Value::string(t))].into());
    let of = |t: &str, size: i64| {
        let data = device("ebs_block_device", &[("device_name", Value::string("/dev/sdf")), ("volume_size", Value::int(size)), ("tags", tags(t))]);
        config(&[basics(), vec![("ebs_block_device", data)]].concat())
    };
    let mut there = full(None);
    let tag = aws_sdk_ec2::types::Tag::builder().key("a").value("x").build();
    let volume = Volume::builder().volume_id("vol-2").size(8).volume_type(VolumeType::Gp3).tags(tag).build();
    there.volumes.insert("vol-2".into(), volume);
    let made = read(&shape::known_part(&planned(&of("x", 8), None).planned), &there);
    let same = planned(&of("x", 8), Some(&made));
    assert!(same.replace.is_empty());
    assert_eq!(same.planned.unmark_deep().0, made);
    let retagged = planned(&of("y", 8), Some(&made));
    assert!(retagged.replace.is_empty(), "{:?}", retagged.replace);
    let first = shape::first(&retagged.planned, "ebs_block_device").unwrap();
    assert_eq!(shape::text(first, "volume_id"), Some("vol-2"));
    assert!(!planned(&of("x", 9), Some(&made)).replace.is_empty());
}

#[test]
fn mistakes_are_named() {
    assert_eq!(rules::validate(&config(&[])).len(), 2);
    let both = [basics(), vec![("user_data", Value::string("x")), ("user_data_base64", Value::string("?"))]].concat();
    assert_eq!(rules::validate(&config(&both)).len(), 2);
    let root = device("root_block_device", &[("volume_type", Value::string("gp2")), ("iops", Value::int(100)), ("throughput", Value::int(125))]);
    assert_eq!(rules::validate(&config(&[basics(), vec![("root_block_device", root), ("tenancy", Value::string("own"))]].concat())).len(), 3);
}

#[test]
fn a_state_of_version_1_loses_the_old_cpu_attributes() {
    let old = serde_json::json!({"id": "i-1", "cpu_core_count": 1, "cpu_threads_per_core": 2});
    let new = upgrade(1, old.as_object().cloned().unwrap()).unwrap();
    assert_eq!(new.keys().collect::<Vec<_>>(), ["id"]);
}
