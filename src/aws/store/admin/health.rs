//! What endangers states in this bucket.

use super::S3Admin;
use crate::aws::errors::{absent, call};
use crate::aws::store::errors::{condition_failed, no_conditions};
use crate::aws::store::objects::{Condition, Objects};
use crate::store::{BackendHealth, Danger, DangerousRule, Identity, StoreError};
use async_trait::async_trait;
use aws_sdk_s3::types::{ExpirationStatus, LifecycleRule, TransitionStorageClass};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Earlier states are of use when this many days or this many of them are kept.
const ENOUGH_DAYS: i32 = 30;
const ENOUGH_VERSIONS: i32 = 10;

#[async_trait]
impl BackendHealth for S3Admin {
    async fn identity(&self) -> Result<Option<Identity>, StoreError> {
        if self.backend.aws.skip_account_id {
            return Ok(None);
        }
        let caller = self.aws.caller().await.map_err(|e| self.explain(e, "Asking whose credentials these are"))?;
        Ok(Some(Identity { account: caller.account.clone(), name: caller.arn.clone() }))
    }

    fn locks(&self) -> Vec<String> {
        let table = self.backend.table.as_ref().map(|_| "dynamodb_table");
        let object = self.backend.use_lockfile.then_some("use_lockfile");
        table.into_iter().chain(object).map(str::to_string).collect()
    }

    async fn dangerous_rules(&self) -> Result<Vec<DangerousRule>, StoreError> {
        let request = self.aws.s3(None).get_bucket_lifecycle_configuration().bucket(&self.backend.bucket);
        let answer = absent(call("s3:GetLifecycleConfiguration", request.send()).await, &["NoSuchLifecycleConfiguration"]);
        let rules = answer.map_err(|e| self.explain(e, "Reading the bucket's lifecycle rules"))?.and_then(|a| a.rules).unwrap_or_default();
        Ok(rules.iter().flat_map(|rule| dangers(rule, &self.backend.key)).collect())
    }

    async fn conditional_writes(&self) -> Result<bool, StoreError> {
        if self.aws.s3_is_aws() {
            return Ok(true);
        }
        let doing = "Trying a conditional write beside the state";
        let objects = Objects::new(self.aws.s3(None), Arc::new(self.backend.clone()));
        let key = format!("{}.envctl/probe-{}", self.backend.key, uuid::Uuid::new_v4().simple());
        let put = |condition: Condition| {
            let (objects, key) = (&objects, &key);
            async move { objects.put(key, b"probe", &BTreeMap::new(), &condition).await }
        };
        put(Condition::Always).await.map_err(|e| self.explain(e, doing))?;
        let again = put(Condition::Absent).await;
        objects.delete(&key, None).await.map_err(|e| self.explain(e, doing))?;
        match again {
            Ok(_) => Ok(false),
            Err(e) if condition_failed(&e) => Ok(true),
            Err(e) if no_conditions(&e) => Ok(false),
            Err(e) => Err(self.explain(e, doing)),
        }
    }
}

/// Where a rule applies: keys with this prefix; a rule that asks for tags may apply to any of them.
fn prefix(rule: &LifecycleRule) -> &str {
    #[allow(deprecated, reason = "old rules still have it")]
    let old = rule.prefix();
    let filter = rule.filter();
    let inner = filter.and_then(|f| f.prefix().or_else(|| f.and().and_then(|a| a.prefix())));
    inner.or(old).unwrap_or_default()
}

fn dangers(rule: &LifecycleRule, key: &str) -> Vec<DangerousRule> {
    if rule.status() != &ExpirationStatus::Enabled || !key.starts_with(prefix(rule)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if rule.expiration().is_some_and(|e| e.days().is_some_and(|d| d > 0) || e.date().is_some()) {
        found.push(Danger::Expires);
    }
    let at_hand = [
        TransitionStorageClass::StandardIa,
        TransitionStorageClass::OnezoneIa,
        TransitionStorageClass::IntelligentTiering,
        TransitionStorageClass::GlacierIr,
    ];
    let archive = rule.transitions().iter().filter_map(|t| t.storage_class()).find(|c| !at_hand.contains(c));
    found.extend(archive.map(|c| Danger::Archives(c.to_string())));
    if let Some(old) = rule.noncurrent_version_expiration() {
        let (days, keeps) = (old.noncurrent_days().unwrap_or(0), old.newer_noncurrent_versions().unwrap_or(0));
        if days < ENOUGH_DAYS && keeps < ENOUGH_VERSIONS {
            let count = |n: i32| u32::try_from(n).unwrap_or_default();
            found.push(Danger::ForgetsVersions { days: count(days), keeps: count(keeps) });
        }
    }
    let id = rule.id().unwrap_or("without an id").to_string();
    found.into_iter().map(|danger| DangerousRule { rule: id.clone(), danger }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::types::{LifecycleExpiration, LifecycleRuleFilter, NoncurrentVersionExpiration, Transition};

    fn found(
        make: impl Fn(aws_sdk_s3::types::builders::LifecycleRuleBuilder) -> aws_sdk_s3::types::builders::LifecycleRuleBuilder,
    ) -> Vec<Danger> {
        let rule = make(LifecycleRule::builder().id("r").status(ExpirationStatus::Enabled)).build().unwrap();
        dangers(&rule, "stage/terraform.tfstate").into_iter().map(|d| d.danger).collect()
    }

    #[test]
    fn only_rules_that_lose_states_are_dangerous() {
        let days = |n: i32| LifecycleExpiration::builder().days(n).build();
        let at = |prefix: &str| LifecycleRuleFilter::builder().prefix(prefix).build();
        let old = |days: i32, keeps: Option<i32>| {
            NoncurrentVersionExpiration::builder().noncurrent_days(days).set_newer_noncurrent_versions(keeps).build()
        };
        let to = |class: TransitionStorageClass| Transition::builder().days(1).storage_class(class).build();
        assert_eq!(found(|r| r.expiration(days(90))), [Danger::Expires]);
        assert_eq!(found(|r| r.expiration(days(90)).filter(at("stage/"))), [Danger::Expires]);
        assert_eq!(found(|r| r.expiration(days(90)).filter(at("logs/"))), []);
        assert_eq!(found(|r| r.expiration(days(90)).status(ExpirationStatus::Disabled)), []);
        assert_eq!(found(|r| r.expiration(LifecycleExpiration::builder().expired_object_delete_marker(true).build())), []);
        assert_eq!(found(|r| r.noncurrent_version_expiration(old(7, Some(2)))), [Danger::ForgetsVersions { days: 7, keeps: 2 }]);
        assert_eq!(found(|r| r.noncurrent_version_expiration(old(90, None))), []);
        assert_eq!(found(|r| r.noncurrent_version_expiration(old(1, Some(50)))), []);
        assert_eq!(found(|r| r.transitions(to(TransitionStorageClass::Glacier))), [Danger::Archives("GLACIER".into())]);
        assert_eq!(found(|r| r.transitions(to(TransitionStorageClass::StandardIa))), []);
    }
}
