//! The lock's `Info`, byte for byte as Go's encoder writes it.

use crate::state::{Style, to_text};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

/// Who holds a lock. Field names and order are OpenTofu's `LockInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockInfo {
    /// UUID.
    pub id: String,
    /// `OperationTypeApply` and the like.
    pub operation: String,
    /// Free text.
    pub info: String,
    /// user@host
    pub who: String,
    /// Version of the tool.
    pub version: String,
    /// UTC, RFC 3339 with nanoseconds, trailing zeros cut.
    pub created: String,
    /// `<bucket>/<key>`, or the file.
    pub path: String,
}

/// What Go writes for a time that was never set.
const NEVER: &str = "0001-01-01T00:00:00Z";

impl LockInfo {
    /// The bytes that OpenTofu writes and, on unlocking, compares.
    #[must_use]
    pub fn to_json(&self) -> String {
        let created = if self.created.is_empty() { NEVER } else { &self.created };
        let fields: [(&str, &str); 7] = [
            ("ID", &self.id),
            ("Operation", &self.operation),
            ("Info", &self.info),
            ("Who", &self.who),
            ("Version", &self.version),
            ("Created", created),
            ("Path", &self.path),
        ];
        let object: Map<String, Json> = fields.into_iter().map(|(k, v)| (k.to_string(), v.into())).collect();
        to_text(&Json::Object(object), Style::Compact)
    }

    /// Reads what any tool wrote; absent fields are empty. `None` when it is no lock info.
    #[must_use]
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        let Json::Object(fields) = serde_json::from_slice(bytes).ok()? else { return None };
        let text = |name: &str| fields.get(name).and_then(Json::as_str).unwrap_or_default().to_string();
        Some(LockInfo {
            id: text("ID"),
            operation: text("Operation"),
            info: text("Info"),
            who: text("Who"),
            version: text("Version"),
            created: text("Created"),
            path: text("Path"),
        })
    }

    /// Fills in what the caller left open: a random id, the time, the path of the state.
    #[must_use]
    pub fn completed(mut self, now: Timestamp, path: &str) -> Self {
        if self.id.is_empty() {
            self.id = uuid::Uuid::new_v4().to_string();
        }
        if self.created.is_empty() {
            self.created = go_time(now);
        }
        if self.path.is_empty() {
            self.path = path.to_string();
        }
        self
    }
}

/// A moment as Go's `time.RFC3339Nano` writes it in UTC.
#[must_use]
pub fn go_time(moment: Timestamp) -> String {
    let text = format!("{:.9}", moment);
    match text.strip_suffix('Z').and_then(|t| t.split_once('.')) {
        Some((seconds, fraction)) => match fraction.trim_end_matches('0') {
            "" => format!("{seconds}Z"),
            digits => format!("{seconds}.{digits}Z"),
        },
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{LockInfo, go_time};
    use jiff::Timestamp;

    #[test]
    fn the_bytes_are_gos() {
        let info = LockInfo {
            id: "8f1c2d0a-0000-4000-8000-000000000001".into(),
            operation: "OperationTypeApply".into(),
            info: "a<b>&c \u{2028}\"x\"\t".into(),
            who: "ann@box".into(),
            version: "1.11.0".into(),
            created: "2026-01-02T03:04:05.1Z".into(),
            path: "bucket/stage/terraform.tfstate".into(),
        };
        let text = r#"{"ID":"8f1c2d0a-0000-4000-8000-000000000001","Operation":"OperationTypeApply","Info":"a\u003cb\u003e\u0026c \u2028\"x\"\t","Who":"ann@box","Version":"1.11.0","Created":"2026-01-02T03:04:05.1Z","Path":"bucket/stage/terraform.tfstate"}"#;
        assert_eq!(info.to_json(), text);
        assert_eq!(LockInfo::from_json(text.as_bytes()), Some(info));
        assert_eq!(LockInfo::from_json(b"[]"), None);
    }

    #[test]
    fn times_lose_their_trailing_zeros() {
        let at = |nanos| go_time(Timestamp::new(1_700_000_000, nanos).unwrap());
        assert_eq!(at(0), "2023-11-14T22:13:20Z");
        assert_eq!(at(120_000_000), "2023-11-14T22:13:20.12Z");
        assert_eq!(at(1), "2023-11-14T22:13:20.000000001Z");
    }

    #[test]
    fn what_is_left_open_is_filled_in() {
        let info = LockInfo { who: "a@b".into(), ..LockInfo::default() }.completed(Timestamp::UNIX_EPOCH, "b/k");
        assert_eq!((info.created.as_str(), info.path.as_str(), info.id.len()), ("1970-01-01T00:00:00Z", "b/k", 36));
        let again = info.clone().completed(Timestamp::now(), "other");
        assert_eq!(again, info);
    }
}
