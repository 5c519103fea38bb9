use super::*;
use crate::schema::ProviderFacts;
use aws_sdk_ec2::types::{EbsBlockDevice, Filter, VolumeType};

fn config(pairs: &[(&str, Value)]) -> Value {
    Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}
fn image(id: &str, date: &str) -> Image {
    Image::builder().image_id(id).name(format!("name-{id}")).creation_date(date).build()
}

#[test]
fn several_images_need_most_recent() {
    let images = || vec![image("ami-2", "2026-10-01T00:00:00.000Z"), image("ami-1", "2026-01-01T00:00:00.000Z")];
    let error = choose(&config(&[]), images()).unwrap_err();
    assert!(error.detail.contains("name-ami-2 (ami-2)") && error.help.unwrap().contains("most_recent"));
    let newest = choose(&config(&[("most_recent", Value::bool(true))]), images()).unwrap();
    assert_eq!(newest.image_id(), Some("ami-2"));
    let named = choose(&config(&[("name_regex", Value::string("-ami-1$"))]), images()).unwrap();
    assert_eq!(named.image_id(), Some("ami-1"));
}

#[test]
fn nothing_found_names_the_search() {
    let filter = config(&[("name", Value::string("name")), ("values", Value::set(Type::String, vec![Value::string("ubuntu*")]))]);
    let owners = Value::list(Type::String, vec![Value::string("099720109477")]);
    let asked = config(&[("owners", owners), ("filter", Value::set(filter.ty(), vec![filter]))]);
    assert_eq!(query::filters(&asked), [Filter::builder().name("name").values("ubuntu*").build()]);
    let error = choose(&asked, vec![]).unwrap_err();
    assert!(error.detail.contains("name = ubuntu*, owners = 099720109477"), "{}", error.detail);
}

#[test]
fn anybodys_newest_image_is_refused() {
    let newest = ("most_recent", Value::bool(true));
    assert_eq!(validate(&config(std::slice::from_ref(&newest))).len(), 1);
    assert!(validate(&config(&[newest.clone(), ("allow_unsafe_filter", Value::bool(true))])).is_empty());
    assert!(validate(&config(&[newest.clone(), ("owners", Value::unknown(Type::list(Type::String)))])).is_empty());
    assert_eq!(validate(&config(&[("name_regex", Value::string("("))])).len(), 1);
}

#[test]
fn an_image_reads_as_the_provider_writes_it() {
    let ebs =
        EbsBlockDevice::builder().snapshot_id("snap-1").volume_size(8).volume_type(VolumeType::Gp3).delete_on_termination(true).build();
    let root = BlockDeviceMapping::builder().device_name("/dev/sda1").ebs(ebs).build();
    let bare = BlockDeviceMapping::builder().device_name("/dev/sdb").virtual_name("ephemeral0").build();
    let image =
        Image::builder().image_id("ami-1").root_device_name("/dev/sda1").block_device_mappings(root).block_device_mappings(bare).build();
    let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
    let ctx = Ctx { configured: &(), facts: &facts, region: None };
    let schema = Ami.schema();
    let value = flatten(&ctx, &schema, &config(&[]), &image);
    assert_eq!(value.ty(), schema.block.ty());
    assert_eq!(shape::text(&value, "root_snapshot_id"), Some("snap-1"));
    assert_eq!(shape::text(&value, "arn"), Some("arn:aws:ec2:eu-west-1::image/ami-1"));
    assert_eq!(value.get("kernel_id"), Some(&Value::string("")));
    assert!(value.get("uefi_data").is_some_and(Value::is_null));
    let ebs: Vec<_> = shape::objects(&value, "block_device_mappings").iter().filter_map(|m| m.get("ebs")).map(shape::string_map).collect();
    assert!(ebs.iter().any(
        |m| m.get("volume_size").map(String::as_str) == Some("8") && m.get("delete_on_termination").map(String::as_str) == Some("true")
    ));
    assert!(ebs.iter().any(|m| m.is_empty()));
    assert_eq!(value.get("state_reason").map(shape::string_map).and_then(|m| m.get("code").cloned()).as_deref(), Some("UNSET"));
}
