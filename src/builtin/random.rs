//! The `random` provider: values drawn once and kept in the state.
//!
//! Attributes, defaults and schema versions are those of hashicorp/random 3.x.

use super::object::{count, settle, with};
use super::random_chars::generate;
use super::random_lists::generator;
use super::random_rules::{hold, of_id, of_integer, of_text};
use super::state_only::StateOnly;
use crate::provider::{ErrorKind, ProviderError};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, TypeRules, boolean, map_of, number, string};
use crate::value::{Number, Type, Value};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::BigUint;
use rand::{Rng, RngExt};
use std::sync::Arc;

/// bcrypt looks at no more than 72 bytes of a password.
const BCRYPT_MAX: usize = 72;

pub(super) fn base() -> BlockSchema {
    BlockSchema::new().attr("id", string().computed()).attr("keepers", map_of(Type::String).optional().force_new())
}

pub(super) fn kind(
    name: &'static str,
    version: u64,
    block: BlockSchema,
    rules: TypeRules,
    make: fn(&Value) -> Result<Value, ProviderError>,
) -> StateOnly {
    StateOnly {
        name,
        schema: Arc::new(ResourceSchema { version, block, rules }),
        make,
        update: settle,
        refresh: None,
        importable: false,
        expired: None,
    }
}

fn text_block() -> BlockSchema {
    let on = || boolean().optional().computed().force_new().default(Value::bool(true));
    let min = || number().optional().computed().force_new().default(Value::int(0));
    base()
        .attr("length", number().required().force_new())
        .attr("lower", on())
        .attr("upper", on())
        .attr("special", on())
        .attr("numeric", boolean().optional().computed().force_new())
        .attr("number", boolean().optional().computed().force_new().deprecated("Use numeric instead."))
        .attr("min_lower", min())
        .attr("min_upper", min())
        .attr("min_numeric", min())
        .attr("min_special", min())
        .attr("override_special", string().optional().force_new())
}

/// `number` and `numeric` are two names of one setting, true unless one is written.
fn numeric_and_number(draft: &mut DiffDraft<'_>) {
    let written = draft.configured("numeric").or_else(|| draft.configured("number")).cloned();
    let value = match written {
        Some(value) => value,
        None if draft.is_create() => Value::bool(true),
        None => return,
    };
    draft.set("numeric", value.clone());
    draft.set("number", value);
}

fn text_rules() -> TypeRules {
    TypeRules { validate: vec![of_text], customize: vec![numeric_and_number], ..TypeRules::default() }
}

/// `random_string`
pub(super) fn string_type() -> StateOnly {
    let block = text_block().attr("result", string().computed());
    kind("random_string", 2, block, text_rules(), |planned| {
        let result = Value::string(generate(planned)?);
        Ok(settle(&with(planned, [("id", result.clone()), ("result", result)])))
    })
}

/// `random_password`
pub(super) fn password() -> StateOnly {
    let block = text_block().attr("result", string().computed().sensitive()).attr("bcrypt_hash", string().computed().sensitive());
    kind("random_password", 3, block, text_rules(), |planned| {
        let result = generate(planned)?;
        let hashed: String = result.chars().take(BCRYPT_MAX).collect();
        let hash =
            bcrypt::hash(hashed, 10).map_err(|e| ProviderError::new(ErrorKind::Other, "Hashing the password failed", e.to_string()))?;
        let set = [("id", Value::string("none")), ("result", Value::string(result)), ("bcrypt_hash", Value::string(hash))];
        Ok(settle(&with(planned, set)))
    })
}

/// `random_id`
pub(super) fn id() -> StateOnly {
    let block = base()
        .attr("byte_length", number().required().force_new())
        .attr("prefix", string().optional().force_new())
        .attr("b64_std", string().computed())
        .attr("b64_url", string().computed())
        .attr("dec", string().computed())
        .attr("hex", string().computed());
    let rules = TypeRules { validate: vec![of_id], ..TypeRules::default() };
    kind("random_id", 0, block, rules, |planned| {
        hold(planned, of_id)?;
        let mut bytes = vec![0u8; count(planned, "byte_length")];
        rand::rng().fill_bytes(&mut bytes);
        let prefix = super::object::text(planned, "prefix").unwrap_or("");
        let named = |s: String| Value::string(format!("{prefix}{s}"));
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let set = [
            ("id", Value::string(URL_SAFE_NO_PAD.encode(&bytes))),
            ("b64_url", named(URL_SAFE_NO_PAD.encode(&bytes))),
            ("b64_std", named(STANDARD.encode(&bytes))),
            ("hex", named(hex)),
            ("dec", named(BigUint::from_bytes_be(&bytes).to_string())),
        ];
        Ok(settle(&with(planned, set)))
    })
}

/// `random_integer`
pub(super) fn integer() -> StateOnly {
    let block = base()
        .attr("min", number().required().force_new())
        .attr("max", number().required().force_new())
        .attr("seed", string().optional().force_new())
        .attr("result", number().computed());
    let rules = TypeRules { validate: vec![of_integer], ..TypeRules::default() };
    kind("random_integer", 0, block, rules, |planned| {
        hold(planned, of_integer)?;
        let bound = |name| planned.get(name).and_then(Value::as_i64);
        let (Some(min), Some(max)) = (bound("min"), bound("max")) else {
            return Err(ProviderError::new(
                ErrorKind::Invalid,
                "Random number is not possible",
                "min and max must be whole numbers of 64 bits.",
            ));
        };
        let result = generator(super::object::text(planned, "seed")).random_range(min..=max);
        let set = [("id", Value::string(result.to_string())), ("result", Value::number(Number::from(result)))];
        Ok(settle(&with(planned, set)))
    })
}

/// `random_uuid`
pub(super) fn uuid() -> StateOnly {
    let block = base().attr("result", string().computed());
    kind("random_uuid", 0, block, TypeRules::default(), |planned| {
        let id = Value::string(uuid::Uuid::new_v4().to_string());
        Ok(settle(&with(planned, [("id", id.clone()), ("result", id)])))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    #[test]
    fn text_holds_its_minima() {
        let p = planned(&[("length", Value::int(12)), ("min_numeric", Value::int(5)), ("special", Value::bool(false))]);
        let made = (string_type().make)(&p).unwrap();
        let text = made.get("result").and_then(Value::as_str).unwrap().to_string();
        assert_eq!(text.chars().count(), 12);
        assert!(text.chars().filter(char::is_ascii_digit).count() >= 5, "{text}");
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric()), "{text}");
    }

    #[test]
    fn impossible_minima_are_refused() {
        let p = planned(&[("length", Value::int(3)), ("min_upper", Value::int(4))]);
        assert!((string_type().make)(&p).is_err());
    }

    #[test]
    fn id_spells_the_same_bytes() {
        let p = planned(&[("byte_length", Value::int(4)), ("prefix", Value::string("p-"))]);
        let made = (id().make)(&p).unwrap();
        let hex = made.get("hex").and_then(Value::as_str).unwrap().trim_start_matches("p-").to_string();
        let dec = made.get("dec").and_then(Value::as_str).unwrap().trim_start_matches("p-").to_string();
        assert_eq!(u32::from_str_radix(&hex, 16).unwrap().to_string(), dec);
    }

    #[test]
    fn password_matches_its_hash() {
        let p = planned(&[("length", Value::int(16))]);
        let made = (password().make)(&p).unwrap();
        let get = |n| made.get(n).and_then(Value::as_str).unwrap().to_string();
        assert!(bcrypt::verify(get("result"), &get("bcrypt_hash")).unwrap());
    }
}
