//! The parameters of a group.

use super::NOT_FOUND;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::shape;
use crate::provider::ProviderError;
use crate::schema::BlockSchema;
use crate::value::{Members, Value};
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{ApplyMethod, Parameter};

/// Parameters of one call.
const MOST: usize = 20;

/// Parameters that AWS accepts together only.
const TOGETHER: &[&[&str]] = &[
    &["collation_server", "character_set_server"],
    &["gtid-mode", "enforce_gtid_consistency"],
    &["password_encryption", "rds.accepted_password_auth_method"],
    &["ssl_max_protocol_version", "ssl_min_protocol_version"],
    &["rds.change_data_capture_streaming", "binlog_format"],
    &["aurora_enhanced_binlog", "binlog_backup", "binlog_replication_globaldb"],
];

/// Names of the parameters of a state.
pub(super) fn names(object: &Value) -> Vec<String> {
    shape::objects(object, "parameter").iter().filter_map(|p| shape::string(p, "name")).collect()
}

/// The parameters of a group: those that were changed, and of the others those in `written`.
/// `None`: the group is gone.
pub(super) async fn of(client: Client, written: &[String], group: String) -> Result<Option<Vec<Parameter>>, ApiError> {
    let Some(mut all) = page_through(&client, &group, Some("user")).await? else { return Ok(None) };
    let same = |p: &Parameter, name: &str| p.parameter_name().is_some_and(|n| n.eq_ignore_ascii_case(name));
    let missing: Vec<&String> = written.iter().filter(|n| !all.iter().any(|p| same(p, n))).collect();
    if !missing.is_empty() {
        let others = page_through(&client, &group, None).await?.unwrap_or_default();
        all.extend(others.into_iter().filter(|p| missing.iter().any(|n| same(p, n))));
    }
    Ok(Some(all))
}

async fn page_through(client: &Client, group: &str, source: Option<&str>) -> Result<Option<Vec<Parameter>>, ApiError> {
    let request = client.describe_db_parameters().db_parameter_group_name(group).set_source(source.map(str::to_string));
    absent(call("rds:DescribeDBParameters", request.into_paginator().items().send().collect::<Result<Vec<_>, _>>()).await, NOT_FOUND)
}

/// The set of blocks; names as the state before spelt them.
pub(super) fn flatten(block: &BlockSchema, base: &Value, found: &[Parameter]) -> Value {
    let before = names(base);
    let one = |p: &Parameter| {
        let name = p.parameter_name()?;
        let spelt = before.iter().find(|b| b.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_lowercase());
        let method = p.apply_method().map_or("immediate", ApplyMethod::as_str).to_lowercase();
        let members: Members = [
            ("apply_method".into(), Value::string(method)),
            ("name".into(), Value::string(spelt)),
            ("value".into(), Value::string(p.parameter_value()?)),
        ]
        .into();
        Some(shape::filled(block, members))
    };
    Value::set(block.ty(), found.iter().filter_map(one).collect())
}

fn expand(block: &Value) -> Parameter {
    Parameter::builder()
        .set_parameter_name(shape::string(block, "name").map(|n| n.to_lowercase()))
        .set_parameter_value(block.get("value").and_then(Value::as_str).map(str::to_string))
        .set_apply_method(Some(ApplyMethod::from(shape::text(block, "apply_method").unwrap_or("immediate"))))
        .build()
}

/// Calls for these parameters: what belongs together first, then what counts at once, then the rest.
fn calls(parameters: Vec<Parameter>) -> Vec<Vec<Parameter>> {
    let kind = |p: &Parameter| {
        let name = p.parameter_name().unwrap_or_default();
        let bound = TOGETHER.iter().position(|t| t.contains(&name));
        bound.unwrap_or(TOGETHER.len() + usize::from(p.apply_method() == Some(&ApplyMethod::PendingReboot)))
    };
    let mut bins: Vec<Vec<Parameter>> = vec![Vec::new(); TOGETHER.len() + 2];
    for parameter in parameters {
        if let Some(bin) = bins.get_mut(kind(&parameter)) {
            bin.push(parameter);
        }
    }
    bins.iter().flat_map(|bin| bin.chunks(MOST).map(<[Parameter]>::to_vec)).collect()
}

/// Sets what differs, and gives back to their defaults the ones that are no longer written.
pub(super) async fn set(client: &Client, group: &str, prior: &Value, planned: &Value) -> Result<(), ProviderError> {
    let doing = |e: ApiError| e.while_doing("Changing the DB parameter group").at("parameter");
    let (old, new) = (shape::objects(prior, "parameter"), shape::objects(planned, "parameter"));
    let changed = new.iter().filter(|n| !old.iter().any(|o| shape::same(o, n))).map(expand).collect();
    for parameters in calls(changed) {
        let request = client.modify_db_parameter_group().db_parameter_group_name(group).set_parameters(Some(parameters));
        call("rds:ModifyDBParameterGroup", request.send()).await.map_err(doing)?;
    }
    let kept = names(planned);
    let gone: Vec<Parameter> = old
        .iter()
        .filter(|o| shape::text(o, "name").is_some_and(|n| !kept.iter().any(|k| k.eq_ignore_ascii_case(n))))
        .map(expand)
        .collect();
    for parameters in gone.chunks(MOST) {
        let request = client.reset_db_parameter_group().db_parameter_group_name(group).set_parameters(Some(parameters.to_vec()));
        call("rds:ResetDBParameterGroup", request.send()).await.map_err(doing)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, method: ApplyMethod) -> Parameter {
        Parameter::builder().parameter_name(name).parameter_value("1").apply_method(method).build()
    }

    #[test]
    fn what_belongs_together_is_sent_together() {
        let mut all: Vec<Parameter> = (0..21).map(|n| parameter(&format!("p{n}"), ApplyMethod::Immediate)).collect();
        all.push(parameter("static", ApplyMethod::PendingReboot));
        all.push(parameter("gtid-mode", ApplyMethod::PendingReboot));
        all.push(parameter("enforce_gtid_consistency", ApplyMethod::Immediate));
        assert_eq!(calls(all).iter().map(Vec::len).collect::<Vec<_>>(), [2, 20, 1, 1]);
    }

    #[test]
    fn names_stay_as_they_were_spelt() {
        let block = super::super::parameter_block();
        let written = shape::filled(&block, [("name".into(), Value::string("Max_Connections"))].into());
        let base = Value::object([("parameter".into(), Value::set(block.ty(), vec![written]))].into());
        let found =
            flatten(&block, &base, &[parameter("max_connections", ApplyMethod::Immediate), parameter("other", ApplyMethod::Immediate)]);
        let spelt: Vec<_> = found.items().unwrap().iter().filter_map(|p| shape::text(p, "name")).collect();
        assert!(spelt.contains(&"Max_Connections") && spelt.contains(&"other"));
    }
}
