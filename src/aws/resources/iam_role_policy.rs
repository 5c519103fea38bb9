//! `aws_iam_role_policy`: an inline policy of a role.
//!
//! The id is `ROLE:NAME`. Writing it is idempotent.
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>.

use crate::aws::errors::{ApiError, absent, call};
use crate::aws::iam::{self, NOT_FOUND, version_first};
use crate::aws::shape::{self, Attrs};
use crate::aws::{generated, groups, support};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, string};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_iam::Client;

/// `aws_iam_role_policy`
pub struct IamRolePolicy;

fn build() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("id", string().optional().computed())
        .attr("name", string().optional().computed().force_new())
        .attr("name_prefix", string().optional().computed().force_new())
        .attr("policy", string().required())
        .attr("role", string().required().force_new());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.waits_for = &[("role", "aws_iam_role", "name")];
    schema.rules.customize.push(|draft: &mut DiffDraft<'_>| iam::normalize(draft, "policy", version_first));
    schema.rules.equal = Some(|path, prior, planned| path.schema_key() == "policy" && iam::same_policy(prior, planned));
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = iam::check_names(config, 128);
    errors.extend(iam::check_policy(config, "policy"));
    if shape::text(config, "role").is_some_and(|r| r.starts_with("arn:") || r.contains('/')) {
        errors.push(RuleError { path: Path::attr("role"), message: "The name of the role is needed here, not its ARN or path.".into() });
    }
    errors
}

/// Role and name of an id.
fn parts(id: &str) -> Option<(&str, &str)> {
    id.split_once(':').filter(|(role, name)| !role.is_empty() && !name.is_empty())
}

async fn find(client: Client, id: String) -> Result<Option<String>, ApiError> {
    let Some((role, name)) = parts(&id) else { return Ok(None) };
    let answer = call("iam:GetRolePolicy", client.get_role_policy().role_name(role).policy_name(name).send()).await;
    Ok(absent(answer, NOT_FOUND)?.map(|a| a.policy_document))
}

fn flatten(schema: &ResourceSchema, base: &Value, document: &str) -> Value {
    let id = shape::text(base, "id").unwrap_or_default();
    let (role, name) = parts(id).unwrap_or_default();
    Attrs::over(schema, base)
        .text("name", Some(name))
        .text("name_prefix", Some(generated::prefix_of(name)))
        .text("policy", Some(&iam::kept(shape::text(base, "policy"), document, version_first)))
        .text("role", Some(role))
        .finish()
}

async fn put(ctx: &Ctx<'_>, role: &str, name: &str, planned: &Value) -> Result<(), ProviderError> {
    let document = shape::text(planned, "policy").unwrap_or_default();
    let request = iam::client(ctx)?.put_role_policy().role_name(role).policy_name(name).policy_document(document).send();
    call("iam:PutRolePolicy", request).await.map(|_| ()).map_err(|e| e.while_doing("Writing the role's policy"))
}

fn id_of(intent: &Intent) -> String {
    let name = generated::name(&intent.planned, "name", "name_prefix", &intent.token);
    format!("{}:{name}", shape::text(&intent.planned, "role").unwrap_or_default())
}

#[async_trait]
impl ResourceType for IamRolePolicy {
    support::basics!("aws_iam_role_policy", build);

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_iam_role"]
    }

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["iam:GetRolePolicy"],
            create: &["iam:PutRolePolicy"],
            update: &["iam:PutRolePolicy"],
            delete: &["iam:DeleteRolePolicy"],
        }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match iam::client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found = groups::each(iam::distinct_ids(priors), |id| find(client.clone(), id)).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, document| flatten(&schema, base, document))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let id = id_of(request.intent);
        let (role, name) = parts(&id).unwrap_or_default();
        if let Err(error) = put(ctx, role, name, request.planned).await {
            return Applied::failed(error);
        }
        support::finish(self, ctx, request.addr, support::started(&self.schema(), ctx, request.planned, &id), Ok(())).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let (role, name) = request.prior.id().and_then(parts).unwrap_or_default();
        let done = put(ctx, role, name, request.planned).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (role, name) = request.prior.id().and_then(parts).unwrap_or_default();
        let send = iam::client(ctx)?.delete_role_policy().role_name(role).policy_name(name).send();
        let gone = call("iam:DeleteRolePolicy", send).await;
        absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Deleting the role's policy"))
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        support::located(self, ctx, intents, &intents.iter().map(|i| (i.token.clone(), id_of(i))).collect()).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        match parts(id) {
            Some(_) => support::imported(&self.schema(), None, &[("id", id)]),
            None => Err(support::import_error("it must be ROLE:POLICY")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_role_and_name() {
        assert_eq!(parts("r:p:q"), Some(("r", "p:q")));
        assert_eq!(parts("r"), None);
        assert!(IamRolePolicy.import("r:").is_err());
        let base = Value::object([("id".into(), Value::string("r:p"))].into());
        let value = flatten(&IamRolePolicy.schema(), &base, "%7B%22Statement%22%3A%5B%5D%2C%22Version%22%3A%222012-10-17%22%7D");
        assert_eq!((shape::text(&value, "role"), shape::text(&value, "name")), (Some("r"), Some("p")));
        assert_eq!(shape::text(&value, "policy"), Some(r#"{"Version":"2012-10-17","Statement":[]}"#));
        assert_eq!(value.ty(), IamRolePolicy.schema().block.ty());
    }
}
