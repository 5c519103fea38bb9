//! Every bucket encrypts with AES256 (since January 2023), also after DeleteBucketEncryption, and its owner pays. moto finds no encryption, and no payer,
//! and names the answers about versioning and acceleration wrongly, so that the SDK cannot read them.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;
use hyper::StatusCode;

/// Answers the defaults.
pub struct BucketDefaults;

const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>\
    <ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>\
    <BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>";

const PAYER: &str = "<RequestPaymentConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Payer>BucketOwner</Payer>\
    </RequestPaymentConfiguration>";

/// moto's names of two answers, and the right ones.
const MISNAMED: [(&str, &str); 2] =
    [("GetBucketVersioningResponse", "VersioningConfiguration"), ("GetBucketAccelerateConfigurationResponse", "AccelerateConfiguration")];

#[async_trait]
impl Rule for BucketDefaults {
    fn name(&self) -> &'static str {
        "bucket-defaults"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("s3", &["GetBucketEncryption", "GetBucketRequestPayment", "GetBucketVersioning", "GetBucketAccelerateConfiguration"])
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        let body = String::from_utf8_lossy(&answer.body);
        let unset = body.contains("ServerSideEncryptionConfigurationNotFoundError");
        if call.operation == "GetBucketEncryption" && unset {
            return Answer::new(StatusCode::OK, "application/xml", ENCRYPTION);
        }
        if call.operation == "GetBucketRequestPayment" && answer.status.is_success() && !body.contains("<Payer>") {
            return Answer::new(StatusCode::OK, "application/xml", PAYER);
        }
        if let Some((wrong, right)) = MISNAMED.iter().find(|(wrong, _)| body.contains(wrong)) {
            return Answer::new(StatusCode::OK, "application/xml", body.replace(wrong, right));
        }
        answer
    }
}
