//! `aws_sns_topic_subscription`: who gets the messages of a topic.
//!
//! # Quirks
//! Subscribing again with the same topic, protocol and endpoint answers the subscription that is
//! there. People confirm subscriptions by e-mail; until then lists show no ARN, and AWS refuses
//! to remove them (it forgets them by itself after some days). Endpoints over HTTP confirm
//! themselves where `endpoint_auto_confirms` says so, and are waited for. A password in the
//! endpoint is masked in answers.
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::shape::{self, Attrs};
use crate::aws::sns::{self, Attribute, Kind, NOT_FOUND};
use crate::aws::waiter::Poll;
use crate::aws::{groups, iam, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, number, string};
use crate::value::{Members, Path, Value};
use async_trait::async_trait;
use aws_sdk_sns::Client;
use std::collections::{BTreeMap, HashMap};

/// `aws_sns_topic_subscription`
pub struct Subscription;

const PROTOCOLS: &[&str] = &["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"];

/// What can be set on a subscription that exists. The scope comes before the filter that it concerns.
const SETTABLE: &[Attribute] = &[
    ("delivery_policy", "DeliveryPolicy", Kind::Json),
    ("filter_policy_scope", "FilterPolicyScope", Kind::Text),
    ("filter_policy", "FilterPolicy", Kind::Json),
    ("raw_message_delivery", "RawMessageDelivery", Kind::Flag),
    ("redrive_policy", "RedrivePolicy", Kind::Json),
    ("replay_policy", "ReplayPolicy", Kind::Json),
    ("subscription_role_arn", "SubscriptionRoleArn", Kind::Text),
];
/// What is only read.
const READ_ONLY: &[Attribute] = &[
    ("confirmation_was_authenticated", "ConfirmationWasAuthenticated", Kind::Flag),
    ("owner_id", "Owner", Kind::Text),
    ("pending_confirmation", "PendingConfirmation", Kind::Flag),
    ("protocol", "Protocol", Kind::Text),
    ("topic_arn", "TopicArn", Kind::Text),
];

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("arn", string().computed())
        .attr("confirmation_timeout_in_minutes", number().optional().default(Value::int(1)))
        .attr("confirmation_was_authenticated", boolean().computed())
        .attr("delivery_policy", string().optional())
        .attr("endpoint", string().required().force_new())
        .attr("endpoint_auto_confirms", boolean().optional().default(Value::bool(false)))
        .attr("filter_policy", string().optional())
        .attr("filter_policy_scope", string().optional().computed())
        .attr("owner_id", string().computed())
        .attr("pending_confirmation", boolean().computed())
        .attr("protocol", string().required().force_new())
        .attr("raw_message_delivery", boolean().optional().default(Value::bool(false)))
        .attr("redrive_policy", string().optional())
        .attr("replay_policy", string().optional())
        .attr("subscription_role_arn", string().optional())
        .attr("topic_arn", string().required().force_new());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(|path, prior, planned| {
        let documents = SETTABLE.iter().filter(|(.., kind)| *kind == Kind::Json);
        documents.map(|(name, ..)| *name).any(|n| n == path.schema_key()) && sns::same_document(prior, planned)
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = sns::check_json(config, SETTABLE);
    let mut wrong = |path: &str, message: String| errors.push(RuleError { path: Path::attr(path), message });
    let protocol = shape::text(config, "protocol");
    if protocol.is_some_and(|p| !PROTOCOLS.contains(&p)) {
        wrong("protocol", format!("The protocol is one of {}.", PROTOCOLS.join(", ")));
    }
    if protocol == Some("firehose") && config.get("subscription_role_arn").is_none_or(Value::is_null) {
        wrong("subscription_role_arn", "Firehose needs the role with which SNS writes.".into());
    }
    if shape::text(config, "filter_policy_scope").is_some_and(|s| !["MessageAttributes", "MessageBody"].contains(&s)) {
        wrong("filter_policy_scope", "The scope is `MessageAttributes` or `MessageBody`.".into());
    }
    if config.get("filter_policy_scope").is_some_and(|s| !s.is_null()) && config.get("filter_policy").is_none_or(Value::is_null) {
        wrong("filter_policy_scope", "`filter_policy_scope` needs `filter_policy`.".into());
    }
    errors
}

/// The scope is AWS's where there is a filter and none is written.
fn plan(draft: &mut DiffDraft<'_>) {
    if draft.changes("filter_policy") && draft.configured("filter_policy_scope").is_none() {
        draft.set_unknown("filter_policy_scope");
    }
    let people = draft.planned("protocol").and_then(Value::as_str).is_some_and(|p| p.starts_with("email"));
    if people && draft.is_create() {
        draft.note("endpoint", "nothing is delivered until the subscription is confirmed from the e-mail that AWS sends");
    }
}

type Found = HashMap<String, String>;

async fn find(client: Client, arn: String) -> Result<Option<Found>, ApiError> {
    let answer = call("sns:GetSubscriptionAttributes", client.get_subscription_attributes().subscription_arn(arn).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.attributes))
}

/// The endpoint as it was written where the answer differs in a masked password only.
fn endpoint(before: Option<&str>, answered: &str) -> String {
    let masked = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.split_once('@')?;
        Some(format!("{scheme}://{}:****@{host}", user.split_once(':')?.0))
    };
    match before {
        Some(before) if masked(before).as_deref() == Some(answered) => before.to_string(),
        _ => answered.to_string(),
    }
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, found: &Found) -> Value {
    let arn = found.get("SubscriptionArn").map(String::as_str).or(shape::text(base, "id")).unwrap_or_default();
    let answered = found.get("Endpoint").map(String::as_str).unwrap_or_default();
    let attrs = Attrs::over(schema, base)
        .text("id", Some(arn))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(arn))
        .text("endpoint", Some(&endpoint(shape::text(base, "endpoint"), answered)));
    sns::flatten(sns::flatten(attrs, base, SETTABLE, found), base, READ_ONLY, found).finish()
}

async fn make(ctx: &Ctx<'_>, planned: &Value) -> Result<String, ProviderError> {
    let written = SETTABLE.iter().filter(|(n, ..)| planned.get(n).is_some_and(|v| !v.is_unknown() && !shape::is_zero(v)));
    let attributes: HashMap<String, String> = written.map(|a| (a.1.to_string(), sns::expand(planned, *a))).collect();
    let send = sns::client(ctx)?
        .subscribe()
        .set_topic_arn(shape::string(planned, "topic_arn"))
        .set_protocol(shape::string(planned, "protocol"))
        .set_endpoint(shape::string(planned, "endpoint"))
        .set_attributes(Some(attributes).filter(|a| !a.is_empty()))
        .return_subscription_arn(true);
    let made = call("sns:Subscribe", send.send()).await.map_err(|e| e.while_doing("Subscribing to the topic"))?;
    Ok(made.subscription_arn.unwrap_or_default())
}

/// Waits for an endpoint that confirms by itself.
async fn confirmed(ctx: &Ctx<'_>, planned: &Value, arn: &str) -> Result<(), ProviderError> {
    let web = shape::text(planned, "protocol").is_some_and(|p| p.starts_with("http"));
    if !web || shape::flag(planned, "endpoint_auto_confirms") != Some(true) {
        return Ok(());
    }
    let client = sns::client(ctx)?;
    let minutes = shape::int(planned, "confirmation_timeout_in_minutes").and_then(|n| u64::try_from(n).ok()).unwrap_or(1);
    let what = format!("the endpoint of {arn} to confirm its subscription");
    let look = || async {
        match find(client.clone(), arn.to_string()).await {
            Ok(Some(found)) if found.get("PendingConfirmation").is_some_and(|p| p == "false") => Poll::Ready(()),
            Ok(_) => Poll::Pending,
            Err(e) => Poll::Failed(e.into()),
        }
    };
    Aws::of(ctx)?.wait(&what, timeouts::minutes(minutes)).until(look).await
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = sns::client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let arn = request.prior.id().unwrap_or_default();
    for attribute in SETTABLE.iter().filter(|(name, ..)| shape::changed(prior, planned, name)) {
        let text = sns::expand(planned, *attribute);
        let value = if text.is_empty() && attribute.2 == Kind::Json { "{}".to_string() } else { text };
        let send = client.set_subscription_attributes().subscription_arn(arn).attribute_name(attribute.1).attribute_value(value);
        let sent = call("sns:SetSubscriptionAttributes", send.send()).await;
        sent.map_err(|e| e.while_doing("Changing the subscription").at(attribute.0))?;
    }
    Ok(())
}

/// The subscriptions of a topic by protocol and endpoint, without those that wait for people.
async fn of_topic(client: &Client, topic: &str) -> Result<BTreeMap<(String, String), String>, ApiError> {
    let pages = client.list_subscriptions_by_topic().topic_arn(topic).into_paginator().items().send();
    let all = absent(call("sns:ListSubscriptionsByTopic", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?;
    let known = all.into_iter().flatten().filter(|s| s.subscription_arn().is_some_and(|a| a.starts_with("arn:")));
    Ok(known.filter_map(|s| Some(((s.protocol?, s.endpoint?), s.subscription_arn?))).collect())
}

#[async_trait]
impl ResourceType for Subscription {
    support::basics!("aws_sns_topic_subscription", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"],
            create: &["sns:Subscribe", "iam:PassRole"],
            update: &["sns:SetSubscriptionAttributes"],
            delete: &["sns:Unsubscribe"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match sns::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |arn| find(client.clone(), arn)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, found| flatten(ctx, &schema, base, found))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let arn = match make(ctx, request.planned).await {
            Ok(arn) => arn,
            Err(error) => return Applied::failed(error),
        };
        let object = support::started(&self.schema(), ctx, request.planned, &arn);
        let steps = async {
            support::reached(request.checkpoint, &object).await?;
            confirmed(ctx, request.planned, &arn).await
        };
        let done = steps.await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    /// A subscription that nobody confirmed cannot be removed and goes by itself.
    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let arn = request.prior.id().unwrap_or_default();
        match call("sns:Unsubscribe", sns::client(ctx)?.unsubscribe().subscription_arn(arn).send()).await {
            Ok(_) => Ok(()),
            Err(e) if e.is(NOT_FOUND) => Ok(()),
            Err(e) if e.is(&["InvalidParameter"]) && e.message.contains("pending confirmation") => Ok(()),
            Err(e) => Err(e.while_doing("Removing the subscription")),
        }
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let client = sns::client(ctx)?;
        let mut topics = BTreeMap::new();
        let mut found = BTreeMap::new();
        for intent in intents {
            let text = |n: &str| shape::string(&intent.planned, n).unwrap_or_default();
            let topic = text("topic_arn");
            if !topics.contains_key(&topic) {
                topics.insert(topic.clone(), of_topic(&client, &topic).await?);
            }
            let arn = topics.get(&topic).and_then(|t| t.get(&(text("protocol"), text("endpoint"))));
            found.extend(arn.map(|a| (intent.token.clone(), a.clone())));
        }
        support::located(self, ctx, intents, &found).await
    }

    /// What no API answers starts with its default, so that an import is complete.
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        if !id.starts_with("arn:") {
            return Err(support::import_error("it must be the subscription's ARN"));
        }
        let object = support::import(&self.schema(), id)?;
        let mut members: Members = object.attributes.members().cloned().unwrap_or_default();
        members.insert("confirmation_timeout_in_minutes".into(), Value::int(1));
        members.insert("endpoint_auto_confirms".into(), Value::bool(false));
        Ok(Object::new(Value::object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_password_is_no_change() {
        let written = "https://user:hush@example.com/hook";
        assert_eq!(endpoint(Some(written), "https://user:****@example.com/hook"), written);
        assert_eq!(endpoint(Some(written), "https://user:****@example.org/hook"), "https://user:****@example.org/hook");
        assert_eq!(endpoint(None, "a@example.com"), "a@example.com");
    }

    #[test]
    fn protocols_and_scopes_are_checked() {
        let errors =
            |pairs: &[(&str, &str)]| validate(&Value::object(pairs.iter().map(|(n, v)| ((*n).into(), Value::string(v))).collect())).len();
        assert_eq!(errors(&[("protocol", "email")]), 0);
        assert_eq!(errors(&[("protocol", "carrier-pigeon"), ("filter_policy_scope", "Body")]), 3);
        assert_eq!(errors(&[("protocol", "firehose")]), 1);
    }
}
