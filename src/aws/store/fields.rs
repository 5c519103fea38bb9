//! Typed access to settings. Values of `-backend-config=KEY=VALUE` are texts, so texts are taken
//! where a bool or a number is meant.

use crate::store::{StoreError, StoreErrorKind};
use crate::value::{Repr, Value, closest};
use std::collections::BTreeMap;
use std::sync::Arc;

type Map = BTreeMap<Arc<str>, Value>;

/// Settings by name.
pub(super) struct Fields<'a>(&'a Map);

/// A nested object.
pub(super) struct Nested(Map);

impl Nested {
    pub fn fields(&self) -> Fields<'_> {
        Fields(&self.0)
    }
}

/// A setting that cannot be used; its value is never shown.
pub(super) fn invalid(name: &str, why: &str, help: &str) -> StoreError {
    let detail = format!("The setting {name:?} of the backend \"s3\": {why}.");
    StoreError::new(StoreErrorKind::Other, "Invalid backend setting", detail).help(help)
}

impl<'a> Fields<'a> {
    pub fn new(map: &'a Map) -> Self {
        Fields(map)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    /// Whether it is written and not null.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Refuses names that are not in the list.
    pub fn only(&self, known: &[&str]) -> Result<(), StoreError> {
        match self.0.keys().find(|n| !known.contains(&n.as_ref())) {
            None => Ok(()),
            Some(name) => {
                let help = closest(name, known.iter().copied()).map_or("Remove it.".to_string(), |n| format!("Did you mean {n:?}?"));
                Err(invalid(name, "there is no such setting", &help))
            }
        }
    }

    /// Text that is not empty.
    pub fn text(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.text_or_empty(name)?.filter(|t| !t.is_empty()))
    }

    pub fn text_or_empty(&self, name: &str) -> Result<Option<String>, StoreError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.repr() {
            Repr::String(s) => Ok(Some(s.to_string())),
            Repr::Number(n) => Ok(Some(n.to_string())),
            _ => Err(invalid(name, "it must be a known string", "Write a quoted string.")),
        }
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, StoreError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match (value.as_bool(), value.as_str()) {
            (Some(b), _) => Ok(Some(b)),
            (_, Some("true" | "1")) => Ok(Some(true)),
            (_, Some("false" | "0")) => Ok(Some(false)),
            _ => Err(invalid(name, "it must be true or false", "Write true or false.")),
        }
    }

    pub fn int(&self, name: &str) -> Result<Option<i64>, StoreError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| invalid(name, "it must be a whole number", "Write a whole number."))
    }

    pub fn list(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let wrong = || invalid(name, "it must be a list of strings", "Write a list of quoted strings.");
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items = value.items().ok_or_else(wrong)?;
        items.iter().map(|v| v.as_str().map(str::to_string).ok_or_else(wrong)).collect()
    }

    pub fn map(&self, name: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let wrong = || invalid(name, "it must be a map of strings", "Write a map of quoted strings.");
        let Some(value) = self.get(name) else { return Ok(BTreeMap::new()) };
        let members = value.members().ok_or_else(wrong)?;
        members.iter().map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect::<Option<_>>().ok_or_else(wrong)
    }

    /// A nested object; a list of one (block form) counts as that one.
    pub fn object(&self, name: &str) -> Result<Option<Nested>, StoreError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let one = match value.items() {
            Some([]) => return Ok(None),
            Some([one]) => one,
            _ => value,
        };
        let members = one.members().ok_or_else(|| invalid(name, "it must be an object", "Write { ... }."))?;
        Ok(Some(Nested(members.clone())))
    }
}
