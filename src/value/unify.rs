//! Unification: the one type that several types convert to.
//!
//! The rules are those of cty: types of one kind are merged member by member, objects fall back
//! to a map and tuples to a list; otherwise the most general of the types wins, if every other
//! converts to it.

use super::convertible::convertible;
use super::{Name, ObjectType, Type};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The type all of `types` convert to, as `tolist([a, b])` and conditionals need it. `None` when
/// there is none, and for no types at all.
#[must_use]
pub fn unify(types: &[Type]) -> Option<Type> {
    let first = types.first()?;
    if types.iter().all(|t| t == first) {
        return Some(first.clone());
    }
    let mut seen = BTreeSet::new();
    let distinct: Vec<Type> = types.iter().filter(|t| seen.insert(*t)).cloned().collect();
    merge(&distinct).unwrap_or_else(|| most_general(&distinct))
}

/// Merges types of one kind; outer `None` when this rule says nothing about the mixture.
fn merge(types: &[Type]) -> Option<Option<Type>> {
    let count = |f: fn(&Type) -> bool| types.iter().filter(|t| f(t)).count();
    let (maps, lists) = (count(|t| matches!(t, Type::Map(_))), count(|t| matches!(t, Type::List(_))));
    let (objects, tuples) = (count(|t| matches!(t, Type::Object(_))), count(|t| matches!(t, Type::Tuple(_))));
    let (sets, open) = (count(|t| matches!(t, Type::Set(_))), count(|t| *t == Type::Dynamic));
    let all = types.len();
    for (kind, make) in [(maps, Type::map as fn(Type) -> Type), (lists, Type::list), (sets, Type::set)] {
        if kind > 0 && kind + open == all {
            return Some(if open > 0 { Some(Type::Dynamic) } else { unify(&elements(types)).map(make) });
        }
    }
    if maps > 0 && maps + objects + open == all {
        return objects_as_maps(types).map(Some);
    }
    if lists > 0 && lists + tuples + open == all {
        return tuples_as_lists(types).map(Some);
    }
    for (kind, rule) in [(objects, merge_objects as fn(&[Type]) -> Option<Type>), (tuples, merge_tuples)] {
        if kind > 0 && kind + open == all {
            return Some(if open > 0 { Some(Type::Dynamic) } else { rule(types) });
        }
    }
    (objects > 0 && tuples > 0).then_some(None)
}

/// Element types of collections, and the types of all members of objects and tuples.
fn elements(types: &[Type]) -> Vec<Type> {
    let mut all = Vec::new();
    for ty in types {
        match ty {
            Type::List(t) | Type::Set(t) | Type::Map(t) => all.push((**t).clone()),
            Type::Object(o) => all.extend(o.attrs.values().cloned()),
            Type::Tuple(ts) => all.extend(ts.iter().cloned()),
            _ => {}
        }
    }
    all
}

fn objects_as_maps(types: &[Type]) -> Option<Type> {
    let (objects, rest): (Vec<Type>, Vec<Type>) = types.iter().cloned().partition(|t| matches!(t, Type::Object(_)));
    with_stand_in(rest, &objects, Type::map).filter(|t| matches!(t, Type::Map(_)))
}

fn tuples_as_lists(types: &[Type]) -> Option<Type> {
    let (tuples, rest): (Vec<Type>, Vec<Type>) = types.iter().cloned().partition(|t| matches!(t, Type::Tuple(_)));
    with_stand_in(rest, &tuples, Type::list).filter(|t| matches!(t, Type::List(_)))
}

/// Unifies `rest` with the collection that stands for the structural types; those without any
/// member convert to every collection and need none.
fn with_stand_in(mut rest: Vec<Type>, structural: &[Type], make: fn(Type) -> Type) -> Option<Type> {
    let members = elements(structural);
    if !members.is_empty() {
        rest.push(make(unify(&members)?));
    }
    unify(&rest)
}

fn merge_objects(types: &[Type]) -> Option<Type> {
    let all: Vec<&ObjectType> = types.iter().filter_map(|t| if let Type::Object(o) = t { Some(&**o) } else { None }).collect();
    let first = all.first()?;
    if !all.iter().all(|o| o.attrs.len() == first.attrs.len() && o.attrs.keys().eq(first.attrs.keys())) {
        return unify(&elements(types)).map(Type::map);
    }
    let mut attrs: BTreeMap<Name, Type> = BTreeMap::new();
    for name in first.attrs.keys() {
        let across: Vec<Type> = all.iter().filter_map(|o| o.attrs.get(name).cloned()).collect();
        attrs.insert(name.clone(), unify(&across)?);
    }
    Some(Type::object(attrs))
}

fn merge_tuples(types: &[Type]) -> Option<Type> {
    let all: Vec<&[Type]> = types.iter().filter_map(|t| if let Type::Tuple(ts) = t { Some(&ts[..]) } else { None }).collect();
    let first = all.first()?;
    if !all.iter().all(|ts| ts.len() == first.len()) {
        return unify(&elements(types)).map(Type::list);
    }
    let across = |i: usize| all.iter().filter_map(|ts| ts.get(i).cloned()).collect::<Vec<_>>();
    (0..first.len()).map(|i| unify(&across(i))).collect::<Option<Vec<_>>>().map(Type::tuple)
}

/// The first type, the more general ones first, that all others convert to.
fn most_general(types: &[Type]) -> Option<Type> {
    by_preference(types).into_iter().find(|want| types.iter().all(|t| t == *want || convertible(t, want))).cloned()
}

/// Types so that each comes before those it is preferred to; equal ones keep their order.
fn by_preference(types: &[Type]) -> Vec<&Type> {
    let mut left: Vec<&Type> = types.iter().collect();
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let best = (0..left.len()).find(|i| {
            let one = left.get(*i);
            one.is_some_and(|t| !left.iter().any(|other| preference(other, t).is_lt()))
        });
        ordered.push(left.remove(best.unwrap_or(0)));
    }
    ordered
}

/// `Less` when `a` is the better common type of the two. Optimistic: the caller checks that the
/// conversion exists.
fn preference(a: &Type, b: &Type) -> Ordering {
    use Ordering::{Equal, Greater, Less};
    match (a, b) {
        (Type::Dynamic, Type::Dynamic) => Equal,
        (Type::Dynamic, _) => Greater,
        (_, Type::Dynamic) => Less,
        (Type::String, Type::Bool | Type::Number) => Less,
        (Type::Bool | Type::Number, Type::String) => Greater,
        (Type::List(x), Type::List(y)) | (Type::Set(x), Type::Set(y)) | (Type::Map(x), Type::Map(y)) => preference(x, y),
        (Type::List(_) | Type::Tuple(_), Type::Set(_)) | (Type::List(_), Type::Tuple(_)) | (Type::Map(_), Type::Object(_)) => Less,
        (Type::Set(_), Type::List(_) | Type::Tuple(_)) | (Type::Tuple(_), Type::List(_)) | (Type::Object(_), Type::Map(_)) => Greater,
        (Type::Object(x), Type::Object(y)) if x.attrs.keys().eq(y.attrs.keys()) => memberwise(x.attrs.values().zip(y.attrs.values())),
        (Type::Tuple(x), Type::Tuple(y)) if x.len() == y.len() => memberwise(x.iter().zip(y.iter())),
        _ => Equal,
    }
}

fn memberwise<'a>(pairs: impl Iterator<Item = (&'a Type, &'a Type)>) -> Ordering {
    let (mut less, mut greater) = (false, false);
    for (a, b) in pairs {
        match preference(a, b) {
            Ordering::Less => less = true,
            Ordering::Greater => greater = true,
            Ordering::Equal => {}
        }
    }
    match (less, greater) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::unify;
    use crate::value::Type;

    #[test]
    fn primitives_meet_in_string() {
        assert_eq!(unify(&[Type::Number, Type::String, Type::Bool]), Some(Type::String));
        assert_eq!(unify(&[Type::Number, Type::Bool]), None);
        assert_eq!(unify(&[Type::Dynamic, Type::Number]), Some(Type::Number));
        assert_eq!(unify(&[]), None);
    }

    #[test]
    fn objects_merge_or_become_maps() {
        let a = Type::object([("x", Type::Number)]);
        let b = Type::object([("x", Type::String)]);
        let c = Type::object([("y", Type::String)]);
        assert_eq!(unify(&[a.clone(), b]), Some(Type::object([("x", Type::String)])));
        assert_eq!(unify(&[a.clone(), c]), Some(Type::map(Type::String)));
        assert_eq!(unify(&[a.clone(), Type::map(Type::String)]), Some(Type::map(Type::String)));
        assert_eq!(unify(&[a, Type::tuple(vec![])]), None);
    }

    #[test]
    fn tuples_merge_or_become_lists() {
        let a = Type::tuple(vec![Type::Number]);
        let b = Type::tuple(vec![Type::Number, Type::Number]);
        assert_eq!(unify(&[a.clone(), b]), Some(Type::list(Type::Number)));
        assert_eq!(unify(&[a.clone(), Type::list(Type::String)]), Some(Type::list(Type::String)));
        assert_eq!(unify(&[Type::tuple(vec![]), Type::list(Type::String)]), Some(Type::list(Type::String)));
        assert_eq!(unify(&[a, Type::set(Type::Number)]), Some(Type::set(Type::Number)));
    }
}
