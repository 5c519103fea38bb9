//! `aws_iam_openid_connect_provider`: whose web identities the account trusts (GitHub, EKS, ...).
//!
//! The id is the ARN, which ends in the URL without its scheme; IAM answers the URL without it too.
//! A list of thumbprints cannot be emptied: the ones that are there stay.
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>.

use crate::aws::errors::{ApiError, absent, call};
use crate::aws::iam::{self, NOT_FOUND};
use crate::aws::shape::{self, Attrs};
use crate::aws::{groups, support, tags};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, list_of, set_of, string};
use crate::value::{Path, Type, Value};
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput as Sdk;
use std::collections::BTreeMap;

/// `aws_iam_openid_connect_provider`
pub struct IamOpenidConnectProvider;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("arn", string().computed())
        .attr("client_id_list", set_of(Type::String).required())
        .attr("id", string().optional().computed())
        .attr("tags", tags::attribute())
        .attr("tags_all", tags::all_attribute())
        .attr("thumbprint_list", list_of(Type::String).optional().computed())
        .attr("url", string().required().force_new());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.equal = Some(|path, prior, planned| {
        path.schema_key() == "url" && matches!((prior.as_str(), planned.as_str()), (Some(a), Some(b)) if bare(a) == bare(b))
    });
    schema
}

/// A URL without its scheme, as IAM keeps it.
fn bare(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url)
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = Vec::new();
    let mut wrong = |path: &str, message: &str| errors.push(RuleError { path: Path::attr(path), message: message.into() });
    if shape::text(config, "url").is_some_and(|u| !u.starts_with("https://") || u.contains('?') || u.contains('#')) {
        wrong("url", "The URL begins with `https://` and has no query.");
    }
    if shape::strings(config, "thumbprint_list").iter().any(|t| t.len() != 40) {
        wrong("thumbprint_list", "A thumbprint has 40 hexadecimal digits.");
    }
    if shape::strings(config, "client_id_list").iter().any(|c| c.is_empty() || c.len() > 255) {
        wrong("client_id_list", "A client id has 1 to 255 characters.");
    }
    errors
}

async fn find(client: Client, arn: String) -> Result<Option<Sdk>, ApiError> {
    absent(
        call("iam:GetOpenIDConnectProvider", client.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send()).await,
        NOT_FOUND,
    )
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, found: &Sdk) -> Value {
    let (tags, tags_all) = iam::observed(ctx, found.tags(), base);
    let url = found.url().unwrap_or_default();
    let written = shape::text(base, "url").filter(|u| bare(u) == bare(url));
    Attrs::over(schema, base)
        .text("arn", shape::text(base, "id"))
        .set("client_id_list", found.client_id_list())
        .list("thumbprint_list", found.thumbprint_list())
        .text("url", Some(written.unwrap_or(url)))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

async fn make(ctx: &Ctx<'_>, planned: &Value) -> Result<String, ProviderError> {
    let request = iam::client(ctx)?
        .create_open_id_connect_provider()
        .set_url(shape::string(planned, "url"))
        .set_client_id_list(Some(shape::strings(planned, "client_id_list")))
        .set_thumbprint_list(Some(shape::strings(planned, "thumbprint_list")).filter(|t| !t.is_empty()))
        .set_tags(iam::sdk_tags(&tags::wanted(planned, ctx.facts)));
    let made =
        call("iam:CreateOpenIDConnectProvider", request.send()).await.map_err(|e| e.while_doing("Creating the OpenID Connect provider"))?;
    Ok(made.open_id_connect_provider_arn.unwrap_or_default())
}

async fn change(ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
    let client = iam::client(ctx)?;
    let (prior, planned) = (&request.prior.attributes, request.planned);
    let arn = request.prior.id().unwrap_or_default();
    let doing = "Changing the OpenID Connect provider";
    let prints = shape::strings(planned, "thumbprint_list");
    if shape::changed(prior, planned, "thumbprint_list") && !prints.is_empty() {
        let update =
            client.update_open_id_connect_provider_thumbprint().open_id_connect_provider_arn(arn).set_thumbprint_list(Some(prints)).send();
        call("iam:UpdateOpenIDConnectProviderThumbprint", update).await.map_err(|e| e.while_doing(doing).at("thumbprint_list"))?;
    }
    if shape::changed(prior, planned, "client_id_list") {
        let (old, new) = (shape::strings(prior, "client_id_list"), shape::strings(planned, "client_id_list"));
        for id in new.iter().filter(|i| !old.contains(i)) {
            let add = client.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(id).send();
            call("iam:AddClientIDToOpenIDConnectProvider", add).await.map_err(|e| e.while_doing(doing).at("client_id_list"))?;
        }
        for id in old.iter().filter(|i| !new.contains(i)) {
            let remove = client.remove_client_id_from_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(id).send();
            call("iam:RemoveClientIDFromOpenIDConnectProvider", remove).await.map_err(|e| e.while_doing(doing).at("client_id_list"))?;
        }
    }
    let untag = |keys| {
        call(
            "iam:UntagOpenIDConnectProvider",
            client.untag_open_id_connect_provider().open_id_connect_provider_arn(arn).set_tag_keys(Some(keys)).send(),
        )
    };
    let tag = |tags| {
        call(
            "iam:TagOpenIDConnectProvider",
            client.tag_open_id_connect_provider().open_id_connect_provider_arn(arn).set_tags(Some(tags)).send(),
        )
    };
    iam::update_tags(ctx, prior, planned, untag, tag).await
}

#[async_trait]
impl ResourceType for IamOpenidConnectProvider {
    support::basics!("aws_iam_openid_connect_provider", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["iam:GetOpenIDConnectProvider"],
            create: &["iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"],
            update: &[
                "iam:UpdateOpenIDConnectProviderThumbprint",
                "iam:AddClientIDToOpenIDConnectProvider",
                "iam:RemoveClientIDFromOpenIDConnectProvider",
                "iam:TagOpenIDConnectProvider",
                "iam:UntagOpenIDConnectProvider",
            ],
            delete: &["iam:DeleteOpenIDConnectProvider"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match iam::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |arn| find(client.clone(), arn)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, found| flatten(ctx, &schema, base, found))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match make(ctx, request.planned).await {
            Ok(arn) => support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, request.planned, &arn), Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let arn = request.prior.id().unwrap_or_default();
        let gone = call(
            "iam:DeleteOpenIDConnectProvider",
            iam::client(ctx)?.delete_open_id_connect_provider().open_id_connect_provider_arn(arn).send(),
        )
        .await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Deleting the OpenID Connect provider"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let mut found = BTreeMap::new();
        for intent in intents {
            let url = bare(shape::text(&intent.planned, "url").unwrap_or_default()).trim_end_matches('/');
            found.insert(intent.token.clone(), iam::arn(ctx, &format!("oidc-provider/{url}")).await?);
        }
        support::located(self, ctx, intents, &found).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        if !id.starts_with("arn:") {
            return Err(support::import_error("it must be the provider's ARN"));
        }
        support::imported(&self.schema(), None, &[("id", id)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_differ_in_their_scheme_only() {
        assert_eq!(bare("https://token.actions.githubusercontent.com"), "token.actions.githubusercontent.com");
        let config = |url: &str, print: &str| {
            Value::object(
                [("url".into(), Value::string(url)), ("thumbprint_list".into(), Value::list(Type::String, vec![Value::string(print)]))]
                    .into(),
            )
        };
        assert!(validate(&config("https://a.example/x", &"a".repeat(40))).is_empty());
        assert_eq!(validate(&config("http://a.example", "short")).len(), 2);
    }
}
