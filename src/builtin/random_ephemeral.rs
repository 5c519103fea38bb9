//! `ephemeral "random_password"`: a password for one run, drawn anew each time it is opened.
//!
//! Attributes are those of hashicorp/random 3.7.

use super::object::with;
use super::random_chars::generate;
use crate::provider::{Ctx, EphemeralType, ErrorKind, Lease, ProviderError};
use crate::schema::{BlockSchema, ResourceSchema, boolean, number, string};
use crate::value::Value;
use async_trait::async_trait;
use std::sync::Arc;

/// bcrypt looks at no more than 72 bytes of a password.
const BCRYPT_MAX: usize = 72;
const CLASSES: [&str; 4] = ["lower", "upper", "special", "numeric"];

/// The type.
pub(super) struct Password;

#[async_trait]
impl EphemeralType for Password {
    fn name(&self) -> &'static str {
        "random_password"
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        let mut block = BlockSchema::new()
            .attr("length", number().required())
            .attr("override_special", string().optional())
            .attr("result", string().computed().sensitive())
            .attr("bcrypt_hash", string().computed().sensitive());
        for class in CLASSES {
            block = block.attr(class, boolean().optional().computed());
            block = block.attr(&format!("min_{class}"), number().optional().computed());
        }
        Arc::new(ResourceSchema::new(0, block))
    }

    async fn open(&self, _ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError> {
        let mut value = config.clone();
        for class in CLASSES {
            let min = format!("min_{class}");
            value = or(value, class, Value::bool(true));
            value = or(value, &min, Value::int(0));
        }
        let result = generate(&value)?;
        let hashed: String = result.chars().take(BCRYPT_MAX).collect();
        let hash =
            bcrypt::hash(hashed, 10).map_err(|e| ProviderError::new(ErrorKind::Other, "Hashing the password failed", e.to_string()))?;
        Ok(Lease::of(with(&value, [("result", Value::string(result)), ("bcrypt_hash", Value::string(hash))])))
    }
}

/// `object` with a value where nothing is written.
fn or(object: Value, name: &str, otherwise: Value) -> Value {
    if object.get(name).is_some_and(|v| !v.is_null()) { object } else { with(&object, [(name, otherwise)]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ProviderFacts;
    use crate::value::{Repr, Type};

    #[tokio::test]
    async fn a_password_holds_to_its_configuration_and_is_another_one_each_time() {
        let Type::Object(o) = Password.schema().block.ty() else { unreachable!() };
        let nulls = Value::object(o.attrs.iter().map(|(n, t)| (n.clone(), Value::null(t.clone()))).collect());
        let config = with(&nulls, [("length", Value::int(20)), ("special", Value::bool(false))]);
        let (nothing, facts) = ((), ProviderFacts::default());
        let ctx = Ctx { configured: &nothing, facts: &facts, region: None };
        let open = || async { Password.open(&ctx, &config).await.unwrap().value };
        let (one, other) = (open().await, open().await);
        let text = one.get("result").and_then(Value::as_str).unwrap();
        assert!(text.len() == 20 && text.chars().all(|c| c.is_ascii_alphanumeric()), "{text}");
        assert!(bcrypt::verify(text, one.get("bcrypt_hash").and_then(Value::as_str).unwrap()).unwrap());
        assert_ne!(one.get("result"), other.get("result"));
        assert_eq!(one.get("min_lower"), Some(&Value::int(0)));
        assert!(matches!(one.repr(), Repr::Object(_)) && one.is_wholly_known());
    }
}
