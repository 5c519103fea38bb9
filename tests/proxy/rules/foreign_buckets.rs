//! A bucket of another account answers 403 to everything: its owner alone decides who may look. In moto every bucket is ours.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Refuses calls to the buckets of the setting `foreign_buckets`.
pub struct ForeignBuckets;

#[async_trait]
impl Rule for ForeignBuckets {
    fn name(&self) -> &'static str {
        "foreign-buckets"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.service == "s3"
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let foreign = context.settings().foreign_buckets.contains(&call.bucket);
        foreign.then(|| Answer::error(call, 403, "AccessDenied", "Access Denied"))
    }
}
