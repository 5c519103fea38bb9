//! Credentials of a user for single services can be listed. moto answers 500; nobody has any there.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Answers an empty list for users that exist.
pub struct IamServiceCredentials;

#[async_trait]
impl Rule for IamServiceCredentials {
    fn name(&self) -> &'static str {
        "iam-service-credentials"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("iam", &["ListServiceSpecificCredentials"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let name = call.text("UserName");
        if context.upstream.query(call, "GetUser", &[("UserName", name)]).await.is_none() {
            let message = format!("The user with name {name} cannot be found.");
            return Some(Answer::error(call, 404, "NoSuchEntity", &message));
        }
        let none = Node::with("ServiceSpecificCredentials", vec![]);
        let result = Node::with("ListServiceSpecificCredentialsResult", vec![none]);
        Some(Answer::xml(&Node::with("ListServiceSpecificCredentialsResponse", vec![result])))
    }
}
