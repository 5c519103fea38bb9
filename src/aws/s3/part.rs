//! Parts of a bucket that are types of their own: one GET, one PUT, one DELETE each.
//!
//! The id is the bucket's name, with `,ACCOUNT` where an owner is expected. Writing replaces the
//! whole part and may be repeated; S3 spreads it with a delay, so a write waits until it reads as
//! it was planned. There is no plural call: parts are read one by one, a few at once.

use super::{SPREADING, client};
use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent};
use crate::aws::shape::{self, Attrs, string};
use crate::aws::waiter::Poll;
use crate::aws::{groups, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError};
use crate::value::{Path, Value};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use std::sync::Arc;
use std::time::Duration;

/// Which bucket, and whose it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Of {
    /// Its name.
    pub bucket: String,
    /// The account that must own it.
    pub owner: Option<String>,
}

impl Of {
    /// Of an object's id.
    #[must_use]
    pub fn id(id: &str) -> Self {
        let (bucket, owner) = id.split_once(',').unwrap_or((id, ""));
        Of { bucket: bucket.to_string(), owner: Some(owner.to_string()).filter(|o| !o.is_empty()) }
    }
    /// Of what was planned.
    #[must_use]
    pub fn planned(planned: &Value) -> Self {
        Of { bucket: string(planned, "bucket").unwrap_or_default(), owner: string(planned, "expected_bucket_owner") }
    }
    /// The object's id.
    #[must_use]
    pub fn to_id(&self) -> String {
        self.owner.as_ref().map_or_else(|| self.bucket.clone(), |o| format!("{},{o}", self.bucket))
    }
}

/// What a part of a bucket has of its own.
#[async_trait]
pub trait BucketPart: Send + Sync {
    /// What the API answers.
    type Found: Send + Sync;
    /// What a write sends.
    type Body: Clone + Send + Sync;
    /// As in [`ResourceType::name`].
    fn name(&self) -> &'static str;
    /// As in [`ResourceType::schema`].
    fn schema(&self) -> Arc<ResourceSchema>;
    /// As in [`ResourceType::iam`].
    fn iam(&self) -> IamActions;
    /// For messages: "the bucket's versioning".
    fn what(&self) -> &'static str;
    /// The codes of "the bucket has none".
    fn none(&self) -> &'static [&'static str];
    /// Reads it; `None` also where the answer is empty.
    async fn get(&self, client: &Client, of: &Of) -> Result<Option<Self::Found>, ApiError>;
    /// Sets what the answer says; `id`, `region`, `bucket` and the owner are set already.
    fn flatten(&self, attrs: Attrs, base: &Value, found: &Self::Found) -> Attrs;
    /// The request that writes what is planned; `None`: there is nothing to send.
    ///
    /// # Errors
    /// What S3 would refuse, before it is asked.
    fn body(&self, prior: Option<&Value>, planned: &Value) -> Result<Option<Self::Body>, ProviderError>;
    /// Failures of a write after which it is tried again for a while.
    fn again(&self, _error: &ApiError) -> bool {
        false
    }
    /// Sends it.
    async fn put(&self, client: &Client, of: &Of, body: Self::Body) -> Result<(), ApiError>;
    /// Removes it.
    async fn delete(&self, client: &Client, of: &Of, prior: &Value) -> Result<(), ApiError>;
    /// Whether something is still read after it was removed (a default of S3).
    fn remains(&self, _prior: &Value) -> bool {
        false
    }
}

/// The type of a part.
pub struct Part<P>(pub P);

/// The arguments of every part: `bucket` beside `id` and `region`.
#[must_use]
pub fn base() -> BlockSchema {
    support::base().attr("bucket", crate::schema::string().required().force_new())
}

/// [`base`] with the expected owner, as the older parts have it.
#[must_use]
pub fn owned() -> BlockSchema {
    let owner = crate::schema::string().optional().force_new().deprecated("The provider drops this argument in a future version.");
    base().attr("expected_bucket_owner", owner)
}

/// The errors of a text that is not one of the allowed ones.
#[must_use]
pub fn one_of(object: &Value, at: &Path, name: &str, allowed: &[&str]) -> Option<RuleError> {
    let text = shape::text(object, name).filter(|t| !allowed.contains(t))?;
    Some(RuleError { path: at.then(name), message: format!("{text:?} is not allowed here: `{name}` is one of {}.", allowed.join(", ")) })
}

impl<P: BucketPart> Part<P> {
    fn flat(&self, ctx: &Ctx<'_>, id: &str, base: &Value, found: &P::Found) -> Value {
        let of = Of::id(id);
        let attrs = Attrs::over(&self.0.schema(), base)
            .text("id", Some(id))
            .text("region", Some(region::of(ctx)))
            .text("bucket", Some(&of.bucket))
            .text("expected_bucket_owner", of.owner.as_deref());
        self.0.flatten(attrs, base, found).finish()
    }

    async fn find(&self, client: Client, id: String) -> Result<Option<P::Found>, ApiError> {
        let found = absent(self.0.get(&client, &Of::id(&id)).await, &["NoSuchBucket"]);
        Ok(absent(found, self.0.none())?.flatten().flatten())
    }

    async fn send(&self, ctx: &Ctx<'_>, prior: Option<&Value>, planned: &Value) -> Result<(), ProviderError> {
        let of = Of::planned(planned);
        if of.bucket.ends_with("--x-s3") {
            let detail = format!("{} is a directory bucket; of those, envctl cannot manage {} yet.", of.bucket, self.0.what());
            return Err(ProviderError::new(ErrorKind::Invalid, "Directory buckets are not supported yet", detail).at("bucket"));
        }
        let Some(body) = self.0.body(prior, planned)? else { return Ok(()) };
        let client = client(ctx)?;
        let again = |e: &ApiError| e.is(SPREADING) || self.0.again(e);
        let doing = format!("Writing {}", self.0.what());
        support::retried(Aws::of(ctx)?, &doing, again, || self.0.put(&client, &of, body.clone())).await
    }

    /// Waits until it reads as it was written.
    async fn spread(&self, ctx: &Ctx<'_>, planned: &Value, limit: Option<Duration>) -> Result<(), ProviderError> {
        let (client, of) = (client(ctx)?, Of::planned(planned));
        let what = format!("{} of {} to read as it was written", self.0.what(), of.bucket);
        let id = of.to_id();
        let look = || async {
            match self.find(client.clone(), id.clone()).await {
                Ok(Some(found)) if kept(planned, &self.flat(ctx, &id, planned, &found)) => Poll::Ready(()),
                Ok(_) => Poll::Pending,
                Err(e) => Poll::Failed(e.while_doing("Reading a part of the bucket")),
            }
        };
        Aws::of(ctx)?.wait(&what, limit.unwrap_or(timeouts::minutes(3))).until(look).await
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        self.spread(ctx, request.planned, request.timeouts.create).await
    }
}

/// Whether what was planned and known reads so.
fn kept(planned: &Value, actual: &Value) -> bool {
    let planned = planned.unmark_deep().0;
    let members = planned.members().into_iter().flatten();
    members.filter(|(_, v)| v.is_wholly_known()).all(|(n, v)| actual.get(n).is_some_and(|a| shape::same(v, a)))
}

#[async_trait]
impl<P: BucketPart> ResourceType for Part<P> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        self.0.schema()
    }

    fn shows_in(&self) -> &'static [&'static str] {
        &["aws_s3_bucket"]
    }

    fn iam(&self) -> IamActions {
        self.0.iam()
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match client(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let mut ids = groups::ids(priors);
        ids.sort_unstable();
        ids.dedup();
        let found = groups::each(ids, |id| self.find(client.clone(), id)).await;
        let found = found.into_iter().map(|(id, f)| (id.clone(), f.map(|f| f.map(|f| (id, f))))).collect();
        groups::outcomes(priors, &found, |base, (id, found)| self.flat(ctx, id, base, found))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let planned = request.planned;
        if let Err(error) = self.send(ctx, None, planned).await {
            return Applied::failed(error);
        }
        let object = support::started(&self.0.schema(), ctx, planned, &Of::planned(planned).to_id());
        let done = self.after_create(ctx, &request, &object).await;
        support::finish(self, ctx, request.addr, object, done).await
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = match self.send(ctx, Some(&request.prior.attributes), request.planned).await {
            Ok(()) => self.spread(ctx, request.planned, request.timeouts.update).await,
            Err(error) => Err(error),
        };
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let client = client(ctx)?;
        let prior = &request.prior.attributes;
        let id = request.prior.id().unwrap_or_default().to_string();
        let of = Of::id(&id);
        let doing = format!("Removing {}", self.0.what());
        let again = |e: &ApiError| e.is(SPREADING);
        let send = || async {
            let gone = absent(self.0.delete(&client, &of, prior).await, &["NoSuchBucket"]);
            absent(gone, self.0.none())
        };
        support::retried(Aws::of(ctx)?, &doing, again, send).await?;
        if self.0.remains(prior) {
            return Ok(());
        }
        let look = || async {
            match self.find(client.clone(), id.clone()).await {
                Ok(None) => Poll::Ready(()),
                Ok(Some(_)) => Poll::Pending,
                Err(e) => Poll::Failed(e.while_doing(&doing)),
            }
        };
        Aws::of(ctx)?.wait(&format!("{} of {} to be removed", self.0.what(), of.bucket), timeouts::minutes(2)).until(look).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let ids = intents.iter().map(|i| (i.token.clone(), Of::planned(&i.planned).to_id())).collect();
        support::located(self, ctx, intents, &ids).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        if Of::id(id).bucket.is_empty() {
            return Err(support::import_error("it is BUCKET or BUCKET,ACCOUNT"));
        }
        support::import(&self.0.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn ids_carry_the_owner() {
        assert_eq!(Of::id("state").to_id(), "state");
        assert_eq!(Of::id("state,123456789012"), Of { bucket: "state".into(), owner: Some("123456789012".into()) });
        assert_eq!(Of::id("state,123456789012").to_id(), "state,123456789012");
    }

    #[test]
    fn a_write_is_kept_when_all_that_is_known_reads_so() {
        let object = |pairs: &[(&str, Value)]| Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect());
        let planned =
            object(&[("status", Value::string("Enabled")), ("id", Value::unknown(Type::String)), ("n", Value::null(Type::String))]);
        let read = |status: &str| object(&[("status", Value::string(status)), ("id", Value::string("x")), ("n", Value::string(""))]);
        assert!(kept(&planned, &read("Enabled")));
        assert!(!kept(&planned, &read("Suspended")));
    }
}
