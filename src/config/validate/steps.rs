//! Following the written steps of a reference through a type.

use crate::lang::RestStep;
use crate::value::{Key, Name, Type, closest};

/// A step that leads nowhere.
pub(super) struct Missing {
    pub name: Name,
    /// The attribute nearest to it.
    pub near: Option<String>,
}

/// The first step that asks an object for an attribute it does not have. Steps that only
/// evaluation can judge are passed over.
pub(super) fn missing(ty: &Type, steps: &[RestStep]) -> Option<Missing> {
    let (step, after) = steps.split_first()?;
    match (ty, step) {
        (Type::Object(object), RestStep::Attr(name) | RestStep::Index(Key::Str(name))) => match object.attrs.get(name) {
            Some(inner) => missing(inner, after),
            None => Some(Missing { name: name.clone(), near: closest(name, object.attrs.keys().map(AsRef::as_ref)) }),
        },
        (Type::List(inner), RestStep::Index(Key::Int(_)) | RestStep::Dynamic) => missing(inner, after),
        (Type::Map(inner), _) => missing(inner, after),
        _ => None,
    }
}
