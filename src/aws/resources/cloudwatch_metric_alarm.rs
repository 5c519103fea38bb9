//! `aws_cloudwatch_metric_alarm`: an alarm on a metric, on an expression over metrics, or on a PromQL query.
//!
//! # Quirks
//! The id is the name. One call makes an alarm or overwrites the whole of it; tags count only when
//! it is made. A hundred alarms are described at once, tags are read one by one.
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>.

mod expand;
mod flatten;
mod rules;

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::tags::{self, Tags};
use crate::aws::{region, shape, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{AlarmType, MetricAlarm as Sdk, Tag};

/// `aws_cloudwatch_metric_alarm`
pub struct MetricAlarm;

const NOT_FOUND: &[&str] = &["ResourceNotFound", "ResourceNotFoundException"];
/// Names a call takes.
const NAMES: usize = 100;

fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.cloudwatch(Some(region::of(ctx))))
}

/// An alarm with its tags.
struct Full {
    alarm: Sdk,
    tags: Tags,
}

async fn many(client: Client, names: Vec<String>) -> Result<Vec<(String, Sdk)>, ApiError> {
    let mut all = Vec::new();
    for chunk in names.chunks(NAMES) {
        let request = client.describe_alarms().set_alarm_names(Some(chunk.to_vec())).alarm_types(AlarmType::MetricAlarm);
        let pages = call("cloudwatch:DescribeAlarms", request.into_paginator().send().collect::<Result<Vec<_>, _>>()).await?;
        let alarms = pages.into_iter().flat_map(|p| p.metric_alarms.unwrap_or_default());
        all.extend(alarms.filter_map(|a| Some((a.alarm_name.clone()?, a))));
    }
    Ok(all)
}

async fn one(client: Client, name: String) -> Result<Option<Sdk>, ApiError> {
    Ok(many(client, vec![name]).await?.pop().map(|(_, alarm)| alarm))
}

async fn tags_of(client: Client, arn: String) -> Result<Option<Tags>, ApiError> {
    let answer = call("cloudwatch:ListTagsForResource", client.list_tags_for_resource().resource_arn(arn).send()).await;
    let tags = absent(answer, NOT_FOUND)?.map(|a| a.tags.unwrap_or_default());
    Ok(tags.map(|t| t.into_iter().filter_map(|t| Some((t.key?, t.value.unwrap_or_default()))).collect()))
}

/// Adds to each alarm that is there its tags.
async fn complete(client: &Client, found: Found<Sdk>) -> Found<Full> {
    let arns = found.values().filter_map(|f| f.as_ref().ok()?.as_ref()?.alarm_arn.clone()).collect();
    let tags = groups::each(arns, |arn| tags_of(client.clone(), arn)).await;
    let whole = |alarm: Result<Option<Sdk>, ApiError>| {
        let Some(alarm) = alarm? else { return Ok(None) };
        let tags = tags.get(alarm.alarm_arn().unwrap_or_default()).cloned().unwrap_or(Ok(None))?.unwrap_or_default();
        Ok(Some(Full { alarm, tags }))
    };
    found.into_iter().map(|(name, alarm)| (name, whole(alarm))).collect()
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

async fn put(client: &Client, planned: &Value, tags: Option<Vec<Tag>>, doing: &str) -> Result<(), ProviderError> {
    let send = expand::put(client, planned).set_tags(tags.filter(|t| !t.is_empty()));
    call("cloudwatch:PutMetricAlarm", send.send()).await.map(|_| ()).map_err(|e| e.while_doing(doing))
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let other = planned.members().into_iter().flatten().any(|(n, _)| !n.starts_with("tags") && shape::changed(prior, planned, n));
    if other {
        put(&client, planned, None, "Changing the alarm").await?;
    }
    let arn = request.prior.str("arn").unwrap_or_default();
    let untag = |keys| call("cloudwatch:UntagResource", client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys)).send());
    let tag = |set| call("cloudwatch:TagResource", client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(&set))).send());
    tags::update(ctx, prior, planned, untag, tag).await
}

#[async_trait]
impl ResourceType for MetricAlarm {
    support::basics!("aws_cloudwatch_metric_alarm", rules::build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
            create: &["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
            update: &["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"],
            delete: &["cloudwatch:DeleteAlarms"],
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
        groups::outcomes(priors, &found, |base, full| flatten::flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let planned = request.planned;
        let made = async {
            let tags = sdk_tags(&tags::for_create(planned, ctx.facts, None));
            put(&client(ctx)?, planned, Some(tags), "Creating the alarm").await
        };
        if let Err(error) = made.await {
            return Applied::failed(error);
        }
        let name = shape::text(planned, "alarm_name").unwrap_or_default();
        support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, planned, name), Ok(())).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let name = request.prior.id().unwrap_or_default();
        let gone = call("cloudwatch:DeleteAlarms", client(ctx)?.delete_alarms().alarm_names(name).send()).await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Deleting the alarm"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        support::located_by(self, ctx, intents, "alarm_name").await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}
