//! Changes of a group's rules: additions before removals, so that nothing that stays allowed is
//! ever forbidden.

use super::rules::{Atom, Atoms, Change, permissions};
use crate::aws::errors::{ApiError, call};
use crate::provider::ProviderError;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::IpPermission;

/// The two directions of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `ingress`
    In,
    /// `egress`
    Out,
}

impl Direction {
    /// The attribute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::In => "ingress",
            Direction::Out => "egress",
        }
    }
}

const DUPLICATE: &[&str] = &["InvalidPermission.Duplicate"];
/// A rule that is not there.
pub const MISSING: &[&str] = &["InvalidPermission.NotFound"];
const FULL: &[&str] = &["RulesPerSecurityGroupLimitExceeded"];

/// Brings the rules of one direction of the group `id` from `old` to `new`.
///
/// # Errors
/// The failing call, at the attribute.
pub async fn apply(client: &Client, id: &str, direction: Direction, old: &Atoms, new: &Atoms) -> Result<(), ProviderError> {
    let change = Change::between(old, new);
    let failed = |e: ApiError| e.while_doing("Changing the rules of the security group").at(direction.name());
    match allow(client, id, direction, &change.add).await {
        Err(e) if e.is(FULL) && !change.remove.is_empty() => {
            forbid(client, id, direction, &change.remove).await.map_err(failed)?;
            allow(client, id, direction, &change.add).await.map_err(failed)?;
        }
        Err(e) => return Err(failed(e)),
        Ok(()) => forbid(client, id, direction, &change.remove).await.map_err(failed)?,
    }
    describe(client, id, direction, &change.describe).await.map_err(failed)
}

/// Allows rules; those that are there already do not matter.
///
/// # Errors
/// The failing call.
pub async fn allow(client: &Client, id: &str, direction: Direction, atoms: &Atoms) -> Result<(), ApiError> {
    match authorize(client, id, direction, atoms).await {
        Err(e) if e.is(DUPLICATE) => {
            for atom in atoms {
                ignore(authorize(client, id, direction, [atom]).await, DUPLICATE)?;
            }
            Ok(())
        }
        other => other,
    }
}

/// Allows rules of which none may be there.
///
/// # Errors
/// The failing call, also where one is there already.
pub async fn allow_new(client: &Client, id: &str, direction: Direction, atoms: &Atoms) -> Result<(), ApiError> {
    authorize(client, id, direction, atoms).await
}

/// Forbids rules; those that are not there do not matter.
///
/// # Errors
/// The failing call.
pub async fn forbid(client: &Client, id: &str, direction: Direction, atoms: &Atoms) -> Result<(), ApiError> {
    match revoke(client, id, direction, atoms).await {
        Err(e) if e.is(MISSING) => {
            for atom in atoms {
                ignore(revoke(client, id, direction, [atom]).await, MISSING)?;
            }
            Ok(())
        }
        other => other,
    }
}

fn ignore(result: Result<(), ApiError>, codes: &[&str]) -> Result<(), ApiError> {
    result.or_else(|e| if e.is(codes) { Ok(()) } else { Err(e) })
}

/// The permissions of a call, `None` when there is nothing to call for.
fn body<'a>(atoms: impl IntoIterator<Item = &'a Atom>, id: &str) -> Option<Vec<IpPermission>> {
    Some(permissions(atoms, id)).filter(|p| !p.is_empty())
}

async fn authorize(client: &Client, id: &str, direction: Direction, atoms: impl IntoIterator<Item = &Atom>) -> Result<(), ApiError> {
    let Some(permissions) = body(atoms, id) else { return Ok(()) };
    match direction {
        Direction::In => {
            let request = client.authorize_security_group_ingress().group_id(id).set_ip_permissions(Some(permissions));
            call("ec2:AuthorizeSecurityGroupIngress", request.send()).await.map(|_| ())
        }
        Direction::Out => {
            let request = client.authorize_security_group_egress().group_id(id).set_ip_permissions(Some(permissions));
            call("ec2:AuthorizeSecurityGroupEgress", request.send()).await.map(|_| ())
        }
    }
}

async fn revoke(client: &Client, id: &str, direction: Direction, atoms: impl IntoIterator<Item = &Atom>) -> Result<(), ApiError> {
    let Some(permissions) = body(atoms, id) else { return Ok(()) };
    match direction {
        Direction::In => {
            let request = client.revoke_security_group_ingress().group_id(id).set_ip_permissions(Some(permissions));
            call("ec2:RevokeSecurityGroupIngress", request.send()).await.map(|_| ())
        }
        Direction::Out => {
            let request = client.revoke_security_group_egress().group_id(id).set_ip_permissions(Some(permissions));
            call("ec2:RevokeSecurityGroupEgress", request.send()).await.map(|_| ())
        }
    }
}

async fn describe(client: &Client, id: &str, direction: Direction, atoms: &Atoms) -> Result<(), ApiError> {
    let Some(permissions) = body(atoms, id) else { return Ok(()) };
    match direction {
        Direction::In => {
            let request = client.update_security_group_rule_descriptions_ingress().group_id(id).set_ip_permissions(Some(permissions));
            call("ec2:UpdateSecurityGroupRuleDescriptionsIngress", request.send()).await.map(|_| ())
        }
        Direction::Out => {
            let request = client.update_security_group_rule_descriptions_egress().group_id(id).set_ip_permissions(Some(permissions));
            call("ec2:UpdateSecurityGroupRuleDescriptionsEgress", request.send()).await.map(|_| ())
        }
    }
}
