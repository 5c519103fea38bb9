//! Functions that look into collections: length, members, membership.

use super::{
    ANY, Answer, BOOL, Function, FunctionError, NUMBER, Param, Returns, any, boolean, function, items, number, string, strings, text,
    variadic,
};
use crate::lang::CallEnv;
use crate::value::{Marks, Members, Number, Repr, Type, Value, convert, equals, unify};
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn any_list() -> Type {
    Type::list(Type::Dynamic)
}

const LIST: Param = Param::new("list", any).partial().marks();

pub(super) static ALL: &[Function] = &[
    function(
        "alltrue",
        &[Param::new("list", || Type::list(Type::Bool)).partial()],
        BOOL,
        alltrue,
        "Whether every element is true; so it is for an empty list.",
        &[("alltrue([\"true\", true])", "true"), ("alltrue([true, false])", "false"), ("alltrue([])", "true")],
    ),
    function(
        "anytrue",
        &[Param::new("list", || Type::list(boolean())).partial()],
        BOOL,
        anytrue,
        "Whether some element is true.",
        &[("anytrue([true, false])", "true"), ("anytrue([])", "false")],
    ),
    function(
        "contains",
        &[Param::new("list", any).partial(), Param::new("value", any).nulls().unknowns()],
        BOOL,
        contains,
        "Whether a list, set or tuple has an element equal to a value.",
        &[("contains([\"a\", \"b\", \"c\"], \"a\")", "true"), ("contains([\"a\", \"b\", \"c\"], \"d\")", "false")],
    ),
    function(
        "element",
        &[LIST, Param::new("index", number)],
        ANY,
        element,
        "One element; the index wraps around, and counts from the end when it is negative.",
        &[
            ("element([\"a\", \"b\", \"c\"], 1)", "\"b\""),
            ("element([\"a\", \"b\", \"c\"], 3)", "\"a\""),
            ("element([\"a\", \"b\", \"c\"], -1)", "\"c\""),
        ],
    ),
    function(
        "index",
        &[Param::new("list", any).partial(), Param::new("value", any).partial()],
        NUMBER,
        index,
        "Position of the first element equal to a value.",
        &[("index([\"a\", \"b\", \"c\"], \"b\")", "1")],
    ),
    function(
        "keys",
        &[Param::new("inputMap", any).partial().marks()],
        Returns::Depends(keys_type),
        keys,
        "The keys of a map or attribute names of an object, sorted.",
        &[("keys({b = 1, a = 2})", "[\"a\", \"b\"]")],
    ),
    function(
        "length",
        &[Param::new("value", any).unknowns().marks()],
        NUMBER,
        length,
        "Number of elements, or of characters of a text.",
        &[
            ("length([])", "0"),
            ("length([\"a\", \"b\"])", "2"),
            ("length({a = \"b\"})", "1"),
            ("length(\"hello\")", "5"),
            ("length(\"👾🕹️\")", "2"),
        ],
    ),
    variadic(
        function(
            "lookup",
            &[Param::new("inputMap", any).partial().marks(), Param::new("key", string)],
            ANY,
            lookup,
            "The value of a key, or the default where the key is absent.",
            &[
                ("lookup({a=\"ay\", b=\"bee\"}, \"a\", \"what?\")", "\"ay\""),
                ("lookup({a=\"ay\", b=\"bee\"}, \"c\", \"what?\")", "\"what?\""),
                ("lookup({a=\"ay\"}, \"a\")", "\"ay\""),
            ],
        ),
        Param::new("default", any).nulls().unknowns().marks(),
    ),
    function(
        "matchkeys",
        &[Param::new("values", any_list).partial(), Param::new("keys", any_list).partial(), Param::new("searchset", any_list).partial()],
        super::AS_FIRST,
        matchkeys,
        "The values whose key at the same position is in the search set.",
        &[("matchkeys([\"i-1\", \"i-2\", \"i-3\"], [\"us-west\", \"us-east\", \"us-east\"], [\"us-east\"])", "[\"i-2\", \"i-3\"]")],
    ),
    function(
        "one",
        &[LIST],
        ANY,
        one,
        "The only element; null for an empty collection.",
        &[("one([])", "null"), ("one([\"hello\"])", "\"hello\"")],
    ),
    function(
        "sum",
        &[Param::new("list", any)],
        NUMBER,
        sum,
        "Sum of numbers.",
        &[("sum([10, 13, 6, 4.5])", "33.5"), ("sum([\"1\", 2])", "3")],
    ),
    function(
        "transpose",
        &[Param::new("values", || Type::map(strings()))],
        Returns::Always(|| Type::map(strings())),
        transpose,
        "Swaps keys and values of a map of lists of texts.",
        &[("transpose({\"a\" = [\"1\", \"2\"], \"b\" = [\"2\", \"3\"]})", "{\"1\" = [\"a\"], \"2\" = [\"a\", \"b\"], \"3\" = [\"b\"]}")],
    ),
    function(
        "values",
        &[Param::new("mapping", any).partial().marks()],
        Returns::Depends(values_type),
        values,
        "The values of a map or object in order of the keys.",
        &[("values({a = 3, c = 2, d = 1})", "[3, 2, 1]")],
    ),
    function(
        "zipmap",
        &[Param::new("keys", strings), Param::new("values", any).partial().marks()],
        ANY,
        zipmap,
        "A map or object from a list of keys and one of values.",
        &[("zipmap([\"a\", \"b\"], [1, 2])", "{a = 1, b = 2}")],
    ),
];

fn own_marks(args: &[Value], i: usize) -> Marks {
    args.get(i).map(|v| v.marks().clone()).unwrap_or_default()
}

fn sequence(args: &[Value], i: usize) -> Result<&[Value], FunctionError> {
    args.get(i).and_then(Value::items).ok_or_else(|| FunctionError::arg(i, "a list, set or tuple is required"))
}

fn mapping(args: &[Value], i: usize) -> Result<&Members, FunctionError> {
    args.get(i).and_then(Value::members).ok_or_else(|| FunctionError::arg(i, "a map or object is required"))
}

/// A set with unknown elements has no known length: some may turn out equal.
pub(super) fn open_length(value: &Value) -> bool {
    matches!(value.repr(), Repr::Set(_, v) if v.len() > 1 && !value.is_wholly_known())
}

fn alltrue(_: &CallEnv, args: &[Value]) -> Answer {
    for item in items(args, 0) {
        match item.as_bool() {
            Some(true) => {}
            None if item.is_unknown() => return Ok(Value::unknown_not_null(Type::Bool)),
            _ => return Ok(Value::bool(false)),
        }
    }
    Ok(Value::bool(true))
}

fn anytrue(_: &CallEnv, args: &[Value]) -> Answer {
    if items(args, 0).iter().any(|v| v.as_bool() == Some(true)) {
        return Ok(Value::bool(true));
    }
    let open = items(args, 0).iter().any(Value::is_unknown);
    Ok(if open { Value::unknown_not_null(Type::Bool) } else { Value::bool(false) })
}

/// Position of the first equal element; `Err` when an unknown decides.
fn find(list: &[Value], wanted: &Value) -> Result<Option<usize>, ()> {
    for (i, item) in list.iter().enumerate() {
        match equals(item, wanted).as_bool() {
            Some(true) => return Ok(Some(i)),
            Some(false) => {}
            None => return Err(()),
        }
    }
    Ok(None)
}

fn contains(_: &CallEnv, args: &[Value]) -> Answer {
    let (list, dynamic) = (sequence(args, 0)?, Value::dynamic());
    let wanted = args.get(1).unwrap_or(&dynamic);
    // A known match counts, whatever unknown stands before it.
    let mut open = false;
    for item in list {
        match equals(item, wanted).as_bool() {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => open = true,
        }
    }
    Ok(if open { Value::unknown_not_null(Type::Bool) } else { Value::bool(false) })
}

fn element(_: &CallEnv, args: &[Value]) -> Answer {
    if matches!(args.first().map(Value::repr), Some(Repr::Set(..))) {
        return Err(FunctionError::arg(
            0,
            "cannot read elements from a set, because its elements have no positions; use tolist() to give them the order of their values",
        ));
    }
    let list = sequence(args, 0)?;
    let index = super::whole(args, 1)?;
    let Some(count) = i64::try_from(list.len()).ok().filter(|n| *n > 0) else {
        return Err(FunctionError::arg(0, "cannot take an element of an empty list"));
    };
    let position = usize::try_from(index.rem_euclid(count)).unwrap_or(0);
    let found = list.get(position).cloned().unwrap_or_else(Value::dynamic);
    Ok(found.mark(&own_marks(args, 0)))
}

fn index(_: &CallEnv, args: &[Value]) -> Answer {
    let (list, dynamic) = (sequence(args, 0)?, Value::dynamic());
    if list.is_empty() {
        return Err(FunctionError::arg(0, "cannot search an empty list"));
    }
    match find(list, args.get(1).unwrap_or(&dynamic)) {
        Ok(Some(i)) => Ok(Value::number(Number::from(i))),
        Ok(None) => Err(FunctionError::arg(1, "no element of the list is equal to this value")),
        Err(()) => Ok(Value::unknown_not_null(Type::Number)),
    }
}

fn keys_type(args: &[Value]) -> Type {
    match args.first().map(Value::ty) {
        Some(Type::Map(_)) => strings(),
        Some(Type::Object(o)) => Type::tuple(vec![Type::String; o.attrs.len()]),
        _ => Type::Dynamic,
    }
}

fn keys(_: &CallEnv, args: &[Value]) -> Answer {
    let names: Vec<Value> = mapping(args, 0)?.keys().map(Value::string).collect();
    let is_map = matches!(args.first().map(Value::repr), Some(Repr::Map(..)));
    let keys = if is_map { Value::list(Type::String, names) } else { Value::tuple(names) };
    Ok(keys.mark(&own_marks(args, 0)))
}

fn values_type(args: &[Value]) -> Type {
    match args.first().map(Value::ty) {
        Some(Type::Map(t)) => Type::List(t),
        Some(Type::Object(o)) => Type::tuple(o.attrs.values().cloned().collect()),
        _ => Type::Dynamic,
    }
}

fn values(_: &CallEnv, args: &[Value]) -> Answer {
    let all: Vec<Value> = mapping(args, 0)?.values().cloned().collect();
    let values = match args.first().map(Value::repr) {
        Some(Repr::Map(t, _)) => Value::list(t.clone(), all),
        _ => Value::tuple(all),
    };
    Ok(values.mark(&own_marks(args, 0)))
}

fn length(_: &CallEnv, args: &[Value]) -> Answer {
    let (value, marks) = args.first().cloned().unwrap_or_else(Value::dynamic).unmark();
    let count = match (value.repr(), value.items(), value.members()) {
        (Repr::Unknown { ty: Type::Tuple(ts), .. }, ..) => ts.len(),
        (Repr::Unknown { ty: Type::Object(o), .. }, ..) => o.attrs.len(),
        (Repr::Unknown { ty, .. }, ..) if !matches!(ty, Type::Number | Type::Bool) => {
            return Ok(Value::unknown_not_null(Type::Number).mark(&marks));
        }
        _ if open_length(&value) => return Ok(Value::unknown_not_null(Type::Number).mark(&marks)),
        (Repr::String(s), ..) => s.graphemes(true).count(),
        (_, Some(list), _) => list.len(),
        (_, _, Some(map)) => map.len(),
        _ => {
            return Err(FunctionError::arg(
                0,
                format!("a string, a collection, an object or a tuple is required, but this is a {}", value.ty()),
            ));
        }
    };
    Ok(Value::number(Number::from(count)).mark(&marks))
}

fn lookup(_: &CallEnv, args: &[Value]) -> Answer {
    let (map, key) = (mapping(args, 0)?, text(args, 1));
    if args.len() > 3 {
        return Err(FunctionError::arg(3, "lookup takes a map, a key and at most one default"));
    }
    let marks = own_marks(args, 0);
    if let Some(found) = map.get(key) {
        return Ok(found.clone().mark(&marks));
    }
    let Some(default) = args.get(2) else {
        return Err(FunctionError::arg(1, format!("the key {key:?} is not there, and there is no default")));
    };
    let default = match args.first().map(Value::repr) {
        Some(Repr::Map(elem, _)) => convert(default, elem)
            .map_err(|e| FunctionError::arg(2, format!("the default must have the type of the map's values: {}", e.message)))?,
        _ => default.clone(),
    };
    Ok(default.mark(&marks))
}

/// Keys and search set with one type.
fn alike(keys: &[Value], wanted: &[Value]) -> Result<(Vec<Value>, Vec<Value>), FunctionError> {
    let types: Vec<Type> = keys.iter().chain(wanted).map(Value::ty).collect();
    let Some(common) = unify(&types) else {
        return if types.is_empty() {
            Ok((Vec::new(), Vec::new()))
        } else {
            Err(FunctionError::arg(2, "keys and search set must be of types that convert to one"))
        };
    };
    let all = |list: &[Value]| list.iter().map(|v| convert(v, &common)).collect::<Result<Vec<_>, _>>();
    match (all(keys), all(wanted)) {
        (Ok(keys), Ok(wanted)) => Ok((keys, wanted)),
        _ => Err(FunctionError::arg(2, "keys and search set must be of types that convert to one")),
    }
}

fn matchkeys(_: &CallEnv, args: &[Value]) -> Answer {
    let (all, keys, wanted) = (items(args, 0), items(args, 1), items(args, 2));
    let (Some(first), Some(search)) = (args.first(), args.get(2)) else { return Ok(Value::dynamic()) };
    if all.len() != keys.len() {
        return Err(FunctionError::arg(
            1,
            format!("there must be as many keys as values, but there are {} keys and {} values", keys.len(), all.len()),
        ));
    }
    let elem = if let Repr::List(t, _) = first.repr() { t.clone() } else { Type::Dynamic };
    let (keys, wanted) = alike(keys, wanted)?;
    let mut kept = Vec::new();
    for (value, key) in all.iter().zip(&keys) {
        match find(&wanted, key) {
            Ok(Some(_)) => kept.push(value.clone()),
            Ok(None) if search.is_wholly_known() => {}
            _ => return Ok(Value::unknown_not_null(Type::list(elem))),
        }
    }
    Ok(Value::list(elem, kept))
}

fn one(_: &CallEnv, args: &[Value]) -> Answer {
    let list = sequence(args, 0)?;
    if args.first().is_some_and(open_length) {
        return Ok(Value::dynamic().mark(&own_marks(args, 0)));
    }
    let answer = match (list, args.first().map(Value::ty)) {
        ([], Some(Type::List(t) | Type::Set(t))) => Value::null((*t).clone()),
        ([], _) => Value::null(Type::Dynamic),
        ([only], _) => only.clone(),
        (more, _) => {
            return Err(FunctionError::arg(
                0,
                format!("a list, set or tuple with no or one element is required, but there are {}", more.len()),
            ));
        }
    };
    Ok(answer.mark(&own_marks(args, 0)))
}

fn sum(_: &CallEnv, args: &[Value]) -> Answer {
    let list = sequence(args, 0)?;
    if list.is_empty() {
        return Err(FunctionError::arg(0, "cannot sum an empty list"));
    }
    let mut total = Number::from(0i64);
    for (i, item) in list.iter().enumerate() {
        let number = convert(item, &Type::Number).ok().and_then(|v| v.as_number().cloned());
        let sum = number.and_then(|n| total.plus(&n));
        total = sum.ok_or_else(|| FunctionError::arg(0, format!("element {i} must be a number")))?;
    }
    Ok(Value::number(total))
}

fn transpose(_: &CallEnv, args: &[Value]) -> Answer {
    let mut swapped: std::collections::BTreeMap<&str, Vec<Value>> = std::collections::BTreeMap::new();
    for (key, list) in mapping(args, 0)? {
        let Some(list) = list.items() else {
            return Err(FunctionError::arg(0, format!("the list at {key:?} must not be null")));
        };
        for item in list {
            let Some(text) = item.as_str() else {
                return Err(FunctionError::arg(0, format!("the list at {key:?} must not contain null")));
            };
            swapped.entry(text).or_default().push(Value::string(key));
        }
    }
    let entries = swapped.into_iter().map(|(k, v)| (k.into(), Value::list(Type::String, v)));
    Ok(Value::map(strings(), entries.collect()))
}

fn zipmap(_: &CallEnv, args: &[Value]) -> Answer {
    let (keys, list) = (items(args, 0), sequence(args, 1)?);
    if keys.len() != list.len() {
        return Err(FunctionError::arg(1, format!("there are {} keys but {} values", keys.len(), list.len())));
    }
    let mut members = Members::new();
    for (i, (key, value)) in keys.iter().zip(list).enumerate() {
        let key = key.as_str().ok_or_else(|| FunctionError::arg(0, format!("key {i} must not be null")))?;
        members.insert(key.into(), value.clone());
    }
    let zipped = match args.get(1).map(Value::repr) {
        Some(Repr::List(t, _) | Repr::Set(t, _)) => Value::map(t.clone(), members),
        _ => Value::object(members),
    };
    Ok(zipped.mark(&own_marks(args, 1)))
}
