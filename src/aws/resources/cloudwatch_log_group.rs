//! `aws_cloudwatch_log_group`: a group of log streams.
//!
//! # Quirks
//! The id is the name. Up to fifty groups are described at once, tags are read one by one. Retention,
//! key and protection have calls of their own. 0 days of retention keep events for ever; groups of
//! the class DELIVERY have a retention of their own. AWS writes ARNs of groups with `:*` at the end
//! in some places; the state has them without.
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::{self, TagRules, Tags};
use crate::aws::{generated, region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{ResourceSchema, RuleError, boolean, number, string};
use crate::value::{Members, Path, Value};
use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LogGroup as Sdk, LogGroupClass};
use std::collections::BTreeMap;

/// `aws_cloudwatch_log_group`
pub struct LogGroup;

const NOT_FOUND: &[&str] = &["ResourceNotFoundException"];
/// Names a call takes.
const NAMES: usize = 50;
const DELIVERY: &str = "DELIVERY";
const DAYS: &[i32] = &[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.logs(Some(region::of(ctx))))
}

fn build() -> ResourceSchema {
    let block = support::tagged()
        .attr("deletion_protection_enabled", boolean().optional().computed())
        .attr("kms_key_id", string().optional())
        .attr("log_group_class", string().optional().computed().force_new())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("retention_in_days", number().optional().default(Value::int(0)))
        .attr("skip_destroy", boolean().optional().default(Value::bool(false)));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("name", "name_prefix")]);
    let mut wrong = |path: &str, message: String| errors.push(RuleError { path: Path::attr(path), message });
    for (name, most) in [("name", 512), ("name_prefix", 512 - generated::SUFFIX)] {
        let Some(text) = shape::text(config, name) else { continue };
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./#".contains(c)) || text.len() > most {
            wrong(name, format!("`{name}` has letters, digits and _ - . / #, at most {most} characters."));
        }
    }
    if shape::int(config, "retention_in_days").is_some_and(|d| !DAYS.contains(&d)) {
        let days = DAYS.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        wrong("retention_in_days", format!("Events are kept for one of {days} days (0: for ever)."));
    }
    if shape::text(config, "log_group_class").is_some_and(|c| !["STANDARD", "INFREQUENT_ACCESS", DELIVERY].contains(&c)) {
        wrong("log_group_class", "The class is `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.".into());
    }
    errors
}

/// A group with its tags.
struct Full {
    group: Sdk,
    tags: Tags,
}

async fn many(client: Client, names: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    if names.len() < 2 {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for chunk in names.chunks(NAMES) {
        let pages = client.describe_log_groups().set_log_group_identifiers(Some(chunk.to_vec())).into_paginator().items().send();
        let answer = absent(call("logs:DescribeLogGroups", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
        let named = answer.into_iter().flatten().filter_map(|g| Some((g.log_group_name.clone()?, g)));
        all.extend(named.filter(|(n, _)| chunk.contains(n)));
    }
    Ok(all)
}

async fn one(client: Client, name: String) -> Result<Option<Sdk>, ApiError> {
    let pages = client.describe_log_groups().log_group_name_prefix(&name).into_paginator().items().send();
    let all = call("logs:DescribeLogGroups", pages.collect::<Result<Vec<_>, _>>()).await?;
    Ok(all.into_iter().find(|g| g.log_group_name() == Some(&name)))
}

fn arn_of(group: &Sdk) -> &str {
    let arn = group.log_group_arn().or(group.arn()).unwrap_or_default();
    arn.strip_suffix(":*").unwrap_or(arn)
}

/// Adds to each group that is there its tags.
async fn complete(client: &Client, found: Found<Sdk>) -> Found<Full> {
    let arns = found.values().filter_map(|f| Some(arn_of(f.as_ref().ok()?.as_ref()?).to_string())).collect();
    let tags = groups::each(arns, |arn| async {
        let answer = call("logs:ListTagsForResource", client.list_tags_for_resource().resource_arn(arn).send()).await;
        Ok(absent(answer, NOT_FOUND)?.map(|a| a.tags.unwrap_or_default().into_iter().collect::<Tags>()))
    })
    .await;
    let whole = |group: Result<Option<Sdk>, ApiError>| {
        let Some(group) = group? else { return Ok(None) };
        let tags = tags.get(arn_of(&group)).cloned().unwrap_or(Ok(None))?.unwrap_or_default();
        Ok(Some(Full { group, tags }))
    };
    found.into_iter().map(|(name, group)| (name, whole(group))).collect()
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let g = &full.group;
    let (tags, tags_all) = TagRules::from_facts(ctx.facts).observed(&full.tags, base);
    let name = g.log_group_name().unwrap_or_default();
    let class = g.log_group_class().map_or("STANDARD", LogGroupClass::as_str);
    let own = shape::int(base, "retention_in_days").filter(|_| class == DELIVERY);
    Attrs::over(schema, base)
        .text("id", Some(name))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(arn_of(g)))
        .flag("deletion_protection_enabled", g.deletion_protection_enabled())
        .text("kms_key_id", g.kms_key_id())
        .text("log_group_class", Some(class))
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .int("retention_in_days", own.or(g.retention_in_days()))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let planned = request.planned;
    let name = generated::name(planned, "name", "name_prefix", &request.intent.token);
    let wanted = tags::for_create(planned, ctx.facts, None);
    let send = client(ctx)?
        .create_log_group()
        .log_group_name(&name)
        .set_kms_key_id(shape::string(planned, "kms_key_id"))
        .set_log_group_class(shape::text(planned, "log_group_class").map(LogGroupClass::from))
        .set_deletion_protection_enabled(shape::flag(planned, "deletion_protection_enabled"))
        .set_tags(Some(wanted.into_iter().collect()).filter(|t: &std::collections::HashMap<_, _>| !t.is_empty()));
    call("logs:CreateLogGroup", send.send()).await.map_err(|e| e.while_doing("Creating the log group"))?;
    Ok(name)
}

async fn set_retention(client: &Client, name: &str, planned: &Value) -> Result<(), ProviderError> {
    let failed = |e: ApiError| e.while_doing("Setting the retention of the log group").at("retention_in_days");
    match shape::int(planned, "retention_in_days").filter(|d| *d > 0) {
        _ if shape::text(planned, "log_group_class") == Some(DELIVERY) => {}
        Some(days) => {
            let put = client.put_retention_policy().log_group_name(name).retention_in_days(days).send();
            call("logs:PutRetentionPolicy", put).await.map_err(failed)?;
        }
        None => {
            let gone = call("logs:DeleteRetentionPolicy", client.delete_retention_policy().log_group_name(name).send()).await;
            gone.map_err(failed)?;
        }
    }
    Ok(())
}

async fn set_key(client: &Client, name: &str, planned: &Value) -> Result<(), ProviderError> {
    let sent = match shape::text(planned, "kms_key_id") {
        Some(key) => call("logs:AssociateKmsKey", client.associate_kms_key().log_group_name(name).kms_key_id(key).send()).await.map(|_| ()),
        None => call("logs:DisassociateKmsKey", client.disassociate_kms_key().log_group_name(name).send()).await.map(|_| ()),
    };
    sent.map_err(|e| e.while_doing("Changing the key of the log group").at("kms_key_id"))
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let name = request.prior.id().unwrap_or_default();
    if shape::changed(prior, planned, "retention_in_days") {
        set_retention(&client, name, planned).await?;
    }
    if shape::changed(prior, planned, "kms_key_id") {
        set_key(&client, name, planned).await?;
    }
    if shape::changed(prior, planned, "deletion_protection_enabled") {
        let on = shape::flag(planned, "deletion_protection_enabled").unwrap_or(false);
        let put = client.put_log_group_deletion_protection().log_group_identifier(name).deletion_protection_enabled(on);
        let sent = call("logs:PutLogGroupDeletionProtection", put.send()).await;
        sent.map_err(|e| e.while_doing("Changing the protection of the log group").at("deletion_protection_enabled"))?;
    }
    let arn = request.prior.str("arn").unwrap_or_default();
    let untag = |keys| call("logs:UntagResource", client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys)).send());
    let tag =
        |set: Tags| call("logs:TagResource", client.tag_resource().resource_arn(arn).set_tags(Some(set.into_iter().collect())).send());
    tags::update(ctx, prior, planned, untag, tag).await
}

/// The refusal to delete a protected group, before AWS is asked.
fn check_protection(prior: &Object) -> Result<(), ProviderError> {
    if shape::flag(&prior.attributes, "deletion_protection_enabled") != Some(true) {
        return Ok(());
    }
    let detail = format!("The log group {} has `deletion_protection_enabled`. Nothing was deleted.", prior.id().unwrap_or_default());
    Err(ProviderError::new(ErrorKind::Invalid, "The log group is protected against deletion", detail)
        .help("Set `deletion_protection_enabled = false` and apply that before destroying.")
        .at("deletion_protection_enabled"))
}

#[async_trait]
impl ResourceType for LogGroup {
    support::basics!("aws_cloudwatch_log_group", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["logs:DescribeLogGroups", "logs:ListTagsForResource"],
            create: &["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"],
            update: &[
                "logs:PutRetentionPolicy",
                "logs:DeleteRetentionPolicy",
                "logs:AssociateKmsKey",
                "logs:DisassociateKmsKey",
                "logs:PutLogGroupDeletionProtection",
                "logs:TagResource",
                "logs:UntagResource",
            ],
            delete: &["logs:DeleteLogGroup"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::find_all(&groups::ids(priors), |names| many(client.clone(), names), |name| one(client.clone(), name)).await;
        let found = complete(&client, found).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let name = match make(ctx, &request).await {
            Ok(name) => name,
            Err(error) => return Applied::failed(error),
        };
        let object = support::started(&self.schema(), ctx, request.planned, &name);
        let steps = async {
            support::reached(request.checkpoint, &object).await?;
            match shape::int(request.planned, "retention_in_days") {
                Some(days) if days > 0 => set_retention(&client(ctx)?, &name, request.planned).await,
                _ => Ok(()),
            }
        };
        let done = steps.await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    /// With `skip_destroy` the group stays, and only the state forgets it.
    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        if shape::flag(&request.prior.attributes, "skip_destroy") == Some(true) {
            return Ok(());
        }
        check_protection(request.prior)?;
        let name = request.prior.id().unwrap_or_default();
        let gone = call("logs:DeleteLogGroup", client(ctx)?.delete_log_group().log_group_name(name).send()).await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Deleting the log group"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let name = |i: &Intent| (i.token.clone(), generated::name(&i.planned, "name", "name_prefix", &i.token));
        support::located(self, ctx, intents, &intents.iter().map(name).collect::<BTreeMap<_, _>>()).await
    }

    /// What no API answers starts with its default, so that an import is complete.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let object = support::import(&self.schema(), id)?;
        let mut members: Members = object.attributes.members().cloned().unwrap_or_default();
        members.insert("skip_destroy".into(), Value::bool(false));
        Ok(Object::new(Value::object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_no_star_and_days_are_those_of_the_api() {
        assert_eq!(arn_of(&Sdk::builder().arn("arn:aws:logs:a:1:log-group:x:*").build()), "arn:aws:logs:a:1:log-group:x");
        let errors = |name: &str, value: Value| validate(&Value::object([(name.into(), value)].into())).len();
        assert_eq!((errors("retention_in_days", Value::int(30)), errors("retention_in_days", Value::int(31))), (0, 1));
        assert_eq!((errors("name", Value::string("/app/web")), errors("name", Value::string("a b"))), (0, 1));
    }

    #[test]
    fn a_protected_group_stays() {
        let object = |on: bool| Object::new(Value::object([("deletion_protection_enabled".into(), Value::bool(on))].into()));
        assert!(check_protection(&object(false)).is_ok());
        assert!(check_protection(&object(true)).unwrap_err().help.is_some_and(|h| h.contains("deletion_protection_enabled = false")));
    }
}
