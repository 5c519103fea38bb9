//! A new bucket blocks public access and has no ACLs (since April 2023). In moto it has neither setting.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::call::header;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Sets both after a creation.
pub struct NewBucket;

const BLOCK: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
    <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
    <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";

#[async_trait]
impl Rule for NewBucket {
    fn name(&self) -> &'static str {
        "new-bucket"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("s3", &["CreateBucket"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let there = context.upstream.s3(call, "HEAD", "", "").await.is_some_and(|answer| answer.status.is_success());
        if there {
            call.notes.insert("there", Vec::new());
        }
        None
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if answer.status.is_success() && !call.notes.contains_key("there") {
            let ownership = header(&call.headers, "x-amz-object-ownership").unwrap_or("BucketOwnerEnforced");
            context.upstream.s3(call, "PUT", "?publicAccessBlock", BLOCK).await;
            let rule = format!("<OwnershipControls><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule></OwnershipControls>");
            context.upstream.s3(call, "PUT", "?ownershipControls", &rule).await;
        }
        answer
    }
}
