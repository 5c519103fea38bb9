//! `aws_secretsmanager_secret_version`: a value of a secret.
//!
//! # Quirks
//! The id is `SECRET|VERSION`, the secret as it is written. A version cannot be changed but for its
//! labels, and not be deleted: deleting takes its labels off, and AWS lets versions without labels
//! go; `AWSCURRENT` stays until another version gets it or the secret is deleted. The version's id
//! is the token of its create, so that a repeated call makes one version. Where the value is
//! written as `secret_string_wo`, a read drops it.
//! Source: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>.

use crate::aws::errors::{ApiError, call};
use crate::aws::groups::{self, Found};
use crate::aws::secrets::{self, Version, gone};
use crate::aws::shape::{self, Attrs};
use crate::aws::{region, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, Trace, UpdateRequest,
};
use crate::schema::{DiffDraft, ResourceSchema, RuleError, boolean, number, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// `aws_secretsmanager_secret_version`
pub struct SecretVersion;

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

fn build() -> ResourceSchema {
    let block = support::base()
        .attr("arn", string().computed())
        .attr("has_secret_string_wo", boolean().computed())
        .attr("secret_arn", string().computed())
        .attr("secret_binary", string().optional().sensitive().force_new())
        .attr("secret_id", string().required().force_new())
        .attr("secret_string", string().optional().sensitive().force_new())
        .attr("secret_string_wo", string().optional().sensitive().write_only())
        .attr("secret_string_wo_version", number().optional().force_new())
        .attr("version_id", string().computed())
        .attr("version_stages", set_of(Type::String).optional().computed());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let pairs = [("secret_string", "secret_binary"), ("secret_string_wo", "secret_string"), ("secret_string_wo", "secret_binary")];
    let mut errors = support::conflicts(config, &pairs);
    let together = [("secret_string_wo", "secret_string_wo_version"), ("secret_string_wo_version", "secret_string_wo")];
    errors.extend(support::needs(config, &together));
    if shape::text(config, "secret_binary").is_some_and(|b| STANDARD.decode(b).is_err()) {
        let message = "The value is base64 (`base64encode`, `filebase64`).".into();
        errors.push(RuleError { path: Path::attr("secret_binary"), message });
    }
    errors
}

fn plan(draft: &mut DiffDraft<'_>) {
    if draft.configured("version_stages").is_some_and(|s| s.items().is_some_and(|i| !i.iter().any(|v| v.as_str() == Some(CURRENT)))) {
        draft.note("version_stages", "without AWSCURRENT, readers that name no version do not see this value");
    }
}

/// Takes the id apart: secret and version.
fn parts(id: &str) -> Option<(&str, &str)> {
    id.rsplit_once('|').filter(|(secret, version)| !secret.is_empty() && !version.is_empty())
}

async fn one(client: Client, id: String) -> Result<Option<Version>, ApiError> {
    match parts(&id) {
        Some((secret, version)) => secrets::version(&client, secret, Some(version), None).await,
        None => Ok(None),
    }
}

/// The versions of these ids that are the current ones.
async fn many(client: Client, ids: Vec<String>) -> Result<Vec<(String, Version)>, ApiError> {
    let mut of: Vec<String> = ids.iter().filter_map(|id| Some(parts(id)?.0.to_string())).collect();
    of.sort_unstable();
    of.dedup();
    if of.len() < 2 {
        return Ok(Vec::new());
    }
    let found = secrets::current(&client, &of).await?;
    let matching = |id: &String| {
        let (secret, version) = parts(id)?;
        found.iter().find(|v| v.id == version && (v.arn == secret || v.name == secret)).cloned()
    };
    Ok(ids.iter().filter_map(|id| Some((id.clone(), matching(id)?))).collect())
}

/// Whether the value must not be kept: it was written as `secret_string_wo`.
fn hidden(base: &Value) -> bool {
    shape::flag(base, "has_secret_string_wo") == Some(true) || base.get("secret_string_wo_version").is_some_and(|v| !v.is_null())
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, found: &Version) -> Value {
    let secret = shape::text(base, "id").and_then(parts).map_or(found.arn.as_str(), |(secret, _)| secret);
    let attrs = Attrs::over(schema, base)
        .text("id", Some(&format!("{secret}|{}", found.id)))
        .text("region", Some(region::of(ctx)))
        .text("arn", Some(&found.arn))
        .text("secret_arn", Some(&found.arn))
        .text("secret_binary", found.binary.as_deref())
        .text("secret_id", Some(secret))
        .text("version_id", Some(&found.id))
        .set("version_stages", &found.stages);
    let attrs = if hidden(base) {
        attrs.flag("has_secret_string_wo", Some(true)).put("secret_string", Value::null(Type::String))
    } else {
        attrs.text("secret_string", found.text.as_deref())
    };
    attrs.finish()
}

fn id_of(planned: &Value, token: &str) -> String {
    format!("{}|{token}", shape::text(planned, "secret_id").unwrap_or_default())
}

async fn make(ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<String, ProviderError> {
    let planned = request.planned;
    let doing = "Setting the secret's value";
    let bytes = match shape::text(planned, "secret_binary").map(|b| STANDARD.decode(b)) {
        Some(Ok(bytes)) => Some(Blob::new(bytes)),
        Some(Err(e)) => return Err(ProviderError::new(ErrorKind::Invalid, format!("{doing} failed"), e.to_string()).at("secret_binary")),
        None => None,
    };
    let text = shape::string(request.config, "secret_string_wo").or_else(|| shape::string(planned, "secret_string"));
    if bytes.is_none() && text.is_none() {
        return Err(ProviderError::new(
            ErrorKind::Invalid,
            "The secret has no value",
            "None of `secret_string`, `secret_string_wo` and `secret_binary` has a value.",
        )
        .help("Secrets Manager keeps no empty values: leave the version out until there is one."));
    }
    let stages = shape::strings(planned, "version_stages");
    let put = secrets::client(ctx)?
        .put_secret_value()
        .set_secret_id(shape::string(planned, "secret_id"))
        .client_request_token(&request.intent.token)
        .set_secret_binary(bytes)
        .set_secret_string(text)
        .set_version_stages(Some(stages).filter(|s| !s.is_empty()));
    let made = call("secretsmanager:PutSecretValue", put.send()).await.map_err(|e| e.while_doing(doing))?;
    Ok(id_of(planned, made.version_id.as_deref().unwrap_or(&request.intent.token)))
}

/// The version that has a label now.
async fn holder(client: &Client, secret: &str, stage: &str) -> Result<Option<String>, ApiError> {
    let answer = call("secretsmanager:DescribeSecret", client.describe_secret().secret_id(secret).send()).await?;
    let stages = answer.version_ids_to_stages.unwrap_or_default();
    Ok(stages.into_iter().find(|(_, labels)| labels.iter().any(|l| l == stage)).map(|(id, _)| id))
}

async fn unlabel(client: &Client, secret: &str, version: &str, stage: &str) -> Result<(), ApiError> {
    let request = client.update_secret_version_stage().secret_id(secret).remove_from_version_id(version).version_stage(stage);
    match call("secretsmanager:UpdateSecretVersionStage", request.send()).await {
        Ok(_) => Ok(()),
        Err(e) if gone(&e) => Ok(()),
        Err(e) => Err(e),
    }
}

async fn label(client: &Client, secret: &str, version: &str, stage: &str) -> Result<(), ApiError> {
    let held = holder(client, secret, stage).await?.filter(|h| h != version);
    let request = client
        .update_secret_version_stage()
        .secret_id(secret)
        .move_to_version_id(version)
        .set_remove_from_version_id(held)
        .version_stage(stage);
    call("secretsmanager:UpdateSecretVersionStage", request.send()).await.map(|_| ())
}

/// Moves the labels. `AWSCURRENT` cannot be taken off; `AWSPREVIOUS` moves with it by itself.
async fn relabel(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = secrets::client(ctx)?;
    let (old, new) = (shape::strings(&request.prior.attributes, "version_stages"), shape::strings(request.planned, "version_stages"));
    let Some((secret, version)) = request.prior.id().and_then(parts) else { return Ok(()) };
    let doing = |e: ApiError| e.while_doing("Changing the labels of the secret's version").at("version_stages");
    let becomes_current = new.iter().any(|s| s == CURRENT) && !old.iter().any(|s| s == CURRENT);
    for stage in new.iter().filter(|s| !old.contains(s)) {
        label(&client, secret, version, stage).await.map_err(doing)?;
    }
    let fixed = |s: &str| s == CURRENT || (becomes_current && s == PREVIOUS);
    for stage in old.iter().filter(|s| !new.contains(s) && !fixed(s)) {
        unlabel(&client, secret, version, stage).await.map_err(doing)?;
    }
    Ok(())
}

#[async_trait]
impl ResourceType for SecretVersion {
    support::basics!("aws_secretsmanager_secret_version", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
            create: &["secretsmanager:PutSecretValue"],
            update: &["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"],
            delete: &["secretsmanager:UpdateSecretVersionStage"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match secrets::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found: Found<Version> =
            groups::find_all(&groups::ids(priors), |ids| many(client.clone(), ids), |id| one(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, version| flatten(ctx, &schema, base, version))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match make(ctx, &request).await {
            Ok(id) => support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, request.planned, &id), Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = relabel(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = secrets::client(ctx)?;
        let Some((secret, version)) = request.prior.id().and_then(parts) else { return Ok(()) };
        let doing = |e: ApiError| e.while_doing("Taking the labels off the secret's version");
        let there = secrets::version(&client, secret, Some(version), None).await.map_err(doing)?;
        for stage in there.iter().flat_map(|v| &v.stages).filter(|s| *s != CURRENT) {
            unlabel(&client, secret, version, stage).await.map_err(doing)?;
        }
        Ok(())
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let id = |i: &Intent| (i.token.clone(), id_of(&i.planned, &i.token));
        support::located(self, ctx, intents, &intents.iter().map(id).collect::<BTreeMap<_, _>>()).await
    }

    fn trace(&self) -> Trace {
        Trace::Token
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        if parts(id).is_none() {
            return Err(support::import_error("it has the form `SECRET|VERSION`, the secret's ARN or name and the id of the version"));
        }
        support::imported(&self.schema(), region, &[("id", id)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;

    fn read(base: &[(&str, Value)]) -> Value {
        let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        let base = Value::object(base.iter().map(|(n, v)| ((*n).into(), v.clone())).collect());
        let found = Version { arn: "arn:s".into(), name: "s".into(), id: "v1".into(), text: Some("hush".into()), ..Version::default() };
        flatten(&ctx, &build(), &base, &found)
    }

    #[test]
    fn a_write_only_value_is_never_kept() {
        let id = ("id", Value::string("s|v1"));
        let plain = read(std::slice::from_ref(&id));
        assert_eq!((shape::text(&plain, "secret_string"), shape::text(&plain, "secret_id")), (Some("hush"), Some("s")));
        let found_again = read(&[id.clone(), ("secret_string_wo_version", Value::int(1))]);
        assert!(found_again.get("secret_string").is_some_and(Value::is_null));
        assert_eq!(shape::flag(&found_again, "has_secret_string_wo"), Some(true));
        assert!(read(&[id, ("has_secret_string_wo", Value::bool(true))]).get("secret_string").is_some_and(Value::is_null));
    }

    #[test]
    fn ids_have_two_parts() {
        assert_eq!(parts("arn:aws:secretsmanager:a:1:secret:x|v"), Some(("arn:aws:secretsmanager:a:1:secret:x", "v")));
        assert!(parts("x").is_none() && parts("|v").is_none() && SecretVersion.import("x").is_err());
    }

    #[test]
    fn values_exclude_each_other() {
        let errors = |names: &[&str]| validate(&Value::object(names.iter().map(|n| ((*n).into(), Value::string("eA=="))).collect())).len();
        assert_eq!((errors(&["secret_binary"]), errors(&["secret_string", "secret_binary"]), errors(&["secret_string_wo"])), (0, 1, 1));
    }
}
