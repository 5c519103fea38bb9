//! A trust policy that is no policy is refused. moto takes any text.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Refuses what is not JSON or has no statement.
pub struct IamTrustPolicy;

#[async_trait]
impl Rule for IamTrustPolicy {
    fn name(&self) -> &'static str {
        "iam-trust-policy"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("iam", &["CreateRole", "UpdateAssumeRolePolicy"])
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        let text = call.get("AssumeRolePolicyDocument").unwrap_or(call.text("PolicyDocument"));
        let document = serde_json::from_str::<serde_json::Value>(text).ok();
        let whole = document.is_some_and(|document| document.get("Statement").is_some());
        (!whole).then(|| Answer::refuse(call, "MalformedPolicyDocument", "This policy contains invalid Json"))
    }
}
