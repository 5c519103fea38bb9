//! Schema and pure rules of a lifecycle configuration.

use super::MINIMUM;
use super::expand::moment;
use crate::aws::s3::part::{base, one_of};
use crate::aws::shape::{self, text};
use crate::aws::{support, timeouts};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, RuleError, boolean, map_of, number, string};
use crate::value::{Path, Type, Value};
use serde_json::{Map, Value as Json};

const CLASSES: [&str; 6] = ["GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"];
const CONDITIONS: [&str; 5] = ["and", "object_size_greater_than", "object_size_less_than", "prefix", "tag"];

pub(super) fn build() -> ResourceSchema {
    let owner = string().optional().computed().force_new().deprecated("The provider drops this argument in a future version.");
    let block = base()
        .attr("id", string().computed())
        .attr("expected_bucket_owner", owner.default(Value::string("")))
        .attr(MINIMUM, string().optional().computed().default(Value::string("all_storage_classes_128K")))
        .block("rule", rule().list(1, 0))
        .block("timeouts", timeouts::block(&["create", "update"]));
    let mut schema = ResourceSchema::new(1, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    schema.rules.customize.push(plan);
    schema.rules.equal = Some(|path, prior, planned| match (prior.as_str(), planned.as_str()) {
        (Some(a), Some(b)) => path.schema_key().ends_with(".date") && moment(a).is_some() && moment(a) == moment(b),
        _ => false,
    });
    schema.rules.upgrade = Some(|_, attributes| Ok(upgrade(attributes)));
    schema
}

pub(super) fn rule() -> BlockSchema {
    let old = string().optional().computed().default(Value::string("")).deprecated("Use `filter` instead.");
    BlockSchema::new()
        .attr("id", string().required())
        .attr("prefix", old)
        .attr("status", string().required())
        .block("abort_incomplete_multipart_upload", abort().list(0, 1))
        .block("expiration", expiration().list(0, 1))
        .block("filter", filter().list(0, 1))
        .block("noncurrent_version_expiration", noncurrent_expiration().list(0, 1))
        .block("noncurrent_version_transition", noncurrent_transition().set(0, 0))
        .block("transition", transition().set(0, 0))
}

pub(super) fn abort() -> BlockSchema {
    BlockSchema::new().attr("days_after_initiation", number().optional())
}

pub(super) fn expiration() -> BlockSchema {
    BlockSchema::new()
        .attr("date", string().optional())
        .attr("days", number().optional().computed().default(Value::int(0)))
        .attr("expired_object_delete_marker", boolean().optional().computed().default(Value::bool(false)))
}

pub(super) fn filter() -> BlockSchema {
    BlockSchema::new()
        .attr("object_size_greater_than", number().optional())
        .attr("object_size_less_than", number().optional())
        .attr("prefix", string().optional())
        .block("and", and().list(0, 1))
        .block("tag", tag().list(0, 1))
}

pub(super) fn and() -> BlockSchema {
    let size = || number().optional().computed().default(Value::int(0));
    BlockSchema::new()
        .attr("object_size_greater_than", size())
        .attr("object_size_less_than", size())
        .attr("prefix", string().optional().computed().default(Value::string("")))
        .attr("tags", map_of(Type::String).optional())
}

pub(super) fn tag() -> BlockSchema {
    BlockSchema::new().attr("key", string().required()).attr("value", string().required())
}

pub(super) fn noncurrent_expiration() -> BlockSchema {
    BlockSchema::new().attr("newer_noncurrent_versions", number().optional()).attr("noncurrent_days", number().required())
}

pub(super) fn noncurrent_transition() -> BlockSchema {
    noncurrent_expiration().attr("storage_class", string().required())
}

pub(super) fn transition() -> BlockSchema {
    BlockSchema::new().attr("date", string().optional()).attr("days", number().optional()).attr("storage_class", string().required())
}

fn written(object: &Value, name: &str) -> bool {
    object.get(name).is_some_and(|v| !v.is_null() && !v.items().is_some_and(<[_]>::is_empty))
}

fn validate(config: &Value) -> Vec<RuleError> {
    let sizes = ["all_storage_classes_128K", "varies_by_storage_class"];
    let mut errors: Vec<RuleError> = one_of(config, &Path::default(), MINIMUM, &sizes).into_iter().collect();
    for (i, rule) in shape::objects(config, "rule").iter().enumerate() {
        errors.extend(check_rule(rule, &Path::attr("rule").index(i)));
    }
    errors
}

fn check_rule(rule: &Value, at: &Path) -> Vec<RuleError> {
    let mut errors: Vec<RuleError> = one_of(rule, at, "status", &["Enabled", "Disabled"]).into_iter().collect();
    let mut wrong = |name: &str, message: String| errors.push(RuleError { path: at.then(name), message });
    if text(rule, "id").is_some_and(|id| id.chars().count() > 255) {
        wrong("id", "The name of a rule has at most 255 characters.".into());
    }
    if written(rule, "filter") && text(rule, "prefix").is_some() {
        wrong("prefix", "`filter` and the older `prefix` exclude each other.".into());
    }
    if let Some(filter) = shape::first(rule, "filter") {
        let set: Vec<&str> =
            CONDITIONS.into_iter().filter(|n| written(filter, n) && (*n != "prefix" || text(filter, n).is_some())).collect();
        if set.len() > 1 {
            wrong("filter", format!("A filter has one condition; write these in an `and` block: {}.", set.join(", ")));
        }
    }
    if let Some(expiration) = shape::first(rule, "expiration") {
        let set = ["date", "days", "expired_object_delete_marker"].into_iter().filter(|n| written(expiration, n)).count();
        if set > 1 {
            wrong("expiration", "An expiration has one of `date`, `days` and `expired_object_delete_marker`.".into());
        }
    }
    for name in ["transition", "noncurrent_version_transition"] {
        for each in shape::objects(rule, name) {
            if let Some(class) = text(each, "storage_class").filter(|c| !CLASSES.contains(c)) {
                wrong(name, format!("{class:?} is no class to move to: {} are.", CLASSES.join(", ")));
            }
            if written(each, "date") && written(each, "days") {
                wrong(name, "A transition has `date` or `days`.".into());
            }
        }
    }
    let dated = shape::objects(rule, "transition").iter().chain(shape::first(rule, "expiration"));
    for date in dated.filter_map(|o| text(o, "date")).filter(|d| moment(d).is_none()) {
        wrong("transition", format!("{date:?} is no moment; write it as 2026-01-31T00:00:00Z."));
    }
    errors
}

/// An empty filter has the prefix `""`; a transition without a moment is at once.
fn plan(draft: &mut DiffDraft<'_>) {
    let rules = shape::objects(draft.config, "rule").to_vec();
    for (i, rule) in rules.iter().enumerate() {
        let empty = shape::first(rule, "filter").is_some_and(|f| !f.is_unknown() && !CONDITIONS.iter().any(|n| written(f, n)));
        if empty {
            draft.set(&format!("rule.{i}.filter.0.prefix"), Value::string(""));
        }
        let path = format!("rule.{i}.transition");
        let Some(transitions) = draft.planned(&path).filter(|t| t.items().is_some_and(|i| i.iter().any(at_once))).cloned() else {
            continue;
        };
        let items = transitions.items().unwrap_or_default().iter().map(|t| if at_once(t) { now(t) } else { t.clone() });
        draft.set(&path, Value::set(transition().ty(), items.collect()).mark(transitions.marks()));
    }
}

fn at_once(transition: &Value) -> bool {
    ["date", "days"].iter().all(|n| transition.get(n).is_some_and(Value::is_null))
}

fn now(transition: &Value) -> Value {
    let mut members = transition.members().cloned().unwrap_or_default();
    members.insert("days".into(), Value::int(0));
    Value::object(members)
}

/// Version 0 kept some numbers as text, `""` for none.
fn upgrade(attributes: Map<String, Json>) -> Map<String, Json> {
    attributes.into_iter().map(|(name, value)| (name.clone(), upgraded(&name, value))).collect()
}

fn upgraded(name: &str, value: Json) -> Json {
    let number = ["newer_noncurrent_versions", "object_size_greater_than", "object_size_less_than"].contains(&name);
    match value {
        Json::String(s) if number => s.parse::<i64>().map_or(Json::Null, Json::from),
        Json::Array(items) => Json::Array(items.into_iter().map(|v| upgraded(name, v)).collect()),
        Json::Object(members) => Json::Object(upgrade(members)),
        other => other,
    }
}
