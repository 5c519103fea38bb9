use super::*;
use crate::plan::diff::{DiffInput, diff};
use crate::schema::ProviderFacts;
use crate::value::{Members, from_json};
use serde_json::{Map, Value as Json, json};

/// A configuration from JSON, null where nothing is written.
fn body(block: &crate::schema::BlockSchema, written: &Json) -> Value {
    let attrs = block
        .attrs
        .iter()
        .map(|(n, a)| (n.clone(), written.get(n.as_ref()).map_or(Value::null(a.ty.clone()), |w| from_json(w, &a.ty).unwrap())));
    let blocks = block.blocks.iter().map(|(n, b)| {
        let items = written.get(n.as_ref()).and_then(Json::as_array).into_iter().flatten().map(|w| body(&b.block, w)).collect();
        let value = match b.nesting {
            crate::schema::Nesting::Single => Value::null(b.block.ty()),
            crate::schema::Nesting::List => Value::list(b.block.ty(), items),
            crate::schema::Nesting::Set => Value::set(b.block.ty(), items),
        };
        (n.clone(), value)
    });
    Value::object(attrs.chain(blocks).collect::<Members>())
}

fn planned(rules: Json) -> Value {
    let schema = Lifecycle.schema();
    let config = body(&schema.block, &json!({"bucket": "b", "rule": rules}));
    let input = DiffInput { schema: &schema, config: &config, prior: None, provider: &ProviderFacts::default() };
    diff(&input).planned
}

#[test]
fn rules_read_as_they_were_planned() {
    let planned = planned(json!([
        {"id": "all", "status": "Enabled", "expiration": [{"days": 30}], "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}]},
        {"id": "empty", "status": "Enabled", "filter": [{}], "expiration": [{"date": "2030-01-31T00:00:00Z"}]},
        {"id": "tagged", "status": "Disabled", "filter": [{"tag": [{"key": "k", "value": "v"}]}], "transition": [{"days": 30, "storage_class": "GLACIER"}, {"storage_class": "GLACIER_IR"}]},
        {"id": "big", "status": "Enabled", "filter": [{"object_size_greater_than": 500}], "expiration": [{"expired_object_delete_marker": true}]},
        {"id": "both", "status": "Enabled", "filter": [{"and": [{"prefix": "p/", "tags": {"a": "1", "b": "2"}, "object_size_less_than": 9}]}],
         "noncurrent_version_expiration": [{"noncurrent_days": 90, "newer_noncurrent_versions": 3}],
         "noncurrent_version_transition": [{"noncurrent_days": 30, "storage_class": "STANDARD_IA"}]},
        {"id": "old", "status": "Enabled", "prefix": "logs/", "expiration": [{"days": 1}]},
    ]));
    for rule in shape::objects(&planned, "rule") {
        let sent = expand::rule(rule).unwrap();
        assert!(shape::same(&flatten::rule(&sent), rule), "{:?} became {:?}", rule, flatten::rule(&sent));
    }
}

#[test]
fn an_empty_filter_is_not_the_same_as_none() {
    let planned = planned(json!([{"id": "none", "status": "Enabled"}, {"id": "empty", "status": "Enabled", "filter": [{}]}]));
    let sent: Vec<_> = shape::objects(&planned, "rule").iter().map(|r| expand::rule(r).unwrap().filter.unwrap()).collect();
    assert_eq!((sent[0].prefix(), sent[1].prefix()), (None, Some("")));
}

#[test]
fn rules_that_s3_would_refuse_are_found_before() {
    let schema = Lifecycle.schema();
    let complaints = |rule: Json| {
        let config = body(&schema.block, &json!({"bucket": "b", "rule": [rule]}));
        schema.rules.validate.iter().flat_map(|v| v(&config)).map(|e| e.path.to_string()).collect::<Vec<_>>()
    };
    assert!(
        complaints(json!({"id": "a", "status": "Enabled", "filter": [{"prefix": "", "tag": [{"key": "k", "value": "v"}]}]})).is_empty()
    );
    assert_eq!(complaints(json!({"id": "a", "status": "On"})), ["rule[0].status"]);
    assert_eq!(
        complaints(json!({"id": "a", "status": "Enabled", "filter": [{"prefix": "p", "object_size_less_than": 1}]})),
        ["rule[0].filter"]
    );
    assert_eq!(
        complaints(json!({"id": "a", "status": "Enabled", "transition": [{"days": 1, "storage_class": "COLD"}]})),
        ["rule[0].transition"]
    );
    assert_eq!(complaints(json!({"id": "a", "status": "Enabled", "expiration": [{"date": "tomorrow"}]})), ["rule[0].transition"]);
}

#[test]
fn older_states_are_upgraded() {
    let upgrade = Lifecycle.schema().rules.upgrade.unwrap();
    let old: Map<String, Json> =
        json!({"rule": [{"filter": [{"object_size_less_than": "", "object_size_greater_than": "500"}]}]}).as_object().unwrap().clone();
    let new = Json::Object(upgrade(0, old).unwrap());
    assert_eq!(new["rule"][0]["filter"][0], json!({"object_size_less_than": null, "object_size_greater_than": 500}));
}
