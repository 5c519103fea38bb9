//! The `region` argument that nearly every type has since version 6 of the provider.
//!
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support>.

use crate::provider::Ctx;
use crate::schema::{Attribute, DiffDraft, string};
use crate::value::{Type, Value};

/// The attribute: optional, computed. Replacement is decided by [`plan`], because a state of
/// version 5 has no region and must not be replaced for that.
#[must_use]
pub fn attribute() -> Attribute {
    string().optional().computed()
}

/// Plans the region: what is written, else the provider's; another one than the object's replaces.
pub fn plan(draft: &mut DiffDraft<'_>) {
    if draft.planned("region").is_none() {
        return;
    }
    let wanted = match draft.configured("region") {
        Some(written) => written.clone(),
        None => draft.provider.get("region").cloned().unwrap_or_else(|| Value::unknown(Type::String)),
    };
    let old = draft.prior("region").and_then(Value::as_str).filter(|r| !r.is_empty()).map(str::to_string);
    let moves = old.as_deref().is_some_and(|old| wanted.as_str().is_some_and(|new| new != old));
    if moves {
        draft.require_replace("region", None);
    }
    if old.is_none() || !wanted.is_unknown() {
        draft.set("region", wanted);
    }
}

/// The region of this call's objects: that of the call, else the provider's.
#[must_use]
pub fn of<'a>(ctx: &'a Ctx<'_>) -> &'a str {
    ctx.region.or_else(|| ctx.facts.str("region")).unwrap_or_default()
}

/// Splits an import id `ID@REGION`.
#[must_use]
pub fn split_import(id: &str) -> (&str, Option<&str>) {
    match id.rsplit_once('@') {
        Some((id, region)) if is_region(region) => (id, Some(region)),
        _ => (id, None),
    }
}

/// Whether the text looks like a region's name: `eu-west-1`, `us-gov-east-1`.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lower = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
    match parts.split_last() {
        Some((last, rest)) => rest.len() >= 2 && rest.iter().all(lower) && !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()),
        None => false,
    }
}

/// The partition of a region.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    match region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        r if r.starts_with("us-isob-") => "aws-iso-b",
        r if r.starts_with("us-isof-") => "aws-iso-f",
        r if r.starts_with("us-iso-") => "aws-iso",
        r if r.starts_with("eu-isoe-") => "aws-iso-e",
        r if r.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

/// The domain of AWS's host names in a region.
#[must_use]
pub fn dns_suffix(region: &str) -> &'static str {
    match partition(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;

    fn planned(prior: Option<&str>, written: Option<&str>) -> (Option<String>, usize) {
        let text = |t: Option<&str>| t.map_or_else(|| Value::null(Type::String), Value::string);
        let object = |t: Option<&str>| Value::object([("region".into(), text(t))].into());
        let (config, old) = (object(written), object(prior));
        let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
        let mut draft =
            DiffDraft { config: &config, prior: Some(&old), planned: old.clone(), provider: &facts, replace: vec![], notes: vec![] };
        plan(&mut draft);
        (draft.planned("region").and_then(Value::as_str).map(str::to_string), draft.replace.len())
    }

    #[test]
    fn another_region_replaces_and_a_missing_one_does_not() {
        assert_eq!(planned(Some("eu-west-1"), None), (Some("eu-west-1".into()), 0));
        assert_eq!(planned(None, None), (Some("eu-west-1".into()), 0));
        assert_eq!(planned(Some("eu-west-1"), Some("us-east-1")), (Some("us-east-1".into()), 1));
        assert_eq!(planned(Some("us-east-1"), None), (Some("eu-west-1".into()), 1));
    }

    #[test]
    fn import_ids_may_name_the_region() {
        assert_eq!(split_import("vpc-1@us-gov-east-1"), ("vpc-1", Some("us-gov-east-1")));
        assert_eq!(split_import("someone@example.com"), ("someone@example.com", None));
        assert_eq!(split_import("vpc-1"), ("vpc-1", None));
    }
}
