//! Values by type, the same ones for the same place in every run.

use crate::value::{Members, Type, Value};
use sha2::{Digest, Sha256};

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890";
/// So long is a text.
const LENGTH: usize = 8;

/// A value of a type: text of eight letters and digits, 0, false, empty collections; objects of such.
pub(super) fn draw(ty: &Type, place: &str) -> Value {
    match ty {
        Type::Dynamic => Value::null(Type::Dynamic),
        Type::Bool => Value::bool(false),
        Type::Number => Value::int(0),
        Type::String => Value::string(text(place)),
        Type::List(elem) => Value::list((**elem).clone(), vec![]),
        Type::Set(elem) => Value::set((**elem).clone(), vec![]),
        Type::Map(elem) => Value::map((**elem).clone(), Members::new()),
        Type::Tuple(_) => Value::tuple(vec![]),
        Type::Object(object) => {
            let member = |(name, ty): (&crate::value::Name, &Type)| (name.clone(), draw(ty, &format!("{place}.{name}")));
            Value::object(object.attrs.iter().map(member).collect())
        }
    }
}

fn text(place: &str) -> String {
    let digest = Sha256::digest(place.as_bytes());
    let letter = |byte: &u8| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().unwrap_or(b'a');
    digest.iter().take(LENGTH).map(|b| char::from(letter(b))).collect()
}
