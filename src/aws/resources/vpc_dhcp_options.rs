//! `aws_vpc_dhcp_options`: a set of DHCP options.
//!
//! Options cannot be changed, only made anew; what is not set stays null in the state, as the provider
//! leaves it. CreateDhcpOptions has no client token: a lost set is found
//! by the intent tag. Before it is deleted, VPCs that use it go back to the default set.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups;
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{ResourceSchema, RuleError, list_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{DhcpOptions as Sdk, NewDhcpConfiguration, ResourceType as Kind};

const TRACED: untraced::Traced = untraced::Traced { prefix: "dopt", uses: &[] };

/// `aws_vpc_dhcp_options`
pub struct VpcDhcpOptions;

const NOT_FOUND: &[&str] = &["InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsID.NotFound"];
/// Options with one value: attribute and the API's key.
const SINGLE: &[(&str, &str)] = &[
    ("domain_name", "domain-name"),
    ("ipv6_address_preferred_lease_time", "ipv6-address-preferred-lease-time"),
    ("netbios_node_type", "netbios-node-type"),
];
/// Options with several values.
const SEVERAL: &[(&str, &str)] =
    &[("domain_name_servers", "domain-name-servers"), ("netbios_name_servers", "netbios-name-servers"), ("ntp_servers", "ntp-servers")];

fn build() -> ResourceSchema {
    let block = support::tagged().attr("owner_id", string().computed());
    let block = SINGLE.iter().fold(block, |b, (name, _)| b.attr(name, string().optional().force_new()));
    let block = SEVERAL.iter().fold(block, |b, (name, _)| b.attr(name, list_of(Type::String).optional().force_new()));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let names = SINGLE.iter().chain(SEVERAL).map(|(n, _)| n);
    if names.clone().any(|n| config.get(n).is_some_and(|v| !v.is_null())) {
        return Vec::new();
    }
    let list = names.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    vec![RuleError { path: Path::default(), message: format!("At least one of {list} is needed.") }]
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let pages = client.describe_dhcp_options().filters(ec2::filter("dhcp-options-id", ids)).into_paginator().items().send();
    let options = call("ec2:DescribeDhcpOptions", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(options.into_iter().filter_map(|o| Some((o.dhcp_options_id()?.to_string(), o))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Sdk>, ApiError> {
    let answer = call("ec2:DescribeDhcpOptions", client.describe_dhcp_options().dhcp_options_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.dhcp_options.unwrap_or_default().pop()))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, options: &Sdk) -> Value {
    let id = options.dhcp_options_id().unwrap_or_default();
    let (tags, tags_all) = ec2::observed(ctx, options.tags(), base);
    let values = |key: &str| -> Option<Vec<&str>> {
        let option = options.dhcp_configurations().iter().find(|c| c.key() == Some(key))?;
        Some(option.values().iter().filter_map(|v| v.value()).collect())
    };
    let mut attrs = Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&ec2::arn(ctx, options.owner_id(), &format!("dhcp-options/{id}"))))
        .text("owner_id", options.owner_id())
        .put("tags", tags)
        .put("tags_all", tags_all);
    for (name, key) in SINGLE {
        if let Some(value) = values(key) {
            attrs = attrs.text(name, value.first().copied());
        }
    }
    for (name, key) in SEVERAL {
        if let Some(items) = values(key) {
            attrs = attrs.list(name, items);
        }
    }
    attrs.finish()
}

/// The options as the API takes them.
fn expand(planned: &Value) -> Vec<NewDhcpConfiguration> {
    let option = |key: &str, values: Vec<String>| NewDhcpConfiguration::builder().key(key).set_values(Some(values)).build();
    let single = SINGLE.iter().filter_map(|(name, key)| Some(option(key, vec![shape::string(planned, name)?])));
    let several = SEVERAL.iter().map(|(name, key)| (key, shape::strings(planned, name)));
    let several = several.filter(|(_, v)| !v.is_empty()).map(|(key, v)| option(key, v));
    single.chain(several).collect()
}

impl VpcDhcpOptions {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let made = Aws::ec2_of(ctx)?.create_dhcp_options().set_dhcp_configurations(Some(expand(request.planned)));
        let named = (Kind::DhcpOptions, TRACED, "Creating the DHCP options");
        let send = |tags| call("ec2:CreateDhcpOptions", made.clone().set_tag_specifications(tags).send());
        let made = untraced::create(ctx, request, named, send).await?;
        let id = made.dhcp_options().and_then(|o| o.dhcp_options_id()).unwrap_or_default();
        Ok(support::started(&self.schema(), ctx, request.planned, id))
    }
}

#[async_trait]
impl ResourceType for VpcDhcpOptions {
    support::basics!("aws_vpc_dhcp_options", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeDhcpOptions", "ec2:DescribeTags"],
            create: &["ec2:CreateDhcpOptions", "ec2:CreateTags"],
            update: &["ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DescribeVpcs", "ec2:AssociateDhcpOptions", "ec2:DeleteDhcpOptions"],
        }
    }

    fn uses_intent_tag(&self) -> bool {
        true
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found =
            groups::find_all(&groups::ids(priors), |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, options| flatten(ctx, &schema, base, options))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = support::reached(request.checkpoint, &object).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = async {
            ec2::update_tags(ctx, &Aws::ec2_of(ctx)?, request.prior.id().unwrap_or_default(), &request.prior.attributes, request.planned)
                .await
        };
        let done = done.await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let id = request.prior.id().unwrap_or_default();
        let doing = "Deleting the DHCP options";
        let users = client.describe_vpcs().filters(ec2::filter("dhcp-options-id", [id])).into_paginator().items().send();
        let users = call("ec2:DescribeVpcs", users.collect::<Result<Vec<_>, _>>()).await.map_err(|e| e.while_doing(doing))?;
        for vpc in users.iter().filter_map(|v| v.vpc_id()) {
            let sent =
                call("ec2:AssociateDhcpOptions", client.associate_dhcp_options().dhcp_options_id("default").vpc_id(vpc).send()).await;
            absent(sent, &["InvalidVpcID.NotFound"]).map_err(|e| e.while_doing(doing))?;
        }
        let send = || call("ec2:DeleteDhcpOptions", client.delete_dhcp_options().dhcp_options_id(id).send());
        support::delete_when_free(aws, doing, timeouts::minutes(3), NOT_FOUND, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{AttributeValue, DhcpConfiguration};

    #[test]
    fn options_that_are_not_set_stay_null() {
        let value = |v: &str| AttributeValue::builder().value(v).build();
        let servers = DhcpConfiguration::builder().key("ntp-servers").values(value("10.0.0.1")).values(value("10.0.0.2")).build();
        let options = Sdk::builder().dhcp_options_id("dopt-1").dhcp_configurations(servers).build();
        let facts = crate::schema::ProviderFacts::default();
        let ctx = Ctx { configured: &(), facts: &facts, region: Some("eu-west-1") };
        let read = flatten(&ctx, &VpcDhcpOptions.schema(), &Value::dynamic(), &options);
        assert_eq!(shape::strings(&read, "ntp_servers"), ["10.0.0.1", "10.0.0.2"]);
        assert!(read.get("domain_name").is_some_and(Value::is_null));
        assert_eq!(expand(&read).len(), 1);
        assert_eq!(validate(&read).len(), 0);
    }
}
