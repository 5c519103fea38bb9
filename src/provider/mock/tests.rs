//! Stand-ins of a small provider.

use super::*;
use crate::addr::{ModulePath, ResourceAddr};
use crate::plan::diff::{DiffInput, diff};
use crate::schema::{list_of, map_of, number, string};
use crate::value::Type;

fn real() -> ResourceSchema {
    let rule = BlockSchema::new().attr("port", number().required()).attr("rule_id", string().computed());
    let block = BlockSchema::new()
        .attr("id", string().computed())
        .attr("arn", string().computed())
        .attr("name", string().required().force_new())
        .attr("zone", string().optional().computed())
        .attr("size", number().optional().default(Value::int(3)))
        .attr("hosts", list_of(Type::String).computed())
        .attr("tags", map_of(Type::String).optional())
        .block("rule", rule.list(0, 0));
    ResourceSchema::new(1, block)
}

fn members<const N: usize>(all: [(&str, Value); N]) -> Members {
    all.into_iter().map(|(n, v)| (Name::from(n), v)).collect()
}

fn planned(values: &Members, config: &Value, prior: Option<&Value>) -> crate::plan::diff::Diff {
    let schema = schema::stand_in(&real(), values, "x_thing.a");
    diff(&DiffInput { schema: &schema, config, prior, provider: &ProviderFacts::default() })
}

fn config(name: &str) -> Value {
    let rule = Value::object(members([("port", Value::int(80)), ("rule_id", Value::null(Type::String))]));
    Value::object(members([
        ("id", Value::null(Type::String)),
        ("arn", Value::null(Type::String)),
        ("name", Value::string(name)),
        ("zone", Value::null(Type::String)),
        ("size", Value::null(Type::Number)),
        ("hosts", Value::null(Type::list(Type::String))),
        ("tags", Value::null(Type::map(Type::String))),
        ("rule", Value::list(rule.ty(), vec![rule])),
    ]))
}

#[test]
fn computed_attributes_are_known_in_the_plan() {
    let given = members([("arn", Value::string("arn:x")), ("rule", Value::object(members([("rule_id", Value::string("r-1"))])))]);
    let first = planned(&given, &config("n"), None).planned;
    assert!(first.is_wholly_known());
    assert_eq!(first.get("arn"), Some(&Value::string("arn:x")));
    assert_eq!(first.get("hosts"), Some(&Value::list(Type::String, vec![])));
    assert_eq!(first.get("size"), Some(&Value::null(Type::Number)), "defaults are the real provider's");
    let rules = first.get("rule").and_then(Value::items).unwrap();
    assert_eq!(rules[0].get("rule_id"), Some(&Value::string("r-1")));
    let id = first.get("id").and_then(Value::as_str).unwrap();
    assert!(id.len() == 8 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
    assert_ne!(first.get("zone"), first.get("id"));
    let again = planned(&given, &config("n"), None).planned;
    assert_eq!(first, again);
}

#[test]
fn nothing_is_replaced() {
    let before = planned(&Members::new(), &config("n"), None).planned;
    let after = planned(&Members::new(), &config("other"), Some(&before));
    assert!(after.replace.is_empty());
    assert_eq!(after.planned.get("id"), before.get("id"));
    assert_eq!(after.planned.get("name"), Some(&Value::string("other")));
}

#[test]
fn values_without_a_place_are_named() {
    let given = members([
        ("arm", Value::string("x")),
        ("name", Value::string("x")),
        ("hosts", Value::bool(true)),
        ("rule", Value::bool(true)),
        ("zone", Value::string("z")),
    ]);
    let found = schema::remarks(&real().block, &given, "x_thing");
    let said: Vec<(bool, &str)> = found.iter().map(|d| (d.is_error(), d.detail.as_str())).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].1.contains("no attribute \"arm\"") && found.iter().next().unwrap().help.as_deref().unwrap().contains("arn"));
    assert!(said[1].0 && said[1].1.contains("\"hosts\""));
    assert!(!said[2].0 && said[2].1.contains("\"name\" of x_thing comes from the configuration alone"));
    assert!(said[3].1.contains("is a block"));
}

#[test]
fn a_stand_in_has_a_place_of_its_own() {
    let resource = ResourceAddr { module: ModulePath::root(), mode: Mode::Managed, kind: "x".into(), name: "a".into() };
    let source = ProviderSource { host: "tftest".into(), namespace: "0-0".into(), kind: "x".into() };
    let double = Double { source, of: ProviderSource::default_for("x"), stubs: BTreeMap::new(), resource };
    assert!(Double::is(&double.source) && !Double::is(&double.of));
}
