//! A policy is deleted when nothing has it and one version is left; its name is unique in the account.
//! moto deletes it in any case, and looks for the name under the same path only.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Looks before a deletion and a creation.
pub struct IamPolicies;

#[async_trait]
impl Rule for IamPolicies {
    fn name(&self) -> &'static str {
        "iam-policies"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("iam", &["DeletePolicy", "CreatePolicy"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let moto = &context.upstream;
        if call.operation == "CreatePolicy" {
            let name = call.text("PolicyName");
            let tree = moto.query(call, "ListPolicies", &[("Scope", "Local"), ("MaxItems", "1000")]).await?;
            let taken = tree.items("ListPoliciesResult/Policies").iter().any(|policy| policy.text_at("PolicyName") == name);
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return taken.then(|| Answer::error(call, 409, "EntityAlreadyExists", &message));
        }
        let arn = [("PolicyArn", call.text("PolicyArn"))];
        let entities = moto.query(call, "ListEntitiesForPolicy", &arn).await?;
        let has = |list: &str| !entities.items(&format!("ListEntitiesForPolicyResult/{list}")).is_empty();
        if ["PolicyRoles", "PolicyUsers", "PolicyGroups"].into_iter().any(has) {
            return Some(Answer::error(call, 409, "DeleteConflict", "Cannot delete a policy attached to entities."));
        }
        let versions = moto.query(call, "ListPolicyVersions", &arn).await?;
        let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.";
        let many = versions.items("ListPolicyVersionsResult/Versions").len() > 1;
        many.then(|| Answer::error(call, 409, "DeleteConflict", message))
    }
}
