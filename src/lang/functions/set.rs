//! Functions on sets, and products.

use super::{Answer, Function, FunctionError, Param, Returns, any, function, items, variadic};
use crate::lang::CallEnv;
use crate::value::{Repr, Type, Value, convert, unify};
use std::collections::BTreeSet;

fn any_set() -> Type {
    Type::set(Type::Dynamic)
}

const SETS: Param = Param::new("sets", any_set);

pub(super) static ALL: &[Function] = &[
    variadic(
        function(
            "setintersection",
            &[Param::new("first_set", any_set)],
            Returns::Depends(common),
            intersection,
            "The elements that are in every set.",
            &[("setintersection([\"a\", \"b\"], [\"b\", \"c\"], [\"b\", \"d\"])", "toset([\"b\"])")],
        ),
        SETS,
    ),
    variadic(
        function(
            "setproduct",
            &[],
            Returns::Depends(product_type),
            product,
            "All combinations of one element of each.",
            &[
                ("setproduct([\"a\", \"b\"], [1, 2])", "[[\"a\", 1], [\"a\", 2], [\"b\", 1], [\"b\", 2]]"),
                ("setproduct([\"a\"], [])", "[]"),
            ],
        ),
        Param::new("sets", any).partial(),
    ),
    function(
        "setsubtract",
        &[Param::new("a", any_set), Param::new("b", any_set)],
        Returns::Depends(common),
        subtract,
        "The elements of the first set that are not in the second.",
        &[("setsubtract([\"a\", \"b\", \"c\"], [\"a\", \"c\"])", "toset([\"b\"])")],
    ),
    variadic(
        function(
            "setunion",
            &[Param::new("first_set", any_set)],
            Returns::Depends(common),
            union,
            "The elements that are in some set.",
            &[("setunion([\"a\", \"b\"], [\"b\", \"c\"], [\"d\"])", "toset([\"a\", \"b\", \"c\", \"d\"])")],
        ),
        SETS,
    ),
];

/// Values that were seen already.
#[derive(Default)]
pub(super) struct Seen(BTreeSet<Ordered>);

impl Seen {
    /// Whether the value comes for the first time.
    pub(super) fn is_new(&mut self, value: &Value) -> bool {
        self.0.insert(Ordered(value.clone()))
    }

    fn has(&self, value: &Value) -> bool {
        self.0.contains(&Ordered(value.clone()))
    }
}

/// A value in the canonical order.
struct Ordered(Value);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Ordered {}
impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.canonical_cmp(&other.0)
    }
}

fn element(value: &Value) -> Type {
    match value.ty() {
        Type::Set(t) => (*t).clone(),
        _ => Type::Dynamic,
    }
}

fn common(args: &[Value]) -> Type {
    // Empty sets of open type adapt to the others.
    let closed: Vec<Type> = args.iter().map(element).filter(|t| *t != Type::Dynamic).collect();
    unify(&closed).map_or(Type::set(Type::Dynamic), Type::set)
}

/// All sets converted to their common type.
fn alike(args: &[Value]) -> Result<(Type, Vec<Value>), FunctionError> {
    let to = common(args);
    let converted = args.iter().enumerate().map(|(i, v)| {
        convert(v, &to).map_err(|_| FunctionError::arg(i, "the sets must have elements of the same type, or of types that convert to one"))
    });
    let sets = converted.collect::<Result<Vec<_>, _>>()?;
    let elem = if let Type::Set(t) = to { (*t).clone() } else { Type::Dynamic };
    Ok((elem, sets))
}

fn union(_: &CallEnv, args: &[Value]) -> Answer {
    let (elem, sets) = alike(args)?;
    let all = (0..sets.len()).flat_map(|i| items(&sets, i).iter().cloned()).collect();
    Ok(Value::set(elem, all))
}

fn seen(sets: &[Value], i: usize) -> Seen {
    let mut seen = Seen::default();
    items(sets, i).iter().for_each(|v| {
        seen.is_new(v);
    });
    seen
}

fn intersection(_: &CallEnv, args: &[Value]) -> Answer {
    let (elem, sets) = alike(args)?;
    let others: Vec<Seen> = (1..sets.len()).map(|i| seen(&sets, i)).collect();
    let kept = items(&sets, 0).iter().filter(|v| others.iter().all(|s| s.has(v)));
    Ok(Value::set(elem, kept.cloned().collect()))
}

fn subtract(_: &CallEnv, args: &[Value]) -> Answer {
    let (elem, sets) = alike(args)?;
    let without = seen(&sets, 1);
    Ok(Value::set(elem, items(&sets, 0).iter().filter(|v| !without.has(v)).cloned().collect()))
}

fn product_type(args: &[Value]) -> Type {
    let element = |v: &Value| match v.ty() {
        Type::Set(t) | Type::List(t) => (*t).clone(),
        Type::Tuple(ts) => unify(&ts).unwrap_or(Type::Dynamic),
        _ => Type::Dynamic,
    };
    let row = Type::tuple(args.iter().map(element).collect());
    let sets = args.iter().any(|v| matches!(v.ty(), Type::Set(_)));
    if row.has_dynamic() && !args.iter().all(Value::is_wholly_known) {
        Type::Dynamic
    } else if sets {
        Type::set(row)
    } else {
        Type::list(row)
    }
}

/// Combinations of more values than this in all are refused: they would not fit in memory.
const PRODUCT_LIMIT: usize = 1_000_000;

fn product(_: &CallEnv, args: &[Value]) -> Answer {
    if args.len() < 2 {
        return Err(FunctionError::new("at least two lists or sets are required"));
    }
    // Everything is looked at before anything is combined.
    let (mut types, mut sets, mut count, mut unknown) = (Vec::new(), Vec::new(), 1_usize, false);
    for (i, arg) in args.iter().enumerate() {
        let wrong = |why: String| FunctionError::arg(i, why);
        if arg.items().is_none() {
            return Err(wrong("a list or a set is required".into()));
        }
        let list = convert(arg, &Type::list(Type::Dynamic)).map_err(|e| wrong(e.message))?;
        let (Repr::List(elem, choices), true) = (list.repr(), list.items().is_some()) else {
            unknown = true;
            continue;
        };
        count = count.saturating_mul(choices.len());
        if count.saturating_mul(args.len()) > PRODUCT_LIMIT {
            return Err(wrong(format!("the combinations have more than {PRODUCT_LIMIT} values")));
        }
        types.push(elem.clone());
        sets.push(choices.to_vec());
    }
    if unknown {
        return Ok(Value::unknown(product_type(args)));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for choices in &sets {
        rows = rows.iter().flat_map(|row| choices.iter().map(move |c| [row.as_slice(), std::slice::from_ref(c)].concat())).collect();
    }
    let rows: Vec<Value> = rows.into_iter().map(Value::tuple).collect();
    let row = Type::tuple(types);
    let sets = args.iter().any(|v| matches!(v.repr(), Repr::Set(..)));
    Ok(if sets { Value::set(row, rows) } else { Value::list(row, rows) })
}
