//! Values and types as JSON, the way state and plans write them (cty's JSON encoding).

use super::{Path, Type, Value};
use serde_json::Value as Json;

/// Why JSON does not describe a value of the type.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    /// Place inside the document.
    pub path: Path,
    /// What is wrong there.
    pub message: String,
}

/// JSON of a wholly known value; marks are dropped, unknown becomes null. A value whose
/// constraint is `Dynamic` is wrapped as `{"value":..,"type":..}` only where `ty` says `Dynamic`.
#[must_use]
pub fn to_json(_value: &Value, _ty: &Type) -> Json {
    Json::Null
}

/// A value of type `ty` from JSON.
///
/// # Errors
/// When the JSON does not fit the type.
pub fn from_json(_json: &Json, ty: &Type) -> Result<Value, JsonError> {
    Ok(Value::null(ty.clone()))
}

/// A value of the type that the JSON itself implies (objects and tuples), as `jsondecode` gives.
#[must_use]
pub fn implied_from_json(_json: &Json) -> Value {
    Value::null(Type::Dynamic)
}

/// A type as JSON: `"string"`, `["list","string"]`, `["object",{..}]`, `["object",{..},["opt"]]`.
#[must_use]
pub fn type_to_json(_ty: &Type) -> Json {
    Json::Null
}

/// The reverse of [`type_to_json`].
#[must_use]
pub fn type_from_json(_json: &Json) -> Option<Type> {
    None
}
