//! Filling in what `optional(type, default)` promises.

use super::model::TypeDefaults;
use crate::value::{Members, Name, Repr, Value};

impl TypeDefaults {
    /// Whether there is nothing to fill in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attrs.is_empty() && self.inner.is_empty()
    }

    /// The value with defaults in place of object attributes that are absent or null, at every
    /// level. To be done before conversion to the type; what is unknown or of another shape stays
    /// as it is. Elements of a tuple have their position as key in `inner`.
    #[must_use]
    pub fn apply(&self, value: &Value) -> Value {
        if self.is_empty() {
            return value.clone();
        }
        let filled = match value.repr() {
            Repr::Object(members) | Repr::Map(_, members) => self.members(members),
            Repr::List(_, items) | Repr::Set(_, items) | Repr::Tuple(items) => {
                let each = items.iter().enumerate().map(|(i, item)| self.element(&i.to_string(), item));
                Value::tuple(each.collect())
            }
            _ => return value.clone(),
        };
        filled.mark(value.marks())
    }

    fn members(&self, members: &Members) -> Value {
        let mut all: Members = members.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        for (name, default) in &self.attrs {
            if all.get(name).is_none_or(Value::is_null) {
                all.insert(name.clone(), default.clone());
            }
        }
        Value::object(all.into_iter().map(|(k, v)| self.entry(k, &v)).collect())
    }

    fn entry(&self, key: Name, value: &Value) -> (Name, Value) {
        let filled = self.element(&key, value);
        (key, filled)
    }

    fn element(&self, key: &str, value: &Value) -> Value {
        match self.inner.get(key).or_else(|| self.inner.get("")) {
            Some(inner) => inner.apply(value),
            None => value.clone(),
        }
    }
}
