//! A backend from settings that stand in no configuration: the one that `tofu init` recorded in
//! `.terraform/`, or one given on the command line.

use super::keys::kind_of;
use crate::config::model::Backend;
use crate::diag::Diagnostic;
use crate::value::implied_from_json;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The backend of a type with these settings; nulls are left out, texts fit any simple type.
///
/// # Errors
/// A setting that the backend does not have, or a value that does not fit; never with the value.
pub fn backend_of(kind: &str, settings: &Map<String, Json>) -> Result<Backend, Diagnostic> {
    let mut all = BTreeMap::new();
    for (key, json) in settings.iter().filter(|(_, json)| !json.is_null()) {
        let value = kind_of(kind, key)?.fit(key, &implied_from_json(json))?;
        all.insert(key.as_str().into(), value);
    }
    Ok(Backend { kind: kind.into(), settings: all, span: None })
}

/// The backend recorded in the text of `.terraform/terraform.tfstate`; `None` when it records none.
///
/// # Errors
/// When the text is no such record, or a setting does not fit.
pub fn recorded_backend(text: &str) -> Result<Option<Backend>, Diagnostic> {
    let wrong = || {
        Diagnostic::error("The recorded backend is not readable", "The file is not what `tofu init` writes.")
            .help("Name the source with -from and -from-config instead.")
    };
    let record: Json = serde_json::from_str(text).map_err(|_| wrong())?;
    let Some(backend) = record.get("backend").filter(|b| !b.is_null()) else { return Ok(None) };
    let kind = backend.get("type").and_then(Json::as_str).ok_or_else(wrong)?;
    let empty = Map::new();
    backend_of(kind, backend.get("config").and_then(Json::as_object).unwrap_or(&empty)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::recorded_backend;
    use crate::value::Value;

    #[test]
    fn records_of_tofu_are_read() {
        let text = r#"{"version":3,"serial":1,"backend":{"type":"s3","config":{"bucket":"b","key":"k","encrypt":true,
            "assume_role":null,"profile":null,"max_retries":5},"hash":1}}"#;
        let backend = recorded_backend(text).unwrap().unwrap();
        assert_eq!((backend.kind.as_ref(), backend.settings.len()), ("s3", 4));
        assert_eq!(backend.settings.get("bucket"), Some(&Value::string("b")));
        assert!(recorded_backend(r#"{"version":3}"#).unwrap().is_none());
        assert!(recorded_backend("[").is_err());
        let secret = r#"{"backend":{"type":"s3","config":{"sercet_key":"hunter2"}}}"#;
        let error = recorded_backend(secret).err().unwrap();
        assert!(error.detail.contains("sercet_key") && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
