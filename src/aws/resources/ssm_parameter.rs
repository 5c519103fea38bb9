//! `aws_ssm_parameter`: a parameter of Systems Manager.
//!
//! # Quirks
//! The id is the name. Values come ten a call, what else is known of parameters fifty a call, tags
//! one by one. Every change writes the value again, as another version: where the value is
//! `value_wo` and its version stays, the value that is there. A parameter with `insecure_value` keeps
//! its value there instead of in `value`, which is always masked. Tags cannot be given to a
//! parameter that is overwritten: they follow.
//! Source: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>.

mod read;

pub use read::one;

use crate::aws::clients::Aws;
use crate::aws::errors::{absent, call};
use crate::aws::{groups, region, shape, support, tags};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, number, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder;
use aws_sdk_ssm::types::{ParameterTier, ParameterType, ResourceTypeForTagging, Tag};

/// `aws_ssm_parameter`
pub struct SsmParameter;

/// The code of "does not exist".
pub const NOT_FOUND: &[&str] = &["ParameterNotFound"];
const SECURE: &str = "SecureString";
const INTELLIGENT: &str = "Intelligent-Tiering";

/// The client of a call's region.
///
/// # Errors
/// As [`Aws::of`].
pub fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.ssm(Some(region::of(ctx))))
}

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("allowed_pattern", string().optional())
        .attr("arn", string().optional().computed().unsupported())
        .attr("data_type", string().optional().computed().force_new())
        .attr("description", string().optional())
        .attr("has_value_wo", boolean().computed())
        .attr("insecure_value", string().optional().computed())
        .attr("key_id", string().optional().computed())
        .attr("name", string().required().force_new())
        .attr("overwrite", boolean().optional())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .attr("tier", string().optional().computed())
        .attr("type", string().required())
        .attr("value", string().optional().computed().sensitive())
        .attr("value_wo", string().optional().sensitive().write_only())
        .attr("value_wo_version", number().optional())
        .attr("version", number().computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    // What tier AWS took is not what was asked for.
    schema.rules.equal = Some(|path, a, b| {
        path.schema_key() == "tier"
            && [a, b].iter().any(|v| v.as_str() == Some(INTELLIGENT))
            && [a, b].iter().all(|v| v.as_str() != Some(""))
    });
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::exactly_one(config, &["value", "value_wo", "insecure_value"]);
    errors.extend(support::needs(config, &[("value_wo", "value_wo_version"), ("value_wo_version", "value_wo")]));
    let mut wrong = |path: &str, message: &str| errors.push(RuleError { path: Path::attr(path), message: message.into() });
    let not_of = |name: &str, allowed: &[&str]| shape::text(config, name).is_some_and(|t| !allowed.contains(&t));
    if not_of("type", &["String", "StringList", SECURE]) {
        wrong("type", "The type is `String`, `StringList` or `SecureString`.");
    }
    if not_of("tier", &["Standard", "Advanced", INTELLIGENT]) {
        wrong("tier", "The tier is `Standard`, `Advanced` or `Intelligent-Tiering`.");
    }
    if not_of("data_type", &["text", "aws:ec2:image", "aws:ssm:integration"]) {
        wrong("data_type", "The data type is `text`, `aws:ec2:image` or `aws:ssm:integration`.");
    }
    if shape::text(config, "type") == Some(SECURE) && config.get("insecure_value").is_some_and(|v| !v.is_null()) {
        wrong("insecure_value", "A `SecureString` has its value in `value` or `value_wo`.");
    }
    for (name, most) in [("name", 2048), ("description", 1024), ("allowed_pattern", 1024)] {
        if shape::text(config, name).is_some_and(|t| t.chars().count() > most) {
            wrong(name, &format!("`{name}` has at most {most} characters."));
        }
    }
    errors
}

/// Attributes whose change writes the parameter again.
const WRITTEN: &[&str] = &["allowed_pattern", "description", "insecure_value", "key_id", "tier", "type", "value", "value_wo_version"];

fn plan(draft: &mut DiffDraft<'_>) {
    if draft.is_create() {
        return;
    }
    let text = |v: Option<&Value>| v.and_then(Value::as_str).map(str::to_string);
    if (text(draft.prior("tier")).as_deref(), text(draft.planned("tier")).as_deref()) == (Some("Advanced"), Some("Standard")) {
        draft.require_replace("tier", Some("an advanced parameter cannot become a standard one"));
    }
    // The value is in one place; a computed one would stay where it was.
    if ["insecure_value", "value_wo_version"].iter().any(|n| draft.configured(n).is_some()) {
        draft.set("value", Value::null(Type::String));
    }
    if draft.configured("insecure_value").is_none() {
        draft.set("insecure_value", Value::null(Type::String));
    }
    if draft.changes("type") && draft.configured("key_id").is_none() {
        draft.set_unknown("key_id");
    }
    if draft.changes("value_wo_version") {
        draft.set_unknown("has_value_wo");
    }
    if WRITTEN.iter().any(|n| draft.changes(n)) {
        draft.set_unknown("version");
    }
}

fn sdk_tags(tags: &tags::Tags) -> Vec<Tag> {
    tags.iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect()
}

/// The value that the configuration gives, wherever it is written.
fn written(config: &Value, planned: &Value) -> Option<String> {
    let text = |object: &Value, name: &str| shape::string(object, name);
    text(config, "value_wo").or_else(|| text(planned, "insecure_value").filter(|_| !secure(planned))).or_else(|| text(planned, "value"))
}

fn secure(planned: &Value) -> bool {
    shape::text(planned, "type") == Some(SECURE)
}

/// What a create and a change send alike.
fn put(client: &Client, planned: &Value, value: Option<String>) -> PutParameterFluentBuilder {
    client
        .put_parameter()
        .set_name(shape::string(planned, "name"))
        .set_type(shape::text(planned, "type").map(ParameterType::from))
        .set_value(value)
        .set_tier(shape::text(planned, "tier").map(ParameterTier::from))
        .set_key_id(shape::string(planned, "key_id").filter(|_| secure(planned)))
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let (client, planned) = (client(ctx)?, request.planned);
    let name = shape::string(planned, "name").unwrap_or_default();
    let doing = "Creating the parameter";
    let overwrite = shape::flag(planned, "overwrite").unwrap_or(false);
    let wanted = sdk_tags(&tags::for_create(planned, ctx.facts, None));
    let send = put(&client, planned, written(request.config, planned))
        .overwrite(overwrite)
        .set_description(shape::string(planned, "description"))
        .set_allowed_pattern(shape::string(planned, "allowed_pattern"))
        .set_data_type(shape::string(planned, "data_type"))
        .set_tags(Some(wanted.clone()).filter(|t| !overwrite && !t.is_empty()));
    call("ssm:PutParameter", send.send()).await.map_err(|e| e.while_doing(doing))?;
    if overwrite && !wanted.is_empty() {
        let add = client.add_tags_to_resource().resource_type(ResourceTypeForTagging::Parameter).resource_id(&name).set_tags(Some(wanted));
        call("ssm:AddTagsToResource", add.send()).await.map_err(|e| e.while_doing(doing).at("tags"))?;
    }
    Ok(name)
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let (client, doing) = (client(ctx)?, "Changing the parameter");
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let id = request.prior.id().unwrap_or_default();
    let changed = |n: &str| shape::changed(prior, planned, n);
    if WRITTEN.iter().any(|n| changed(n)) {
        let stays = shape::text(request.config, "value_wo").is_some() && !changed("value_wo_version");
        let value =
            if stays { read::value(&client, id).await.map_err(|e| e.while_doing(doing))? } else { written(request.config, planned) };
        let text = |n: &str| changed(n).then(|| shape::string(planned, n).unwrap_or_default());
        let send = put(&client, planned, value)
            .overwrite(shape::flag(planned, "overwrite").unwrap_or(true))
            .set_description(text("description"))
            .set_allowed_pattern(text("allowed_pattern"));
        call("ssm:PutParameter", send.send()).await.map_err(|e| e.while_doing(doing))?;
    }
    let kind = ResourceTypeForTagging::Parameter;
    let untag = |keys| {
        let send = client.remove_tags_from_resource().resource_type(kind.clone()).resource_id(id).set_tag_keys(Some(keys)).send();
        call("ssm:RemoveTagsFromResource", send)
    };
    let tag = |set| {
        let send = client.add_tags_to_resource().resource_type(kind.clone()).resource_id(id).set_tags(Some(sdk_tags(&set))).send();
        call("ssm:AddTagsToResource", send)
    };
    tags::update(ctx, prior, planned, untag, tag).await
}

#[async_trait]
impl ResourceType for SsmParameter {
    support::basics!("aws_ssm_parameter", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ssm:GetParameters", "ssm:GetParameter", "ssm:DescribeParameters", "ssm:ListTagsForResource"],
            create: &["ssm:PutParameter", "ssm:AddTagsToResource"],
            update: &["ssm:PutParameter", "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource"],
            delete: &["ssm:DeleteParameter"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = read::all(&client, &groups::ids(priors)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| read::flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match make(ctx, &request).await {
            Ok(id) => support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, request.planned, &id), Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let name = request.prior.id().unwrap_or_default();
        let gone = call("ssm:DeleteParameter", client(ctx)?.delete_parameter().name(name).send()).await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Deleting the parameter"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        support::located_by(self, ctx, intents, "name").await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;

    fn object(pairs: &[(&str, Value)]) -> Value {
        let block = build().block;
        shape::filled(&block, pairs.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }
    fn text(t: &str) -> Value {
        Value::string(t)
    }

    #[test]
    fn configurations_are_checked() {
        let errors = |pairs: &[(&str, Value)]| validate(&object(pairs)).len();
        assert_eq!(errors(&[("type", text("String")), ("value", text("x"))]), 0);
        assert_eq!(errors(&[("type", text("Text")), ("value", text("x")), ("tier", text("Best"))]), 2);
        assert_eq!(errors(&[("type", text(SECURE)), ("insecure_value", text("x"))]), 1);
        assert_eq!(errors(&[("type", text(SECURE)), ("value_wo", text("x"))]), 1);
        assert_eq!(errors(&[("type", text(SECURE))]), 1);
    }

    #[test]
    fn a_value_that_moves_elsewhere_leaves_its_place() {
        let prior = object(&[("type", text("String")), ("value", text("x")), ("version", Value::int(1))]);
        let config = object(&[("type", text("String")), ("value_wo_version", Value::int(1))]);
        let planned =
            object(&[("type", text("String")), ("value", text("x")), ("value_wo_version", Value::int(1)), ("version", Value::int(1))]);
        let facts = ProviderFacts::default();
        let mut draft = DiffDraft { config: &config, prior: Some(&prior), planned, provider: &facts, replace: vec![], notes: vec![] };
        plan(&mut draft);
        for name in ["has_value_wo", "version"] {
            assert!(draft.planned(name).is_some_and(Value::is_unknown), "{name}");
        }
        assert_eq!(draft.planned("value"), Some(&Value::null(Type::String)));
        assert_eq!(draft.planned("insecure_value"), Some(&Value::null(Type::String)));
    }
}
