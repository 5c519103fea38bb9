//! `data.aws_ami`: one image, the newest where `most_recent` is set.
//!
//! An image that nobody's account vouches for may be anybody's: `most_recent` without owners or a
//! filter on them is refused unless `allow_unsafe_filter` says otherwise.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::shape::{self, Attrs};
use crate::aws::{query, region, support, timeouts};
use crate::provider::{Ctx, DataSource, ErrorKind, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, boolean, list_of, map_of, set_of, string};
use crate::value::{Members, Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::types::{BlockDeviceMapping, Image};
use regex::Regex;

/// `data.aws_ami`
pub struct Ami;

fn mapping_type() -> Type {
    Type::object([
        ("device_name", Type::String),
        ("ebs", Type::map(Type::String)),
        ("no_device", Type::String),
        ("virtual_name", Type::String),
    ])
}

fn code_type() -> Type {
    Type::object([("product_code_id", Type::String), ("product_code_type", Type::String)])
}

/// Text attributes that are only answered.
const TEXTS: &[&str] = &[
    "architecture",
    "arn",
    "boot_mode",
    "creation_date",
    "deprecation_time",
    "description",
    "hypervisor",
    "image_id",
    "image_location",
    "image_owner_alias",
    "image_type",
    "imds_support",
    "kernel_id",
    "last_launched_time",
    "name",
    "owner_id",
    "platform",
    "platform_details",
    "ramdisk_id",
    "root_device_name",
    "root_device_type",
    "root_snapshot_id",
    "sriov_net_support",
    "state",
    "tpm_support",
    "usage_operation",
    "virtualization_type",
];

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("allow_unsafe_filter", boolean().optional())
        .attr("block_device_mappings", set_of(mapping_type()).computed())
        .attr("ena_support", boolean().computed())
        .attr("executable_users", list_of(Type::String).optional())
        .attr("id", string().optional().computed())
        .attr("include_deprecated", boolean().optional().default(Value::bool(false)))
        .attr("most_recent", boolean().optional().default(Value::bool(false)))
        .attr("name_regex", string().optional())
        .attr("owners", list_of(Type::String).optional())
        .attr("product_codes", set_of(code_type()).computed())
        .attr("public", boolean().computed())
        .attr("region", region::attribute())
        .attr("state_reason", map_of(Type::String).computed())
        .attr("tags", map_of(Type::String).optional().computed())
        .attr("uefi_data", string().optional())
        .block("filter", query::filter_block())
        .block("timeouts", timeouts::block(&["read"]));
    let block = TEXTS.iter().fold(block, |b, name| b.attr(name, string().computed()));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut wrong = |path: &str, message: String| errors.push(RuleError { path: Path::attr(path), message });
    if let Some(pattern) = shape::text(config, "name_regex")
        && let Err(e) = Regex::new(pattern)
    {
        wrong("name_regex", format!("Not a regular expression: {e}."));
    }
    if config.get("owners").and_then(Value::items).is_some_and(|o| o.is_empty() || o.iter().any(|v| v.as_str() == Some(""))) {
        wrong("owners", "At least one owner is needed, and none may be empty: an account id, `self`, `amazon`, `aws-marketplace`.".into());
    }
    if !config.get("filter").is_some_and(Value::is_unknown)
        && unsafe_search(config)
        && shape::flag(config, "allow_unsafe_filter") != Some(true)
    {
        let text = "With `most_recent` alone anybody could offer a newer image: set `owners`, or a filter on `owner-id` or `image-id` (or `allow_unsafe_filter`).";
        wrong("most_recent", text.into());
    }
    errors
}

/// Whether the newest of everybody's images is asked for.
fn unsafe_search(config: &Value) -> bool {
    let narrow = |f: &Value| {
        f.is_unknown() || f.get("name").is_some_and(Value::is_unknown) || matches!(shape::text(f, "name"), Some("image-id" | "owner-id"))
    };
    let owners = config.get("owners").is_some_and(|o| o.is_unknown() || o.items().is_some_and(|i| !i.is_empty()));
    shape::flag(config, "most_recent") == Some(true) && !owners && !shape::objects(config, "filter").iter().any(narrow)
}

/// The image asked for among those the API found.
fn choose(config: &Value, mut images: Vec<Image>) -> Result<Image, ProviderError> {
    let pattern = shape::text(config, "name_regex");
    if let Some(pattern) = pattern {
        let regex = Regex::new(pattern)
            .map_err(|e| ProviderError::new(ErrorKind::Invalid, "Invalid name_regex", e.to_string()).at("name_regex"))?;
        images.retain(|i| i.name().is_some_and(|n| !n.is_empty() && regex.is_match(n)));
    }
    let search = in_words(config, pattern);
    if shape::flag(config, "most_recent") == Some(true) {
        // Creation dates are RFC 3339 in UTC: their order is that of their text.
        images.sort_by(|a, b| (a.creation_date(), a.image_id()).cmp(&(b.creation_date(), b.image_id())));
        return images.pop().ok_or_else(|| query::none("image", &search));
    }
    let name = |i: &Image| format!("{} ({})", i.name().unwrap_or_default(), i.image_id().unwrap_or_default());
    query::exactly_one(images, "image", &search, name).map_err(|e| match e.kind {
        ErrorKind::NotFound => e,
        _ => e.help("Add filters until one is left, or set `most_recent = true` for the newest."),
    })
}

fn in_words(config: &Value, pattern: Option<&str>) -> String {
    let owners = shape::strings(config, "owners");
    let mut parts = vec![query::in_words(&query::filters(config))];
    if !owners.is_empty() {
        parts.push(format!("owners = {}", owners.join(" or ")));
    }
    parts.extend(pattern.map(|p| format!("name_regex = {p}")));
    parts.join(", ")
}

fn mapping(device: &BlockDeviceMapping) -> Value {
    let number = |n: Option<i32>| n.unwrap_or(0).to_string();
    let flag = |b: Option<bool>| b.unwrap_or(false).to_string();
    let ebs: Members = device.ebs().map_or_else(Members::new, |ebs| {
        [
            ("delete_on_termination", flag(ebs.delete_on_termination())),
            ("encrypted", flag(ebs.encrypted())),
            ("iops", number(ebs.iops())),
            ("snapshot_id", ebs.snapshot_id().unwrap_or_default().to_string()),
            ("throughput", number(ebs.throughput())),
            ("volume_size", number(ebs.volume_size())),
            ("volume_type", ebs.volume_type().map_or_else(String::new, |t| t.as_str().to_string())),
        ]
        .map(|(k, v)| (k.into(), Value::string(v)))
        .into()
    });
    Value::object(
        [
            ("device_name".into(), Value::string(device.device_name().unwrap_or_default())),
            ("ebs".into(), Value::map(Type::String, ebs)),
            ("no_device".into(), Value::string("")),
            ("virtual_name".into(), Value::string(device.virtual_name().unwrap_or_default())),
        ]
        .into(),
    )
}

fn root_snapshot(image: &Image) -> Option<&str> {
    let root = image.root_device_name()?;
    image.block_device_mappings().iter().find(|d| d.device_name() == Some(root))?.ebs()?.snapshot_id()
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, config: &Value, image: &Image) -> Value {
    let id = image.image_id().unwrap_or_default();
    let reason = |t: Option<&str>| Value::string(if image.state_reason().is_some() { t.unwrap_or_default() } else { "UNSET" });
    let state_reason = [
        ("code".into(), reason(image.state_reason().and_then(|r| r.code()))),
        ("message".into(), reason(image.state_reason().and_then(|r| r.message()))),
    ];
    let code = |c: &aws_sdk_ec2::types::ProductCode| {
        Value::object(
            [
                ("product_code_id".into(), Value::string(c.product_code_id().unwrap_or_default())),
                ("product_code_type".into(), Value::string(c.product_code_type().map_or("", |t| t.as_str()))),
            ]
            .into(),
        )
    };
    let partition = ctx.facts.str("partition").unwrap_or("aws");
    let attrs = Attrs::over(schema, config)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&format!("arn:{partition}:ec2:{}::image/{id}", region::of(ctx))))
        .flag("include_deprecated", shape::flag(config, "include_deprecated"))
        .flag("most_recent", shape::flag(config, "most_recent"))
        .flag("ena_support", image.ena_support())
        .flag("public", image.public())
        .put("block_device_mappings", Value::set(mapping_type(), image.block_device_mappings().iter().map(mapping).collect()))
        .put("product_codes", Value::set(code_type(), image.product_codes().iter().map(code).collect()))
        .put("state_reason", Value::map(Type::String, state_reason.into()))
        .put("tags", query::tags(ctx, image.tags()));
    texts(attrs, image).finish()
}

fn texts(attrs: Attrs, image: &Image) -> Attrs {
    attrs
        .text("architecture", image.architecture().map(|v| v.as_str()))
        .text("boot_mode", image.boot_mode().map(|v| v.as_str()))
        .text("creation_date", image.creation_date())
        .text("deprecation_time", image.deprecation_time())
        .text("description", image.description())
        .text("hypervisor", image.hypervisor().map(|v| v.as_str()))
        .text("image_id", image.image_id())
        .text("image_location", image.image_location())
        .text("image_owner_alias", image.image_owner_alias())
        .text("image_type", image.image_type().map(|v| v.as_str()))
        .text("imds_support", image.imds_support().map(|v| v.as_str()))
        .text("kernel_id", image.kernel_id())
        .text("last_launched_time", image.last_launched_time())
        .text("name", image.name())
        .text("owner_id", image.owner_id())
        .text("platform", image.platform().map(|v| v.as_str()))
        .text("platform_details", image.platform_details())
        .text("ramdisk_id", image.ramdisk_id())
        .text("root_device_name", image.root_device_name())
        .text("root_device_type", image.root_device_type().map(|v| v.as_str()))
        .text("root_snapshot_id", root_snapshot(image))
        .text("sriov_net_support", image.sriov_net_support())
        .text("state", image.state().map(|v| v.as_str()))
        .text("tpm_support", image.tpm_support().map(|v| v.as_str()))
        .text("usage_operation", image.usage_operation())
        .text("virtualization_type", image.virtualization_type().map(|v| v.as_str()))
}

#[async_trait]
impl DataSource for Ami {
    support::basics!("aws_ami", build);

    fn iam(&self) -> &'static [&'static str] {
        &["ec2:DescribeImages"]
    }

    async fn read(&self, ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return configs.iter().map(|_| Err(error.clone())).collect(),
        };
        let schema = self.schema();
        let one = |config: Value| {
            let (client, schema) = (&client, &schema);
            async move {
                let written = |name: &str| Some(shape::strings(&config, name)).filter(|l| !l.is_empty());
                let pages = client
                    .describe_images()
                    .include_deprecated(shape::flag(&config, "include_deprecated").unwrap_or(false))
                    .set_executable_users(written("executable_users"))
                    .set_owners(written("owners"))
                    .set_filters(Some(query::filters(&config)).filter(|f| !f.is_empty()))
                    .into_paginator()
                    .items()
                    .send();
                let images = call("ec2:DescribeImages", pages.collect::<Result<Vec<_>, _>>()).await;
                let images = images.map_err(|e| e.while_doing("Looking for the image"))?;
                Ok(flatten(ctx, schema, &config, &choose(&config, images)?))
            }
        };
        query::distinct(configs, one).await
    }
}

#[cfg(test)]
mod tests;
