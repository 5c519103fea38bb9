//! What the S3 types share: the client, codes, tags, and waiting for what S3 has not spread yet.
//!
//! A bucket is known by its name, and so are its parts (versioning, encryption, ...), which the
//! provider has as types of their own: [`part`] does for all of them what is the same.

pub mod part;

use super::clients::Aws;
use super::errors::{ApiError, absent, call};
use super::support;
use super::tags::{TagRules, Tags};
use super::{region, tags};
use crate::provider::{Ctx, ErrorKind, ProviderError};
use crate::value::Value;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Tag, Tagging};
use aws_smithy_types::error::operation::BuildError;
use std::future::Future;

/// The codes of "there is no such bucket" (a HEAD answers without a body).
pub const NO_BUCKET: &[&str] = &["NoSuchBucket", "NotFound", "HTTP 404"];
/// Codes of a bucket that is not known everywhere yet, or that another change keeps busy.
pub const SPREADING: &[&str] = &["NoSuchBucket", "OperationAborted"];
/// The codes of "the bucket has no tags".
const NO_TAGS: &[&str] = &["NoSuchBucket", "NoSuchTagSet", "NoSuchTagSetError"];

/// The client of a call's region.
///
/// # Errors
/// As [`Aws::of`].
pub fn client(ctx: &Ctx<'_>) -> Result<Client, ProviderError> {
    Ok(Aws::of(ctx)?.s3(Some(region::of(ctx))))
}

/// A part of a request that lacks something.
#[must_use]
pub fn lacks(error: &BuildError) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, "The bucket's description is incomplete", error.to_string())
}

/// Sends a call about a bucket, again for a while when the bucket is not known everywhere yet, or
/// another change of it is under way.
///
/// # Errors
/// What the API answered, also when the time is over.
pub async fn settled<T, F, Fut>(ctx: &Ctx<'_>, doing: &str, send: F) -> Result<T, ProviderError>
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<T, ApiError>> + Send,
{
    support::retried(Aws::of(ctx)?, doing, |e: &ApiError| e.is(SPREADING), send).await
}

/// The tags of a bucket; `None` when there is no bucket.
///
/// # Errors
/// The call's failure.
pub async fn tags_of(client: &Client, bucket: &str) -> Result<Tags, ApiError> {
    let answer = call("s3:GetBucketTagging", client.get_bucket_tagging().bucket(bucket).send()).await;
    let set = absent(answer, NO_TAGS)?.map(|a| a.tag_set).unwrap_or_default();
    Ok(set.into_iter().map(|t| (t.key, t.value)).collect())
}

/// What a bucket shall carry: the planned tags beside those that are none of the configuration's
/// business. The API replaces all tags at once.
#[must_use]
pub fn merged_tags(remote: &Tags, planned: &Value, rules: &TagRules, wanted: &Tags) -> Tags {
    let mut all: Tags = remote.iter().filter(|(k, _)| rules.is_foreign(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
    if planned.get("tags_all").is_some() {
        all.extend(wanted.clone());
    }
    all
}

/// Brings the tags of a bucket to the planned ones; foreign ones stay.
///
/// # Errors
/// The failing call.
pub async fn update_tags(ctx: &Ctx<'_>, client: &Client, bucket: &str, planned: &Value) -> Result<(), ProviderError> {
    let remote = tags_of(client, bucket).await.map_err(|e| e.while_doing("Reading the bucket's tags"))?;
    let all = merged_tags(&remote, planned, &TagRules::from_facts(ctx.facts), &tags::wanted(planned, ctx.facts));
    if all == remote {
        return Ok(());
    }
    if all.is_empty() {
        let send = || call("s3:PutBucketTagging", client.delete_bucket_tagging().bucket(bucket).send());
        return settled(ctx, "Removing the bucket's tags", send).await.map(drop);
    }
    let set: Result<Vec<Tag>, BuildError> = all.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
    let tagging = Tagging::builder().set_tag_set(Some(set.map_err(|e| lacks(&e))?)).build().map_err(|e| lacks(&e))?;
    let send = || call("s3:PutBucketTagging", client.put_bucket_tagging().bucket(bucket).tagging(tagging.clone()).send());
    settled(ctx, "Setting the bucket's tags", send).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;
    use crate::value::Type;

    #[test]
    fn tags_of_others_stay() {
        let tags = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect::<Tags>();
        let planned = Value::object([("tags_all".into(), Value::map(Type::String, Default::default()))].into());
        let remote = tags(&[("aws:cloudformation:stack-name", "s"), ("old", "1")]);
        let rules = TagRules::from_facts(&ProviderFacts::default());
        let all = merged_tags(&remote, &planned, &rules, &tags(&[("new", "2")]));
        assert_eq!(all, tags(&[("aws:cloudformation:stack-name", "s"), ("new", "2")]));
    }
}
