//! Tags of an instance profile can be listed. moto answers 500, though GetInstanceProfile has them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Answers from GetInstanceProfile.
pub struct IamProfileTags;

#[async_trait]
impl Rule for IamProfileTags {
    fn name(&self) -> &'static str {
        "iam-profile-tags"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("iam", &["ListInstanceProfileTags"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let name = call.text("InstanceProfileName");
        let Some(tree) = context.upstream.query(call, "GetInstanceProfile", &[("InstanceProfileName", name)]).await else {
            return Some(Answer::error(call, 404, "NoSuchEntity", &format!("Instance Profile {name} cannot be found.")));
        };
        let tags = tree.items("GetInstanceProfileResult/InstanceProfile/Tags").to_vec();
        let result = vec![Node::leaf("IsTruncated", "false"), Node::with("Tags", tags)];
        let result = Node::with("ListInstanceProfileTagsResult", result);
        Some(Answer::xml(&Node::with("ListInstanceProfileTagsResponse", vec![result])))
    }
}
