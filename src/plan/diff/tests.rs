use super::*;
use crate::schema::{BlockSchema, boolean, list_of, map_of, number, of, string};
use crate::value::{Members, Type};

fn schema() -> ResourceSchema {
    let disk = BlockSchema::new()
        .attr("size", number().optional().computed())
        .attr("kind", string().optional())
        .attr("id", string().computed())
        .attr("encrypted", boolean().optional().force_new());
    let rule = BlockSchema::new().attr("port", number().required()).attr("note", string().optional()).attr("rid", string().computed());
    let flat = Type::object([("port", Type::Number), ("note", Type::String), ("cidrs", Type::list(Type::String))]);
    let block = BlockSchema::new()
        .attr("id", string().computed())
        .attr("cidr", string().required().force_new())
        .attr("name", string().optional())
        .attr("enabled", boolean().optional().default(Value::bool(true)))
        .attr("size", number().optional())
        .attr("zones", list_of(Type::String).optional())
        .attr("tags", map_of(Type::String).optional())
        .attr("any", of(Type::Dynamic).optional())
        .attr("secret", string().optional().write_only())
        .attr("flat", of(Type::set(flat)).optional().computed().as_blocks())
        .block("disk", disk.list(0, 1).computed())
        .block("rule", rule.set(0, 0));
    ResourceSchema::new(0, block)
}

/// An object of the schema with some members set; the rest null or empty.
fn object(block: &BlockSchema, set: &[(&str, Value)]) -> Value {
    let mut members = Members::new();
    for (n, a) in &block.attrs {
        members.insert(n.clone(), Value::null(a.ty.clone()));
    }
    for (n, b) in &block.blocks {
        let ty = b.block.ty();
        let empty = if b.nesting == crate::schema::Nesting::Set { Value::set(ty, vec![]) } else { Value::list(ty, vec![]) };
        members.insert(n.clone(), empty);
    }
    for (n, v) in set {
        members.insert((*n).into(), v.clone());
    }
    Value::object(members)
}

fn main(set: &[(&str, Value)]) -> Value {
    object(&schema().block, set)
}

fn disk(set: &[(&str, Value)]) -> Value {
    let s = schema();
    let b = &s.block.blocks["disk"].block;
    Value::list(b.ty(), vec![object(b, set)])
}

#[test]
fn a_clock_that_moved_alone_is_no_change() {
    let block = BlockSchema::new().attr("until", string().computed().volatile()).attr("size", number().computed());
    let schema = ResourceSchema::new(0, block);
    let at = |until: &str, size: i64| Value::object([("until".into(), Value::string(until)), ("size".into(), Value::int(size))].into());
    assert_eq!(settle_object(&schema, &at("1", 1), &at("2", 1)), at("1", 1));
    assert_eq!(settle_object(&schema, &at("1", 1), &at("2", 2)), at("2", 2));
}

#[test]
fn an_entry_of_a_map_that_is_null_is_not_there() {
    let tags = |entries: &[(&str, Value)]| Value::map(Type::String, entries.iter().map(|(n, v)| ((*n).into(), v.clone())).collect());
    let kept = tags(&[("a", Value::string("1"))]);
    let config = main(&[("cidr", Value::string("c")), ("tags", tags(&[("a", Value::string("1")), ("b", Value::null(Type::String))]))]);
    let schema = schema();
    let facts = ProviderFacts::default();
    let found = diff(&DiffInput { schema: &schema, config: &config, prior: None, provider: &facts });
    assert_eq!(found.planned.get("tags"), Some(&kept));
}

fn rules(all: &[&[(&str, Value)]]) -> Value {
    let s = schema();
    let b = &s.block.blocks["rule"].block;
    Value::set(b.ty(), all.iter().map(|set| object(b, set)).collect())
}

fn run(schema: &ResourceSchema, config: &Value, prior: Option<&Value>) -> Diff {
    diff(&DiffInput { schema, config, prior, provider: &ProviderFacts::default() })
}

fn s(t: &str) -> Value {
    Value::string(t)
}

#[test]
fn creating_leaves_computed_values_unknown_and_fills_defaults() {
    let out = run(&schema(), &main(&[("cidr", s("a")), ("secret", s("x"))]), None);
    assert!(out.planned.get("id").unwrap().is_unknown());
    assert!(out.planned.get("disk").unwrap().is_unknown());
    assert_eq!(out.planned.get("enabled"), Some(&Value::bool(true)));
    assert!(out.planned.get("name").unwrap().is_null());
    assert!(out.planned.get("secret").unwrap().is_null());
    assert!(out.replace.is_empty());
}

#[test]
fn what_nobody_configured_and_is_zero_is_no_change() {
    let prior = main(&[
        ("id", s("i")),
        ("cidr", s("a")),
        ("name", s("")),
        ("enabled", Value::bool(true)),
        ("size", Value::int(0)),
        ("zones", Value::list(Type::String, vec![])),
        ("tags", Value::map(Type::String, Members::new())),
        ("disk", disk(&[("size", Value::int(8)), ("kind", s("")), ("id", s("d"))])),
    ]);
    let out = run(&schema(), &main(&[("cidr", s("a"))]), Some(&prior));
    assert!(same(&out.planned, &prior), "{:?}", out.planned);
}

#[test]
fn explicit_false_and_zero_are_changes_and_blank_is_not() {
    let prior = main(&[("id", s("i")), ("cidr", s("a")), ("enabled", Value::bool(true))]);
    let out = run(&schema(), &main(&[("cidr", s("a")), ("size", Value::int(0)), ("name", s(""))]), Some(&prior));
    assert_eq!(out.planned.get("size"), Some(&Value::int(0)));
    assert!(out.planned.get("name").unwrap().is_null());
}

#[test]
fn null_and_empty_differ_where_the_type_is_open() {
    let prior = main(&[("id", s("i")), ("cidr", s("a")), ("enabled", Value::bool(true)), ("any", s(""))]);
    let out = run(&schema(), &main(&[("cidr", s("a"))]), Some(&prior));
    assert!(out.planned.get("any").unwrap().is_null());
}

#[test]
fn a_changed_force_new_attribute_replaces_and_replans() {
    let prior = main(&[("id", s("i")), ("cidr", s("a")), ("enabled", Value::bool(true))]);
    let out = run(&schema(), &main(&[("cidr", s("b"))]), Some(&prior));
    assert_eq!(out.replace.iter().map(|r| r.path.to_string()).collect::<Vec<_>>(), ["cidr"]);
    assert!(out.planned.get("id").unwrap().is_unknown());
}

#[test]
fn nested_lists_pair_by_position_and_keep_computed_values() {
    let prior = main(&[
        ("id", s("i")),
        ("cidr", s("a")),
        ("enabled", Value::bool(true)),
        ("disk", disk(&[("size", Value::int(8)), ("id", s("d")), ("encrypted", Value::bool(false))])),
    ]);
    let config = main(&[("cidr", s("a")), ("disk", disk(&[("kind", s("gp3"))]))]);
    let out = run(&schema(), &config, Some(&prior));
    let planned = out.planned.at(&Path::parse("disk.0")).unwrap();
    assert_eq!(planned.get("size"), Some(&Value::int(8)));
    assert_eq!(planned.get("id"), Some(&s("d")));
    assert_eq!(planned.get("kind"), Some(&s("gp3")));
    assert!(out.replace.is_empty());
    let config = main(&[("cidr", s("a")), ("disk", disk(&[("encrypted", Value::bool(true))]))]);
    let out = run(&schema(), &config, Some(&prior));
    assert_eq!(out.replace.iter().map(|r| r.path.to_string()).collect::<Vec<_>>(), ["disk[0].encrypted"]);
}

#[test]
fn set_elements_continue_the_prior_ones_they_mean() {
    let prior = main(&[
        ("id", s("i")),
        ("cidr", s("a")),
        ("enabled", Value::bool(true)),
        ("rule", rules(&[&[("port", Value::int(1)), ("note", s("")), ("rid", s("r1"))], &[("port", Value::int(2)), ("rid", s("r2"))]])),
    ]);
    let config = main(&[("cidr", s("a")), ("rule", rules(&[&[("port", Value::int(2))], &[("port", Value::int(3))]]))]);
    let planned = run(&schema(), &config, Some(&prior)).planned;
    let found: Vec<_> = planned
        .get("rule")
        .unwrap()
        .items()
        .unwrap()
        .iter()
        .map(|r| (r.get("port").unwrap().as_i64(), r.get("rid").unwrap().as_str().map(str::to_string)))
        .collect();
    assert_eq!(found, [(Some(2), Some("r2".into())), (Some(3), None)]);
    let config = main(&[("cidr", s("a")), ("rule", rules(&[&[("port", Value::int(2))], &[("port", Value::int(1))]]))]);
    assert!(same(&run(&schema(), &config, Some(&prior)).planned, &prior));
}

#[test]
fn attributes_as_blocks_compare_with_zero_values() {
    let flat = Type::object([("port", Type::Number), ("note", Type::String), ("cidrs", Type::list(Type::String))]);
    let one = |note: Value, cidrs: Value| {
        Value::set(
            flat.clone(),
            vec![Value::object(Members::from([("port".into(), Value::int(1)), ("note".into(), note), ("cidrs".into(), cidrs)]))],
        )
    };
    let stored = one(s(""), Value::list(Type::String, vec![]));
    let written = one(Value::null(Type::String), Value::null(Type::list(Type::String)));
    let prior = main(&[("id", s("i")), ("cidr", s("a")), ("enabled", Value::bool(true)), ("flat", stored)]);
    let out = run(&schema(), &main(&[("cidr", s("a")), ("flat", written)]), Some(&prior));
    assert!(same(&out.planned, &prior));
}

#[test]
fn semantic_equality_keeps_the_prior_spelling() {
    let mut schema = schema();
    schema.rules.equal =
        Some(|path, a, b| path.schema_key() == "name" && a.as_str().map(str::to_lowercase) == b.as_str().map(str::to_lowercase));
    let prior = main(&[("id", s("i")), ("cidr", s("a")), ("enabled", Value::bool(true)), ("name", s("ABC"))]);
    let out = run(&schema, &main(&[("cidr", s("a")), ("name", s("abc").sensitive())]), Some(&prior));
    assert!(same(&out.planned, &prior));
    assert!(out.planned.get("name").unwrap().marks().is_sensitive());
}

#[test]
fn ignored_paths_come_from_the_object() {
    let tags = |pairs: &[(&str, &str)]| Value::map(Type::String, pairs.iter().map(|(k, v)| ((*k).into(), s(v))).collect());
    let prior = main(&[("cidr", s("old")), ("tags", tags(&[("a", "1"), ("b", "2")]))]);
    let config = main(&[("cidr", s("new")), ("tags", tags(&[("a", "9"), ("c", "3")]))]);
    let paths = [Path::attr("cidr"), Path::attr("tags").then("b"), Path::attr("tags").then("c")];
    let out = ignore_changes(&config, &prior, &paths);
    assert_eq!(out.get("cidr"), Some(&s("old")));
    assert_eq!(out.get("tags"), Some(&tags(&[("a", "9"), ("b", "2")])));
}

#[test]
fn rules_move_computed_values_and_ask_for_replacement() {
    let mut schema = schema();
    schema.rules.customize.push(|draft| {
        if draft.changes("name") {
            draft.set_unknown("id");
            draft.note("name", "renamed");
        }
        if draft.changes("size") {
            draft.require_replace("size", Some("it cannot shrink"));
        }
    });
    let prior = main(&[("id", s("i")), ("cidr", s("a")), ("enabled", Value::bool(true)), ("size", Value::int(5))]);
    let out = run(&schema, &main(&[("cidr", s("a")), ("name", s("n")), ("size", Value::int(5))]), Some(&prior));
    assert!(out.planned.get("id").unwrap().is_unknown());
    assert_eq!(out.notes.len(), 1);
    assert!(out.replace.is_empty());
    let out = run(&schema, &main(&[("cidr", s("a")), ("size", Value::int(4))]), Some(&prior));
    assert_eq!(out.replace.first().and_then(|r| r.reason.clone()).as_deref(), Some("it cannot shrink"));
}

#[test]
fn reading_keeps_the_older_spelling_of_what_means_the_same() {
    let prior = main(&[("id", s("i")), ("cidr", s("a")), ("rule", rules(&[&[("port", Value::int(1))]]))]);
    let read = main(&[("id", s("i")), ("cidr", s("a")), ("name", s("")), ("rule", rules(&[&[("port", Value::int(1)), ("note", s(""))]]))]);
    assert_eq!(settle_object(&schema(), &prior, &read), prior);
    let changed = main(&[("id", s("i")), ("cidr", s("b"))]);
    assert_eq!(settle_object(&schema(), &prior, &changed), changed);
}
