//! Values of the language: typed, possibly unknown, possibly marked.
//!
//! A [`Value`] is what an expression yields and what a resource attribute holds. *Unknown* stands
//! for a value that only apply will know; *marks* (sensitive, ephemeral, deprecated) travel with
//! every operation and leave only by an explicit unmark. The model is that of HCL's type system:
//! null and unknown carry a type, objects and maps differ, sets are ordered canonically here.

mod closest;
mod convert;
mod convertible;
mod equals;
mod json;
mod json_type;
mod marks;
mod number;
mod ops;
mod order;
mod path;
mod ty;
mod unify;

#[cfg(test)]
mod tests;

pub use closest::closest;
pub use convert::{ConvertError, convert};
pub use convertible::convertible;
pub use equals::equals;
pub use json::{JsonError, from_json, implied_from_json, to_json};
pub use json_type::{type_from_json, type_to_json};
pub use marks::Marks;
pub use number::Number;
pub use path::{Key, Path, Step};
pub use ty::{ObjectType, Type};
pub use unify::unify;

use std::collections::BTreeMap;
use std::sync::Arc;

/// Attribute or key name.
pub type Name = Arc<str>;
/// Members of an object or entries of a map.
pub type Members = BTreeMap<Name, Value>;

/// A value with its marks. Cloning is cheap (shared storage).
#[derive(Clone, Debug)]
pub struct Value {
    repr: Repr,
    marks: Marks,
}

/// What a value is, without its own marks (members keep theirs).
#[derive(Clone, Debug)]
pub enum Repr {
    /// Absent, of a type.
    Null(Type),
    /// Known after apply. `not_null`: whatever it will be, it will not be null.
    Unknown {
        /// Type it will have; `Type::Dynamic` when even that is open.
        ty: Type,
        /// Promise that it will not be null.
        not_null: bool,
    },
    /// true or false
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// NFC-normalised text.
    String(Arc<str>),
    /// Elements of one type, in order.
    List(Type, Arc<Vec<Value>>),
    /// Elements of one type, distinct, in canonical order; marks of elements lie on the set.
    Set(Type, Arc<Vec<Value>>),
    /// Values of one type by key.
    Map(Type, Arc<Members>),
    /// Values of their own types by attribute name.
    Object(Arc<Members>),
    /// Values of their own types, in order.
    Tuple(Arc<Vec<Value>>),
}

impl Value {
    /// A value without marks.
    #[must_use]
    pub fn new(repr: Repr) -> Self {
        Value { repr, marks: Marks::default() }
    }

    /// Null of a type.
    #[must_use]
    pub fn null(ty: Type) -> Self {
        Self::new(Repr::Null(ty))
    }

    /// Unknown of a type.
    #[must_use]
    pub fn unknown(ty: Type) -> Self {
        Self::new(Repr::Unknown { ty, not_null: false })
    }

    /// Unknown of a type, but certainly not null.
    #[must_use]
    pub fn unknown_not_null(ty: Type) -> Self {
        Self::new(Repr::Unknown { ty, not_null: true })
    }

    /// Unknown of unknown type: the result of an expression that failed.
    #[must_use]
    pub fn dynamic() -> Self {
        Self::unknown(Type::Dynamic)
    }

    /// Text; normalised to NFC.
    #[must_use]
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::new(Repr::String(ops::nfc(text.as_ref())))
    }

    /// Truth.
    #[must_use]
    pub fn bool(b: bool) -> Self {
        Self::new(Repr::Bool(b))
    }

    /// A whole number.
    #[must_use]
    pub fn int(n: i64) -> Self {
        Self::new(Repr::Number(Number::from(n)))
    }

    /// An exact number.
    #[must_use]
    pub fn number(n: Number) -> Self {
        Self::new(Repr::Number(n))
    }

    /// A list whose elements all have type `elem` (the caller has converted them).
    #[must_use]
    pub fn list(elem: Type, items: Vec<Value>) -> Self {
        Self::new(Repr::List(elem, Arc::new(items)))
    }

    /// A set: sorted, without duplicates; marks of the elements move to the set.
    #[must_use]
    pub fn set(elem: Type, items: Vec<Value>) -> Self {
        order::make_set(elem, items)
    }

    /// A map whose values all have type `elem`.
    #[must_use]
    pub fn map(elem: Type, entries: Members) -> Self {
        Self::new(Repr::Map(elem, Arc::new(entries)))
    }

    /// An object.
    #[must_use]
    pub fn object(members: Members) -> Self {
        Self::new(Repr::Object(Arc::new(members)))
    }

    /// A tuple.
    #[must_use]
    pub fn tuple(items: Vec<Value>) -> Self {
        Self::new(Repr::Tuple(Arc::new(items)))
    }

    /// What it is, marks aside.
    #[must_use]
    pub fn repr(&self) -> &Repr {
        &self.repr
    }

    /// The value's own marks (not those of its members).
    #[must_use]
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// This value with `marks` added.
    #[must_use]
    pub fn mark(mut self, marks: &Marks) -> Self {
        self.marks = self.marks.union(marks);
        self
    }

    /// This value, sensitive.
    #[must_use]
    pub fn sensitive(self) -> Self {
        self.mark(&Marks::SENSITIVE)
    }

    /// The value without its own marks, and those marks.
    #[must_use]
    pub fn unmark(self) -> (Value, Marks) {
        (Value { repr: self.repr, marks: Marks::default() }, self.marks)
    }

    /// Whether this very value is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.repr, Repr::Null(_))
    }

    /// Whether this very value is unknown.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self.repr, Repr::Unknown { .. })
    }

    /// Text, if it is known text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Repr::String(s) = &self.repr { Some(s) } else { None }
    }

    /// Truth, if it is known truth.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Repr::Bool(b) = &self.repr { Some(*b) } else { None }
    }

    /// Number, if it is a known number.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        if let Repr::Number(n) = &self.repr { Some(n) } else { None }
    }

    /// Whole number that fits 64 bits, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::to_i64)
    }

    /// Elements of a list, set or tuple.
    #[must_use]
    pub fn items(&self) -> Option<&[Value]> {
        match &self.repr {
            Repr::List(_, v) | Repr::Set(_, v) | Repr::Tuple(v) => Some(v),
            _ => None,
        }
    }

    /// Entries of a map or object.
    #[must_use]
    pub fn members(&self) -> Option<&Members> {
        match &self.repr {
            Repr::Map(_, m) | Repr::Object(m) => Some(m),
            _ => None,
        }
    }

    /// A member of a map or object, without the container's marks; `None` if absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members().and_then(|m| m.get(name))
    }
}
