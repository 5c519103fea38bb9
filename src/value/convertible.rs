//! Which types convert to which, and what to say where one does not.

use super::{ObjectType, Type, unify};

/// Whether values of type `from` may convert to the constraint `to`; single values may still fail
/// (`"abc"` to number).
#[must_use]
pub fn convertible(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (_, Type::Dynamic) | (Type::Dynamic, _) => true,
        (a, b) if a.is_primitive() && b.is_primitive() => a == b || *b == Type::String || (*a == Type::String),
        (Type::List(a) | Type::Set(a), Type::List(b) | Type::Set(b)) | (Type::Map(a), Type::Map(b)) => convertible(a, b),
        (Type::Tuple(ts), Type::List(e) | Type::Set(e)) => members_convertible(ts.iter(), e),
        (Type::Object(o), Type::Map(e)) => members_convertible(o.attrs.values(), e),
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| convertible(x, y)),
        (Type::Object(a), Type::Object(b)) => b.attrs.iter().all(|(name, want)| match a.attrs.get(name) {
            Some(have) => convertible(have, want),
            None => b.optional.contains(name),
        }),
        (Type::Map(e), Type::Object(o)) => o.attrs.iter().all(|(name, want)| convertible(e, want) || o.optional.contains(name)),
        _ => false,
    }
}

fn members_convertible<'a>(members: impl Iterator<Item = &'a Type> + Clone, elem: &Type) -> bool {
    if *elem == Type::Dynamic {
        let all: Vec<Type> = members.cloned().collect();
        return all.is_empty() || unify(&all).is_some();
    }
    members.clone().all(|t| convertible(t, elem))
}

/// Why a value of type `got` cannot become `want`; wording follows what OpenTofu's users know.
pub(super) fn mismatch(got: &Type, want: &Type) -> String {
    match (got, want) {
        (Type::Object(g), Type::Object(w)) => objects(g, w),
        (Type::Tuple(_), Type::List(e)) if **e == Type::Dynamic => "all list elements must have the same type".into(),
        (Type::Tuple(_), Type::Set(e)) if **e == Type::Dynamic => "all set elements must have the same type".into(),
        (Type::Object(_), Type::Map(e)) if **e == Type::Dynamic => "all map elements must have the same type".into(),
        (Type::Tuple(ts), Type::List(e) | Type::Set(e)) => {
            let bad = ts.iter().enumerate().find(|(_, t)| !convertible(t, e));
            bad.map_or_else(|| required(want), |(i, t)| format!("element {i}: {}", mismatch(t, e)))
        }
        (Type::Object(o), Type::Map(e)) => {
            let bad = o.attrs.iter().find(|(_, t)| !convertible(t, e));
            bad.map_or_else(|| required(want), |(name, t)| format!("element {name:?}: {}", mismatch(t, e)))
        }
        (Type::List(g) | Type::Set(g), Type::List(w)) => format!("incorrect list element type: {}", mismatch(g, w)),
        (Type::List(g) | Type::Set(g), Type::Set(w)) => format!("incorrect set element type: {}", mismatch(g, w)),
        (Type::Map(g), Type::Map(w)) => format!("incorrect map element type: {}", mismatch(g, w)),
        (Type::Tuple(g), Type::Tuple(w)) if g.len() != w.len() => {
            format!("tuple of {} elements required, but have {}", w.len(), g.len())
        }
        (g, w) if g.is_primitive() != w.is_primitive() || *w == Type::String || (g.is_primitive() && *g != Type::String) => {
            format!("{}, but have {}", required(want), kind_name(got))
        }
        _ => required(want),
    }
}

fn required(want: &Type) -> String {
    format!("{} required", constraint_name(want))
}

/// `list of string`, as OpenTofu's messages say it.
fn constraint_name(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "any type".into(),
        Type::List(e) => format!("list of {}", constraint_name(e)),
        Type::Set(e) => format!("set of {}", constraint_name(e)),
        Type::Map(e) => format!("map of {}", constraint_name(e)),
        Type::Object(_) | Type::Tuple(_) => kind_name(ty),
        primitive => primitive.to_string(),
    }
}

fn kind_name(ty: &Type) -> String {
    match ty {
        Type::Object(_) => "object".into(),
        Type::Tuple(_) => "tuple".into(),
        other => constraint_name(other),
    }
}

fn objects(got: &ObjectType, want: &ObjectType) -> String {
    let missing: Vec<String> =
        want.attrs.keys().filter(|n| !got.attrs.contains_key(*n) && !want.optional.contains(*n)).map(|n| format!("{n:?}")).collect();
    match missing.split_last() {
        Some((only, [])) => return format!("attribute {only} is required"),
        Some((last, [first])) => return format!("attributes {first} and {last} are required"),
        Some((last, more)) => return format!("attributes {}, and {last} are required", more.join(", ")),
        None => {}
    }
    let bad = want.attrs.iter().find_map(|(name, w)| {
        let have = got.attrs.get(name)?;
        (!convertible(have, w)).then(|| format!("attribute {name:?}: {}", mismatch(have, w)))
    });
    bad.unwrap_or_else(|| "incorrect object attributes".into())
}
