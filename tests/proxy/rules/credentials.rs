//! Calls signed with a key that nobody has are refused, by each service in its own words. moto takes any key.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::{Call, header};
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Refuses the keys of the setting `unknown_keys`.
pub struct Credentials;

#[async_trait]
impl Rule for Credentials {
    fn name(&self) -> &'static str {
        "credentials"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html"
    }

    fn applies(&self, _call: &Call) -> bool {
        true
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let signed = header(&call.headers, "authorization").unwrap_or_default();
        let key = signed.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next())?;
        if !context.settings().unknown_keys.iter().any(|unknown| unknown == key) {
            return None;
        }
        let (status, code, message) = match call.service.as_str() {
            "ec2" => (401, "AuthFailure", "AWS was not able to validate the provided access credentials"),
            "s3" => (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
            "dynamodb" => (400, "UnrecognizedClientException", "The security token included in the request is invalid."),
            _ => (403, "InvalidClientTokenId", "The security token included in the request is invalid."),
        };
        Some(Answer::error(call, status, code, message))
    }
}
