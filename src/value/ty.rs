//! Types of the language.

use super::{Name, Repr, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A type, also used as a type constraint (`Dynamic` is `any`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Any type / not known yet.
    Dynamic,
    /// bool
    Bool,
    /// number
    Number,
    /// string
    String,
    /// list(T)
    List(Arc<Type>),
    /// set(T)
    Set(Arc<Type>),
    /// map(T)
    Map(Arc<Type>),
    /// object({...})
    Object(Arc<ObjectType>),
    /// tuple([...])
    Tuple(Arc<Vec<Type>>),
}

/// Attributes of an object type; `optional` ones may be absent when converting to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectType {
    /// Type of each attribute.
    pub attrs: BTreeMap<Name, Type>,
    /// Attributes that conversion fills with null when absent.
    pub optional: BTreeSet<Name>,
}

impl Type {
    /// list(elem)
    #[must_use]
    pub fn list(elem: Type) -> Type {
        Type::List(Arc::new(elem))
    }
    /// set(elem)
    #[must_use]
    pub fn set(elem: Type) -> Type {
        Type::Set(Arc::new(elem))
    }
    /// map(elem)
    #[must_use]
    pub fn map(elem: Type) -> Type {
        Type::Map(Arc::new(elem))
    }
    /// tuple(items)
    #[must_use]
    pub fn tuple(items: Vec<Type>) -> Type {
        Type::Tuple(Arc::new(items))
    }
    /// object, no attribute optional
    #[must_use]
    pub fn object<N: Into<Name>>(attrs: impl IntoIterator<Item = (N, Type)>) -> Type {
        let attrs = attrs.into_iter().map(|(n, t)| (n.into(), t)).collect();
        Type::Object(Arc::new(ObjectType { attrs, optional: BTreeSet::new() }))
    }

    /// The kind alone: `list`, whatever it is a list of.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Type::Dynamic => "a value of any type",
            Type::Bool => "bool",
            Type::Number => "number",
            Type::String => "string",
            Type::List(_) => "list",
            Type::Set(_) => "set",
            Type::Map(_) => "map",
            Type::Object(_) => "object",
            Type::Tuple(_) => "tuple",
        }
    }

    /// bool, number or string
    #[must_use]
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether `Dynamic` occurs anywhere in it.
    #[must_use]
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_dynamic(),
            Type::Object(o) => o.attrs.values().any(Type::has_dynamic),
            Type::Tuple(ts) => ts.iter().any(Type::has_dynamic),
        }
    }
}

impl Type {
    /// The type with every object attribute required: what values have.
    #[must_use]
    pub fn without_optional(&self) -> Type {
        match self {
            Type::List(t) => Type::list(t.without_optional()),
            Type::Set(t) => Type::set(t.without_optional()),
            Type::Map(t) => Type::map(t.without_optional()),
            Type::Tuple(ts) => Type::tuple(ts.iter().map(Type::without_optional).collect()),
            Type::Object(o) => Type::object(o.attrs.iter().map(|(n, t)| (n.clone(), t.without_optional()))),
            other => other.clone(),
        }
    }

    /// The type with what is `Dynamic` in it taken from `from`, where the two have the same shape.
    #[must_use]
    pub fn filled_from(&self, from: &Type) -> Type {
        match (self, from) {
            (_, Type::Dynamic) => self.clone(),
            (Type::Dynamic, _) => from.clone(),
            (Type::List(t), Type::List(f) | Type::Set(f)) => Type::list(t.filled_from(f)),
            (Type::Set(t), Type::List(f) | Type::Set(f)) => Type::set(t.filled_from(f)),
            (Type::Map(t), Type::Map(f)) => Type::map(t.filled_from(f)),
            (Type::List(t), Type::Tuple(fs)) => Type::list(t.filled_from(&common(fs.iter()))),
            (Type::Set(t), Type::Tuple(fs)) => Type::set(t.filled_from(&common(fs.iter()))),
            (Type::Map(t), Type::Object(o)) => Type::map(t.filled_from(&common(o.attrs.values()))),
            (Type::Tuple(ts), Type::Tuple(fs)) if ts.len() == fs.len() => {
                Type::tuple(ts.iter().zip(fs.iter()).map(|(t, f)| t.filled_from(f)).collect())
            }
            (Type::Object(o), Type::Object(f)) => {
                Type::object(o.attrs.iter().map(|(n, t)| (n.clone(), f.attrs.get(n).map_or_else(|| t.clone(), |have| t.filled_from(have)))))
            }
            (Type::Object(o), Type::Map(f)) => Type::object(o.attrs.iter().map(|(n, t)| (n.clone(), t.filled_from(f)))),
            _ => self.clone(),
        }
    }
}

fn common<'a>(types: impl Iterator<Item = &'a Type>) -> Type {
    super::unify(&types.cloned().collect::<Vec<_>>()).unwrap_or(Type::Dynamic)
}

impl Value {
    /// The type of the value.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self.repr() {
            Repr::Null(t) | Repr::Unknown { ty: t, .. } => t.clone(),
            Repr::Bool(_) => Type::Bool,
            Repr::Number(_) => Type::Number,
            Repr::String(_) => Type::String,
            Repr::List(t, _) => Type::list(t.clone()),
            Repr::Set(t, _) => Type::set(t.clone()),
            Repr::Map(t, _) => Type::map(t.clone()),
            Repr::Object(m) => Type::object(m.iter().map(|(k, v)| (k.clone(), v.ty()))),
            Repr::Tuple(v) => Type::tuple(v.iter().map(Value::ty).collect()),
        }
    }
}

impl fmt::Display for Type {
    /// The type as people write it: `list(string)`, `object({name=string})`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                f.write_str("tuple([")?;
                for (i, t) in ts.iter().enumerate() {
                    write!(f, "{}{t}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("])")
            }
            Type::Object(o) => {
                f.write_str("object({")?;
                for (i, (n, t)) in o.attrs.iter().enumerate() {
                    let sep = if i > 0 { ", " } else { "" };
                    if o.optional.contains(n) {
                        write!(f, "{sep}{n}=optional({t})")?;
                    } else {
                        write!(f, "{sep}{n}={t}")?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}
