//! A lifecycle configuration comes back as it was put, a rule without an id with one. moto drops sizes and counts of versions.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::call::header;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Remembers the document.
#[derive(Default)]
pub struct BucketLifecycle {
    put: Memory<Option<(Vec<u8>, Option<String>)>>,
}

const MINIMUM: &str = "x-amz-transition-default-minimum-object-size";

#[async_trait]
impl Rule for BucketLifecycle {
    fn name(&self) -> &'static str {
        "bucket-lifecycle"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.service == "s3" && call.operation.ends_with("BucketLifecycleConfiguration") || call.is("s3", &["DeleteBucket"])
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        if !answer.status.is_success() {
            return answer;
        }
        match call.method.as_str() {
            "PUT" => {
                if let Some(mut document) = Node::parse(&call.body) {
                    let unnamed = document.children.iter_mut().filter(|child| child.name == "Rule" && child.child("ID").is_none());
                    unnamed.enumerate().for_each(|(n, rule)| rule.set("ID", &format!("generated-{n}")));
                    let minimum = header(&call.headers, MINIMUM).map(str::to_owned);
                    self.put.change("", &call.bucket, |held| *held = Some((document.document(), minimum)));
                }
                answer
            }
            "GET" => match self.put.get("", &call.bucket) {
                Some((document, minimum)) => {
                    let mut answer = Answer { body: document.into(), ..answer };
                    let minimum = minimum.as_deref().unwrap_or("all_storage_classes_128K");
                    if let Ok(value) = minimum.parse() {
                        answer.headers.insert(MINIMUM, value);
                    }
                    answer
                }
                None => answer,
            },
            _ => {
                self.put.forget("", &call.bucket);
                answer
            }
        }
    }
}
