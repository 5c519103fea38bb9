//! `aws_sns_topic`: a topic.
//!
//! # Quirks
//! The id is the ARN, which follows from the name. All attributes but the kind of the topic are
//! set one by one after it was made; CreateTopic of a name that exists answers the topic that is there.
//! The name of a FIFO topic ends in `.fifo`. A topic with an archive has to lose that before it goes.
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::shape::{self, Attrs};
use crate::aws::sns::{self, Attribute, Kind, NOT_FOUND};
use crate::aws::tags::{self, TagRules, Tags};
use crate::aws::{generated, groups, iam, region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, number, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::Tag;
use std::collections::{BTreeMap, HashMap};

/// `aws_sns_topic`
pub struct Topic;

const SUFFIX: &str = ".fifo";

/// What can be set on a topic that exists.
const SETTABLE: &[Attribute] = &[
    ("application_failure_feedback_role_arn", "ApplicationFailureFeedbackRoleArn", Kind::Text),
    ("application_success_feedback_role_arn", "ApplicationSuccessFeedbackRoleArn", Kind::Text),
    ("application_success_feedback_sample_rate", "ApplicationSuccessFeedbackSampleRate", Kind::Int),
    ("archive_policy", "ArchivePolicy", Kind::Json),
    ("content_based_deduplication", "ContentBasedDeduplication", Kind::Flag),
    ("delivery_policy", "DeliveryPolicy", Kind::Json),
    ("display_name", "DisplayName", Kind::Text),
    ("fifo_throughput_scope", "FifoThroughputScope", Kind::Text),
    ("firehose_failure_feedback_role_arn", "FirehoseFailureFeedbackRoleArn", Kind::Text),
    ("firehose_success_feedback_role_arn", "FirehoseSuccessFeedbackRoleArn", Kind::Text),
    ("firehose_success_feedback_sample_rate", "FirehoseSuccessFeedbackSampleRate", Kind::Int),
    ("http_failure_feedback_role_arn", "HTTPFailureFeedbackRoleArn", Kind::Text),
    ("http_success_feedback_role_arn", "HTTPSuccessFeedbackRoleArn", Kind::Text),
    ("http_success_feedback_sample_rate", "HTTPSuccessFeedbackSampleRate", Kind::Int),
    ("kms_master_key_id", "KmsMasterKeyId", Kind::Text),
    ("lambda_failure_feedback_role_arn", "LambdaFailureFeedbackRoleArn", Kind::Text),
    ("lambda_success_feedback_role_arn", "LambdaSuccessFeedbackRoleArn", Kind::Text),
    ("lambda_success_feedback_sample_rate", "LambdaSuccessFeedbackSampleRate", Kind::Int),
    ("policy", "Policy", Kind::Policy),
    ("signature_version", "SignatureVersion", Kind::Int),
    ("sqs_failure_feedback_role_arn", "SQSFailureFeedbackRoleArn", Kind::Text),
    ("sqs_success_feedback_role_arn", "SQSSuccessFeedbackRoleArn", Kind::Text),
    ("sqs_success_feedback_sample_rate", "SQSSuccessFeedbackSampleRate", Kind::Int),
    ("tracing_config", "TracingConfig", Kind::Text),
];
/// What is only read.
const READ_ONLY: &[Attribute] = &[
    ("beginning_archive_time", "BeginningArchiveTime", Kind::Text),
    ("fifo_topic", "FifoTopic", Kind::Flag),
    ("owner", "Owner", Kind::Text),
];
/// Set by AWS where nothing is written.
const CHOSEN: &[&str] = &["fifo_throughput_scope", "policy", "signature_version", "tracing_config"];

fn build() -> ResourceSchema {
    let mut block = support::tagged()
        .attr("beginning_archive_time", string().computed())
        .attr("fifo_topic", boolean().optional().default(Value::bool(false)).force_new())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("owner", string().computed());
    for (name, _, kind) in SETTABLE {
        let attr = match kind {
            Kind::Int => number().optional(),
            Kind::Flag => boolean().optional().default(Value::bool(false)),
            Kind::Text | Kind::Json | Kind::Policy => string().optional(),
        };
        block = block.attr(name, if CHOSEN.contains(name) { attr.computed() } else { attr });
    }
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(|path, prior, planned| match path.schema_key().as_str() {
        "policy" => iam::same_policy(prior, planned),
        "archive_policy" | "delivery_policy" => sns::same_document(prior, planned),
        _ => false,
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("name", "name_prefix")]);
    errors.extend(sns::check_json(config, SETTABLE));
    let mut wrong = |path: &str, message: String| errors.push(RuleError { path: Path::attr(path), message });
    let fifo = shape::flag(config, "fifo_topic") == Some(true);
    for (name, most) in [("name", 256), ("name_prefix", 256 - generated::SUFFIX)] {
        let Some(text) = shape::text(config, name) else { continue };
        let stem = text.strip_suffix(SUFFIX).filter(|_| fifo && name == "name").unwrap_or(text);
        if !stem.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) || text.len() > most {
            wrong(name, format!("`{name}` has letters, digits, `-` and `_`, at most {most} characters."));
        } else if fifo && name == "name" && !text.ends_with(SUFFIX) {
            wrong(name, "The name of a FIFO topic ends in `.fifo`.".into());
        }
    }
    let plain = config.get("fifo_topic").is_none_or(|f| !f.is_unknown()) && !fifo;
    if plain && shape::flag(config, "content_based_deduplication") == Some(true) {
        wrong("content_based_deduplication", "Only FIFO topics deduplicate: set `fifo_topic = true`.".into());
    }
    for (name, ..) in SETTABLE.iter().filter(|(n, ..)| n.ends_with("_sample_rate")) {
        if shape::int(config, name).is_some_and(|n| !(0..=100).contains(&n)) {
            wrong(name, "The rate is a percentage, 0 to 100.".into());
        }
    }
    let not_of = |name: &str, allowed: &[&str]| shape::text(config, name).is_some_and(|t| !allowed.contains(&t));
    if not_of("tracing_config", &["Active", "PassThrough"]) {
        wrong("tracing_config", "Tracing is `Active` or `PassThrough`.".into());
    }
    if not_of("fifo_throughput_scope", &["Topic", "MessageGroup"]) {
        wrong("fifo_throughput_scope", "The scope is `Topic` or `MessageGroup`.".into());
    }
    if shape::int(config, "signature_version").is_some_and(|n| ![1, 2].contains(&n)) {
        wrong("signature_version", "The version is 1 or 2.".into());
    }
    errors
}

fn plan(draft: &mut DiffDraft<'_>) {
    iam::normalize(draft, "policy", crate::aws::go_json::normalized);
    if draft.changes("archive_policy") {
        draft.set_unknown("beginning_archive_time");
    }
}

/// The name of a topic: what is written, else drawn, with `.fifo` where it belongs.
fn name_of(planned: &Value, token: &str) -> String {
    let name = generated::name(planned, "name", "name_prefix", token);
    let fifo = shape::flag(planned, "fifo_topic") == Some(true);
    if fifo && !name.ends_with(SUFFIX) { format!("{name}{SUFFIX}") } else { name }
}

struct Full {
    attributes: HashMap<String, String>,
    tags: Tags,
}

async fn find(client: Client, arn: String) -> Result<Option<Full>, ApiError> {
    let (attributes, tags) = tokio::join!(
        call("sns:GetTopicAttributes", client.get_topic_attributes().topic_arn(&arn).send()),
        call("sns:ListTagsForResource", client.list_tags_for_resource().resource_arn(&arn).send()),
    );
    let Some(attributes) = absent(attributes, NOT_FOUND)?.and_then(|a| a.attributes) else { return Ok(None) };
    let tags = absent(tags, &["NotFound", "ResourceNotFound"])?.and_then(|a| a.tags).unwrap_or_default();
    Ok(Some(Full { attributes, tags: tags.into_iter().map(|t| (t.key, t.value)).collect() }))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let (tags, tags_all) = TagRules::from_facts(ctx.facts).observed(&full.tags, base);
    let arn = full.attributes.get("TopicArn").map(String::as_str).or(shape::text(base, "id")).unwrap_or_default();
    let name = arn.rsplit(':').next().unwrap_or_default();
    let attrs = Attrs::over(schema, base)
        .text("id", Some(arn))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(arn))
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name.strip_suffix(SUFFIX).unwrap_or(name))))
        .put("tags", tags)
        .put("tags_all", tags_all);
    let attrs = sns::flatten(attrs, base, SETTABLE, &full.attributes);
    sns::flatten(attrs, base, READ_ONLY, &full.attributes).finish()
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect()
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let planned = request.planned;
    let mut send = sns::client(ctx)?
        .create_topic()
        .name(name_of(planned, &request.intent.token))
        .set_tags(Some(sdk_tags(&tags::for_create(planned, ctx.facts, None))).filter(|t| !t.is_empty()));
    if shape::flag(planned, "fifo_topic") == Some(true) {
        send = send.attributes("FifoTopic", "true");
    }
    let made = call("sns:CreateTopic", send.send()).await.map_err(|e| e.while_doing("Creating the topic"))?;
    Ok(made.topic_arn.unwrap_or_default())
}

/// Sets one attribute; roles and principals that IAM has just made are refused for a while.
async fn set(ctx: &Ctx<'_>, client: &Client, arn: &str, attribute: Attribute, value: String) -> Result<(), ProviderError> {
    let fresh = |e: &ApiError| e.is(&["InvalidParameter"]) && ["PrincipalNotFound", "role"].iter().any(|w| e.message.contains(w));
    let send = || {
        let request = client.set_topic_attributes().topic_arn(arn).attribute_name(attribute.1).attribute_value(&value);
        call("sns:SetTopicAttributes", request.send())
    };
    support::retried(Aws::of(ctx)?, "Changing the topic", fresh, send).await.map(|_| ()).map_err(|e| e.at(attribute.0))
}

/// Sets what differs from `now`.
async fn set_all(ctx: &Ctx<'_>, arn: &str, now: &Value, planned: &Value) -> Result<(), ProviderError> {
    let client = sns::client(ctx)?;
    for attribute in SETTABLE.iter().filter(|(name, ..)| shape::changed(now, planned, name)) {
        let text = sns::expand(planned, *attribute);
        let value = if text.is_empty() && attribute.0 == "archive_policy" { "{}".to_string() } else { text };
        set(ctx, &client, arn, *attribute, value).await?;
    }
    Ok(())
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = sns::client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let arn = request.prior.id().unwrap_or_default();
    set_all(ctx, arn, prior, planned).await?;
    let untag = |keys| call("sns:UntagResource", client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys)).send());
    let tag = |set| call("sns:TagResource", client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(&set))).send());
    tags::update(ctx, prior, planned, untag, tag).await
}

#[async_trait]
impl ResourceType for Topic {
    support::basics!("aws_sns_topic", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["sns:GetTopicAttributes", "sns:ListTagsForResource"],
            create: &["sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource"],
            update: &["sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"],
            delete: &["sns:DeleteTopic", "sns:SetTopicAttributes"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match sns::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |arn| find(client.clone(), arn)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let arn = match make(ctx, &request).await {
            Ok(arn) => arn,
            Err(error) => return Applied::failed(error),
        };
        let object = support::started(&self.schema(), ctx, request.planned, &arn);
        let steps = async {
            support::reached(request.checkpoint, &object).await?;
            set_all(ctx, &arn, &Value::object(std::collections::BTreeMap::new()), request.planned).await
        };
        let done = steps.await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = sns::client(ctx)?;
        let arn = request.prior.id().unwrap_or_default();
        if request.prior.str("archive_policy").is_some_and(|p| !crate::aws::policy_json::same_json(p, "")) {
            let off = client.set_topic_attributes().topic_arn(arn).attribute_name("ArchivePolicy").attribute_value("{}");
            let sent = call("sns:SetTopicAttributes", off.send()).await;
            absent(sent, NOT_FOUND).map_err(|e| e.while_doing("Removing the topic's archive").at("archive_policy"))?;
        }
        let gone = call("sns:DeleteTopic", client.delete_topic().topic_arn(arn).send()).await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Deleting the topic"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let account = match ctx.facts.str("account_id").filter(|a| !a.is_empty()) {
            Some(known) => known.to_string(),
            None => Aws::of(ctx)?.caller().await?.account.clone(),
        };
        let place = region::of(ctx);
        let arn = |i: &Intent| {
            let name = name_of(&i.planned, &i.token);
            (i.token.clone(), format!("arn:{}:sns:{place}:{account}:{name}", region::partition(place)))
        };
        support::located(self, ctx, intents, &intents.iter().map(arn).collect::<BTreeMap<_, _>>()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        if !id.starts_with("arn:") {
            return Err(support::import_error("it must be the topic's ARN"));
        }
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;

    fn object(pairs: &[(&str, Value)]) -> Value {
        Value::object(pairs.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    #[test]
    fn names_of_fifo_topics_end_in_fifo() {
        let fifo = ("fifo_topic", Value::bool(true));
        let errors = |pairs: &[(&str, Value)]| validate(&object(pairs)).len();
        assert_eq!(errors(&[("name", Value::string("a.fifo")), fifo.clone()]), 0);
        assert_eq!((errors(&[("name", Value::string("a")), fifo.clone()]), errors(&[("name", Value::string("a.fifo"))])), (1, 1));
        assert_eq!(errors(&[("content_based_deduplication", Value::bool(true)), ("policy", Value::string("{"))]), 2);
        assert!(name_of(&object(&[("name_prefix", Value::string("x-")), fifo]), "t").ends_with(SUFFIX));
    }

    #[test]
    fn what_the_emulator_lacks_is_read_too() {
        let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        let answer = [
            ("TopicArn", "arn:aws:sns:eu-west-1:1:a"),
            ("SignatureVersion", "2"),
            ("TracingConfig", "Active"),
            ("HTTPSuccessFeedbackSampleRate", "50"),
            ("HTTPSuccessFeedbackRoleArn", "arn:r"),
        ];
        let attributes = answer.into_iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let read = flatten(&ctx, &build(), &object(&[]), &Full { attributes, tags: Tags::new() });
        assert_eq!((shape::text(&read, "name"), shape::int(&read, "signature_version")), (Some("a"), Some(2)));
        assert_eq!(
            (shape::text(&read, "tracing_config"), shape::int(&read, "http_success_feedback_sample_rate")),
            (Some("Active"), Some(50))
        );
        assert_eq!(shape::text(&read, "http_success_feedback_role_arn"), Some("arn:r"));
    }
}
