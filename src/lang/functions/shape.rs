//! Functions that build collections from collections.

use super::collection::{any_list, open_length};
use super::{ANY, AS_FIRST, Answer, Function, FunctionError, Param, Returns, any, function, items, number, strings, variadic, whole};
use crate::lang::CallEnv;
use crate::value::{Marks, Members, Number, Repr, Type, Value, convert, unify};

const SEQ: Param = Param::new("list", any).partial().marks();

pub(super) static ALL: &[Function] = &[
    function(
        "chunklist",
        &[Param::new("list", any_list).partial(), Param::new("size", number)],
        Returns::Depends(chunk_type),
        chunklist,
        "Cuts a list into lists of a size; 0 makes one of all.",
        &[("chunklist([\"a\", \"b\", \"c\"], 2)", "[[\"a\", \"b\"], [\"c\"]]"), ("chunklist([1, 2], 0)", "[[1, 2]]")],
    ),
    variadic(
        function(
            "coalesce",
            &[],
            Returns::Depends(common_type),
            coalesce,
            "The first argument that is neither null nor an empty text.",
            &[
                ("coalesce(\"a\", \"b\")", "\"a\""),
                ("coalesce(\"\", \"b\")", "\"b\""),
                ("coalesce(null, 1, 2)", "1"),
                ("coalesce(1, \"b\")", "\"1\""),
            ],
        ),
        Param::new("vals", any).nulls().unknowns().marks(),
    ),
    variadic(
        function(
            "coalescelist",
            &[],
            ANY,
            coalescelist,
            "The first list that is not empty.",
            &[("coalescelist([], [\"c\", \"d\"])", "[\"c\", \"d\"]")],
        ),
        Param::new("vals", any).nulls().partial().marks(),
    ),
    function(
        "compact",
        &[Param::new("list", strings)],
        Returns::Always(strings),
        compact,
        "A list of texts without null and empty ones.",
        &[("compact([\"a\", \"\", \"b\", null, \"c\"])", "[\"a\", \"b\", \"c\"]")],
    ),
    variadic(
        function(
            "concat",
            &[],
            Returns::Depends(concat_type),
            concat,
            "One list of all elements.",
            &[
                ("concat([\"a\", \"\"], [\"b\", \"c\"])", "[\"a\", \"\", \"b\", \"c\"]"),
                ("concat(tolist([1]), tolist([\"a\"]))", "[\"1\", \"a\"]"),
            ],
        ),
        Param::new("seqs", any).partial().marks(),
    ),
    function(
        "distinct",
        &[Param::new("list", any_list)],
        AS_FIRST,
        distinct,
        "A list with every later duplicate left out.",
        &[("distinct([\"a\", \"b\", \"a\", \"c\", \"b\"])", "[\"a\", \"b\", \"c\"]")],
    ),
    function(
        "flatten",
        &[Param::new("list", any).partial().marks()],
        ANY,
        flatten,
        "Lists inside lists dissolved into one list.",
        &[
            ("flatten([[\"a\", \"b\"], [], [\"c\"]])", "[\"a\", \"b\", \"c\"]"),
            ("flatten([[[\"a\"], []], [\"c\", [1]]])", "[\"a\", \"c\", 1]"),
        ],
    ),
    function("list", &[], ANY, removed_list, "Removed; use [...].", &[]),
    function("map", &[], ANY, removed_map, "Removed; use {...}.", &[]),
    variadic(
        function(
            "merge",
            &[],
            Returns::Depends(|a| merged_type(a).unwrap_or(Type::Dynamic)),
            merge,
            "One map or object of several; later ones win.",
            &[
                ("merge({a = \"b\", c = \"d\"}, {e = \"f\", c = \"z\"})", "{a = \"b\", c = \"z\", e = \"f\"}"),
                ("merge({a = {b = 1}}, {a = {c = 2}})", "{a = {c = 2}}"),
                ("merge({a = 1}, null)", "{a = 1}"),
            ],
        ),
        Param::new("maps", any).nulls().partial().marks(),
    ),
    variadic(
        function(
            "range",
            &[],
            Returns::Always(|| Type::list(Type::Number)),
            range,
            "Numbers from a start, by a step, up to before a limit.",
            &[
                ("range(3)", "[0, 1, 2]"),
                ("range(1, 4)", "[1, 2, 3]"),
                ("range(1, 8, 2)", "[1, 3, 5, 7]"),
                ("range(4, 1)", "[4, 3, 2]"),
                ("range(10, 5, -2)", "[10, 8, 6]"),
            ],
        ),
        Param::new("params", number),
    ),
    function(
        "reverse",
        &[SEQ],
        Returns::Depends(reverse_type),
        reverse,
        "A list in the opposite order.",
        &[("reverse([1, 2, 3])", "[3, 2, 1]")],
    ),
    function(
        "slice",
        &[SEQ, Param::new("start_index", number), Param::new("end_index", number)],
        ANY,
        slice,
        "Elements from a start to before an end.",
        &[("slice([\"a\", \"b\", \"c\", \"d\"], 1, 3)", "[\"b\", \"c\"]")],
    ),
    function(
        "sort",
        &[Param::new("list", strings)],
        Returns::Always(strings),
        sort,
        "Texts in order of their code points.",
        &[("sort([\"e\", \"d\", \"a\", \"B\"])", "[\"B\", \"a\", \"d\", \"e\"]")],
    ),
];

fn marks_of(args: &[Value]) -> Marks {
    args.iter().fold(Marks::default(), |all, v| all.union(v.marks()))
}

fn element_type(list: Option<&Value>) -> Type {
    match list.map(Value::repr) {
        Some(Repr::List(t, _) | Repr::Set(t, _)) => t.clone(),
        _ => Type::Dynamic,
    }
}

fn sequence(args: &[Value], i: usize) -> Result<&[Value], FunctionError> {
    args.get(i).and_then(Value::items).ok_or_else(|| FunctionError::arg(i, "a list, set or tuple is required"))
}

fn chunk_type(args: &[Value]) -> Type {
    Type::list(args.first().map_or(Type::Dynamic, Value::ty))
}

fn chunklist(_: &CallEnv, args: &[Value]) -> Answer {
    let (list, elem) = (items(args, 0), element_type(args.first()));
    let Ok(size) = usize::try_from(whole(args, 1)?) else {
        return Err(FunctionError::arg(1, "the size must not be negative"));
    };
    let chunk = |c: &[Value]| Value::list(elem.clone(), c.to_vec());
    let chunks = list.chunks(if size == 0 { list.len().max(1) } else { size }).map(chunk).collect();
    Ok(Value::list(Type::list(elem.clone()), chunks))
}

fn common_type(args: &[Value]) -> Type {
    unify(&args.iter().map(Value::ty).collect::<Vec<_>>()).unwrap_or(Type::Dynamic)
}

fn coalesce(_: &CallEnv, args: &[Value]) -> Answer {
    let Some(ty) = unify(&args.iter().map(Value::ty).collect::<Vec<_>>()) else {
        return Err(FunctionError::new("all arguments must have the same type, or types that convert to one"));
    };
    for arg in args {
        if arg.is_unknown() {
            return Ok(Value::unknown(ty).mark(arg.marks()));
        }
        if !arg.is_null() && arg.as_str() != Some("") {
            return convert(arg, &ty).map_err(|e| FunctionError::new(e.message));
        }
    }
    Err(FunctionError::new("there is no argument that is neither null nor an empty text"))
}

fn coalescelist(_: &CallEnv, args: &[Value]) -> Answer {
    for (i, arg) in args.iter().enumerate() {
        if arg.is_null() {
            continue;
        }
        if !sequence(args, i)?.is_empty() {
            return Ok(arg.clone());
        }
    }
    Err(FunctionError::new("there is no list that is neither null nor empty"))
}

fn compact(_: &CallEnv, args: &[Value]) -> Answer {
    let kept = items(args, 0).iter().filter(|v| v.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn concat_type(args: &[Value]) -> Type {
    let element = |v: &Value| if let Type::List(t) = v.ty() { Some((*t).clone()) } else { None };
    let types: Option<Vec<Type>> = args.iter().map(element).collect();
    types.and_then(|ts| unify(&ts)).map_or(Type::Dynamic, Type::list)
}

fn concat(_: &CallEnv, args: &[Value]) -> Answer {
    if args.is_empty() {
        return Err(FunctionError::new("at least one list is required"));
    }
    let mut all = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        if matches!(arg.repr(), Repr::Set(..)) {
            return Err(FunctionError::arg(
                i,
                "all arguments must be lists or tuples, but this is a set; use setunion(), or tolist() for the order of its values",
            ));
        }
        all.extend(sequence(args, i)?.iter().cloned());
    }
    let joined = match concat_type(args) {
        Type::List(elem) if elem.has_dynamic() => Value::tuple(all),
        Type::List(elem) => {
            let same = all.iter().map(|v| convert(v, &elem)).collect::<Result<Vec<_>, _>>();
            Value::list((*elem).clone(), same.map_err(|e| FunctionError::new(e.message))?)
        }
        _ => Value::tuple(all),
    };
    Ok(joined.mark(&marks_of(args)))
}

fn distinct(_: &CallEnv, args: &[Value]) -> Answer {
    let mut seen = super::set::Seen::default();
    let kept = items(args, 0).iter().filter(|v| seen.is_new(v)).cloned().collect();
    Ok(Value::list(element_type(args.first()), kept))
}

fn flatten(_: &CallEnv, args: &[Value]) -> Answer {
    sequence(args, 0)?;
    let (mut flat, mut marks) = (Vec::new(), Marks::default());
    let open = args.first().is_some_and(|v| !dissolve(v, &mut flat, &mut marks));
    Ok(if open { Value::dynamic() } else { Value::tuple(flat) }.mark(&marks))
}

/// Collects the leaves; false when an unknown hides how many there are.
fn dissolve(list: &Value, into: &mut Vec<Value>, marks: &mut Marks) -> bool {
    *marks = marks.union(list.marks());
    let Some(items) = list.items() else { return true };
    if open_length(list) {
        return false;
    }
    items.iter().all(|item| match item.repr() {
        Repr::Unknown { ty: Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_), .. } => {
            *marks = marks.union(item.marks());
            false
        }
        Repr::List(..) | Repr::Set(..) | Repr::Tuple(_) => dissolve(item, into, marks),
        _ => {
            into.push(item.clone());
            true
        }
    })
}

fn removed_list(_: &CallEnv, _: &[Value]) -> Answer {
    Err(FunctionError::new("the list function is no longer available; write [ ... ], or tolist([ ... ]) for elements of one type"))
}

fn removed_map(_: &CallEnv, _: &[Value]) -> Answer {
    Err(FunctionError::new("the map function is no longer available; write { ... }, or tomap({ ... }) for values of one type"))
}

/// The common type if all arguments have the same, otherwise the object of all attributes; `None`
/// while an unknown map hides its keys.
fn merged_type(args: &[Value]) -> Option<Type> {
    let first = args.first()?.ty();
    if args.iter().all(|a| a.ty() == first) {
        return Some(first);
    }
    let mut attrs = std::collections::BTreeMap::new();
    for arg in args {
        match (arg.ty(), arg.members()) {
            (Type::Object(o), _) if !arg.is_null() => attrs.extend(o.attrs.iter().map(|(n, t)| (n.clone(), t.clone()))),
            (_, Some(entries)) => attrs.extend(entries.iter().map(|(n, v)| (n.clone(), v.ty()))),
            _ if arg.is_null() => {}
            _ => return None,
        }
    }
    Some(Type::object(attrs))
}

fn merge(_: &CallEnv, args: &[Value]) -> Answer {
    let mut merged = Members::new();
    for (i, arg) in args.iter().enumerate() {
        match arg.members() {
            Some(members) => merged.extend(members.iter().map(|(k, v)| (k.clone(), v.clone()))),
            None if arg.is_null() && matches!(arg.ty(), Type::Dynamic | Type::Map(_) | Type::Object(_)) => {}
            None => return Err(FunctionError::arg(i, format!("all arguments must be maps or objects, but this is a {}", arg.ty().kind()))),
        }
    }
    let ty = merged_type(args);
    let value = match ty {
        Some(ty) if ty != Type::Dynamic && args.iter().all(Value::is_null) => Value::null(ty),
        Some(Type::Map(elem)) => Value::map((*elem).clone(), merged),
        _ => Value::object(merged),
    };
    Ok(value.mark(&marks_of(args)))
}

/// More elements than this are refused, as in OpenTofu.
const RANGE_LIMIT: usize = 1024;

fn range(_: &CallEnv, args: &[Value]) -> Answer {
    let zero = Number::from(0i64);
    let n = |i: usize| args.get(i).and_then(Value::as_number).cloned();
    let (start, end, step) = match args.len() {
        1 => (zero.clone(), n(0), None),
        2 | 3 => (n(0).unwrap_or_else(|| zero.clone()), n(1), n(2)),
        _ => {
            return Err(FunctionError::new(
                "range takes one, two or three numbers: range(limit), range(start, limit), range(start, limit, step)",
            ));
        }
    };
    let end = end.unwrap_or_else(|| zero.clone());
    let down = end < start;
    let step = step.unwrap_or_else(|| Number::from(if down { -1i64 } else { 1 }));
    if step.is_zero() {
        return Err(FunctionError::arg(2, "the step must not be zero"));
    }
    if step.is_negative() != down && start != end {
        let message = if down {
            "the end is below the start, so the step must be negative"
        } else {
            "the end is above the start, so the step must be positive"
        };
        return Err(FunctionError::arg(2, message));
    }
    let (mut numbers, mut at) = (Vec::new(), start);
    while if down { at > end } else { at < end } {
        if numbers.len() >= RANGE_LIMIT {
            return Err(FunctionError::new(format!(
                "more than {RANGE_LIMIT} values were generated; either decrease the difference between start and end or use a smaller number of steps"
            )));
        }
        numbers.push(Value::number(at.clone()));
        at = at.plus(&step).ok_or_else(|| FunctionError::new("the numbers are too large"))?;
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse_type(args: &[Value]) -> Type {
    match args.first().map(Value::ty) {
        Some(Type::Tuple(ts)) => Type::tuple(ts.iter().rev().cloned().collect()),
        Some(Type::List(t) | Type::Set(t)) => Type::List(t),
        _ => Type::Dynamic,
    }
}

fn reverse(_: &CallEnv, args: &[Value]) -> Answer {
    let backwards: Vec<Value> = sequence(args, 0)?.iter().rev().cloned().collect();
    let is_tuple = matches!(args.first().map(Value::repr), Some(Repr::Tuple(_)));
    let reversed = if is_tuple { Value::tuple(backwards) } else { Value::list(element_type(args.first()), backwards) };
    Ok(reversed.mark(&marks_of(args)))
}

fn slice(_: &CallEnv, args: &[Value]) -> Answer {
    if matches!(args.first().map(Value::repr), Some(Repr::Set(..))) {
        return Err(FunctionError::arg(
            0,
            "cannot slice a set, because its elements have no positions; use tolist() to give them the order of their values",
        ));
    }
    let list = sequence(args, 0)?;
    let (start, end) = (whole(args, 1)?, whole(args, 2)?);
    let count = i64::try_from(list.len()).unwrap_or(i64::MAX);
    if start < 0 || start > count {
        return Err(FunctionError::arg(1, format!("the start must be from 0 to the length of the list, {count}")));
    }
    if end < 0 || end > count {
        return Err(FunctionError::arg(2, format!("the end must be from 0 to the length of the list, {count}")));
    }
    if start > end {
        return Err(FunctionError::arg(1, "the start must not be greater than the end"));
    }
    let (start, end) = (usize::try_from(start).unwrap_or(0), usize::try_from(end).unwrap_or(0));
    let part = list.get(start..end).unwrap_or(&[]).to_vec();
    let is_tuple = matches!(args.first().map(Value::repr), Some(Repr::Tuple(_)));
    let sliced = if is_tuple { Value::tuple(part) } else { Value::list(element_type(args.first()), part) };
    Ok(sliced.mark(&marks_of(args)))
}

fn sort(_: &CallEnv, args: &[Value]) -> Answer {
    let mut texts: Vec<&str> = Vec::new();
    for (i, item) in items(args, 0).iter().enumerate() {
        texts.push(item.as_str().ok_or_else(|| FunctionError::arg(0, format!("element {i} is null; null values cannot be sorted")))?);
    }
    texts.sort_unstable();
    Ok(Value::list(Type::String, texts.into_iter().map(Value::string).collect()))
}
