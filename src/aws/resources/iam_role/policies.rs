//! The policies of a role: inline ones by name, attached ones by ARN.

use crate::aws::errors::{ApiError, absent, call};
use crate::aws::iam::{self, NOT_FOUND};
use crate::aws::shape;
use crate::provider::ProviderError;
use crate::value::Value;
use aws_sdk_iam::Client;
use futures::StreamExt;
use std::collections::BTreeMap;

/// Inline policies by name; none for a role that is gone.
pub async fn inline(client: &Client, role: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let pages = client.list_role_policies().role_name(role).into_paginator().items().send();
    let names = absent(call("iam:ListRolePolicies", pages.collect::<Result<Vec<String>, _>>()).await, NOT_FOUND)?.unwrap_or_default();
    let mut reads = Vec::with_capacity(names.len());
    for name in names {
        let get = client.get_role_policy().role_name(role).policy_name(&name).send();
        reads.push(async move { Ok((name, absent(call("iam:GetRolePolicy", get).await, NOT_FOUND)?)) });
    }
    let answers: Vec<Result<_, ApiError>> = futures::stream::iter(reads).buffered(4).collect().await;
    let mut all = BTreeMap::new();
    for answer in answers {
        let (name, policy) = answer?;
        all.extend(policy.map(|p| (name, iam::decoded(&p.policy_document))));
    }
    Ok(all)
}

/// ARNs of the attached policies; none for a role that is gone.
pub async fn attached(client: &Client, role: &str) -> Result<Vec<String>, ApiError> {
    let pages = client.list_attached_role_policies().role_name(role).into_paginator().items().send();
    let all = absent(call("iam:ListAttachedRolePolicies", pages.collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)?.unwrap_or_default();
    Ok(all.into_iter().filter_map(|p| p.policy_arn).collect())
}

/// The inline policies that an object has written, by name; an empty block means none.
pub fn written(object: &Value) -> BTreeMap<String, String> {
    let blocks = shape::objects(object, "inline_policy").iter();
    blocks.filter_map(|b| Some((shape::string(b, "name")?, shape::string(b, "policy")?))).collect()
}

/// Brings the inline policies from `old` to `new`.
pub async fn set_inline(
    client: &Client,
    role: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Result<(), ProviderError> {
    for name in old.keys().filter(|n| !new.contains_key(*n)) {
        remove_inline(client, role, name).await?;
    }
    for (name, policy) in new.iter().filter(|(n, p)| old.get(*n) != Some(*p)) {
        let put = client.put_role_policy().role_name(role).policy_name(name).policy_document(policy).send();
        call("iam:PutRolePolicy", put).await.map_err(|e| e.while_doing("Writing the inline policy").at("inline_policy"))?;
    }
    Ok(())
}

/// Removes an inline policy.
pub async fn remove_inline(client: &Client, role: &str, name: &str) -> Result<(), ProviderError> {
    let gone = call("iam:DeleteRolePolicy", client.delete_role_policy().role_name(role).policy_name(name).send()).await;
    absent(gone, NOT_FOUND).map(|_| ()).map_err(|e| e.while_doing("Removing the inline policy").at("inline_policy"))
}

/// Brings the attached policies from `old` to `new`.
pub async fn set_attached(client: &Client, role: &str, old: &[String], new: &[String]) -> Result<(), ProviderError> {
    for arn in old.iter().filter(|a| !new.contains(a)) {
        let gone = call("iam:DetachRolePolicy", client.detach_role_policy().role_name(role).policy_arn(arn).send()).await;
        absent(gone, NOT_FOUND).map_err(|e| e.while_doing("Detaching the policy").at("managed_policy_arns"))?;
    }
    for arn in new.iter().filter(|a| !old.contains(a)) {
        let there = call("iam:AttachRolePolicy", client.attach_role_policy().role_name(role).policy_arn(arn).send()).await;
        there.map_err(|e| e.while_doing("Attaching the policy").at("managed_policy_arns"))?;
    }
    Ok(())
}
