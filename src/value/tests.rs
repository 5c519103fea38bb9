//! Laws that hold across the value model.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn ty() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Type::tuple),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(Type::object),
        ]
    })
}

/// A value of a type, from a seed that decides sizes and content.
fn sample(ty: &Type, seed: u64) -> Value {
    let next = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let n = (next >> 33) % 4;
    if (next >> 40).is_multiple_of(11) {
        return Value::null(ty.clone());
    }
    let items = |t: &Type| (0..n).map(|i| sample(t, next ^ (i << 7))).collect::<Vec<_>>();
    match ty {
        Type::Dynamic => Value::null(Type::Dynamic),
        Type::Bool => Value::bool(n.is_multiple_of(2)),
        Type::Number => Value::number(Number::parse(&format!("{}.{}", next as i32, n)).unwrap()),
        Type::String => Value::string(format!("s{n}é\"<")),
        Type::List(t) => Value::list((**t).clone(), items(t)),
        Type::Set(t) => Value::set((**t).clone(), items(t)),
        Type::Map(t) => Value::map((**t).clone(), items(t).into_iter().enumerate().map(|(i, v)| (format!("k{i}").into(), v)).collect()),
        Type::Tuple(ts) => Value::tuple(ts.iter().map(|t| sample(t, next)).collect()),
        Type::Object(o) => Value::object(o.attrs.iter().map(|(k, t)| (k.clone(), sample(t, next))).collect()),
    }
}

proptest! {
    #[test]
    fn json_round_trips(ty in ty(), seed: u64) {
        let value = sample(&ty, seed);
        prop_assert_eq!(from_json(&to_json(&value, &ty), &ty).unwrap(), value.clone());
        let wrapped = to_json(&value, &Type::Dynamic);
        let back = from_json(&wrapped, &Type::Dynamic).unwrap();
        prop_assert_eq!(back.ty(), value.ty());
        prop_assert_eq!(back, value);
    }

    #[test]
    fn types_round_trip(ty in ty()) {
        prop_assert_eq!(type_from_json(&type_to_json(&ty)), Some(ty));
    }

    #[test]
    fn own_type_is_identity(ty in ty(), seed: u64) {
        let value = sample(&ty, seed).sensitive();
        prop_assert_eq!(convert(&value, &ty).unwrap(), value);
    }

    #[test]
    fn what_converts_has_the_type(from in ty(), to in ty(), seed: u64) {
        let value = sample(&from, seed);
        match convert(&value, &to) {
            Ok(converted) => {
                prop_assert!(convertible(&from, &to));
                prop_assert_eq!(converted.ty(), to.clone());
            }
            Err(e) => prop_assert!(!e.message.is_empty()),
        }
        let unknown = convert(&Value::unknown(from.clone()), &to);
        prop_assert_eq!(unknown.is_ok(), convertible(&from, &to));
    }

    #[test]
    fn everything_converts_to_the_common_type(a in ty(), b in ty()) {
        if let Some(common) = unify(&[a.clone(), b.clone()]) {
            prop_assert!(convertible(&a, &common) && convertible(&b, &common));
        }
    }

    #[test]
    fn equals_is_reflexive_on_known_values(ty in ty(), seed: u64) {
        let value = sample(&ty, seed);
        prop_assert_eq!(equals(&value, &value).as_bool(), Some(true));
    }
}

fn optional() -> Type {
    type_from_json(&json!(["object", {"a": "string", "b": ["list", "number"]}, ["b"]])).unwrap()
}

#[test]
fn absent_optional_attributes_become_null() {
    let given = implied_from_json(&json!({"a": 1, "extra": true}));
    let got = convert(&given, &Type::list(optional())).unwrap_err();
    assert!(got.message.contains("list of object required"), "{}", got.message);
    let list = convert(&Value::tuple(vec![given]), &Type::list(optional())).unwrap();
    assert_eq!(to_json(&list, &list.ty()), json!([{"a": "1", "b": null}]));
    assert_eq!(list.ty(), Type::list(optional().without_optional()));
}

#[test]
fn messages_name_the_place() {
    let bad = implied_from_json(&json!([{"a": "x", "b": ["1", "two"]}]));
    let error = convert(&bad, &Type::list(optional())).unwrap_err();
    assert_eq!((error.path.to_string().as_str(), error.message.as_str()), ("[0].b[1]", "a number is required"));
    let missing = convert(&implied_from_json(&json!({})), &optional()).unwrap_err();
    assert_eq!(missing.message, "attribute \"a\" is required");
    let kind = convert(&Value::tuple(vec![]), &Type::String).unwrap_err();
    assert_eq!(kind.message, "string required, but have tuple");
    let bool = convert(&Value::string("True"), &Type::Bool).unwrap_err();
    assert!(bool.message.ends_with("use lowercase \"true\""));
}

#[test]
fn any_inside_a_collection_finds_the_common_type() {
    let any_list = Type::list(Type::Dynamic);
    let mixed = convert(&implied_from_json(&json!([1, "a"])), &any_list).unwrap();
    assert_eq!(mixed, Value::list(Type::String, vec![Value::string("1"), Value::string("a")]));
    assert_eq!(mixed.ty(), Type::list(Type::String));
    let none = convert(&implied_from_json(&json!([1, true])), &any_list).unwrap_err();
    assert_eq!(none.message, "all list elements must have the same type");
    let open = Value::tuple(vec![Value::dynamic(), Value::int(1)]);
    assert_eq!(convert(&open, &any_list).unwrap().ty(), Type::list(Type::Number));
    assert_eq!(convert(&Value::unknown(Type::Dynamic), &any_list).unwrap().ty(), any_list);
}

#[test]
fn marks_and_unknowns_survive() {
    let secret = Value::tuple(vec![Value::int(1).sensitive(), Value::unknown(Type::Number)]);
    let list = convert(&secret, &Type::list(Type::String)).unwrap();
    assert!(list.items().unwrap()[0].marks().is_sensitive());
    assert!(list.items().unwrap()[1].is_unknown() && list.items().unwrap()[1].ty() == Type::String);
    let set = convert(&secret, &Type::set(Type::String)).unwrap();
    assert!(set.marks().is_sensitive());
    let back = convert(&set, &Type::list(Type::String)).unwrap();
    assert!(back.is_unknown() && back.marks().is_sensitive());
}

#[test]
fn equality_waits_for_unknowns() {
    let unknown = Value::unknown(Type::String);
    assert!(equals(&unknown, &Value::string("x")).is_unknown());
    assert!(equals(&unknown, &Value::null(Type::String)).is_unknown());
    assert_eq!(equals(&Value::unknown_not_null(Type::String), &Value::null(Type::Dynamic)).as_bool(), Some(false));
    assert_eq!(equals(&Value::string("1"), &Value::int(1)).as_bool(), Some(false));
    assert_eq!(equals(&unknown, &Value::int(1)).as_bool(), Some(false));
    let one = Value::tuple(vec![unknown.clone(), Value::int(1)]);
    let two = Value::tuple(vec![Value::string("a"), Value::int(2)]);
    assert_eq!(equals(&one, &two).as_bool(), Some(false));
    assert!(equals(&one, &Value::tuple(vec![Value::string("a"), Value::int(1)])).is_unknown());
    assert!(equals(&Value::string("a").sensitive(), &Value::string("a")).marks().is_sensitive());
}

#[test]
fn json_numbers_are_exact() {
    let text = "123456789012345678901234567890.125";
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let value = implied_from_json(&json);
    assert_eq!(to_json(&value, &Type::Number).to_string(), text);
    assert_eq!(from_json(&json!("7"), &Type::Number).unwrap(), Value::int(7));
    assert_eq!(from_json(&json!(7), &Type::String).unwrap(), Value::string("7"));
    assert!(from_json(&json!({"x": 1}), &Type::object([("a", Type::Number)])).is_err());
}
