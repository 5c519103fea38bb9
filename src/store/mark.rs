//! Which state a document is, without reading all of it.

use md5::{Digest, Md5};
use serde::Deserialize;

/// Identity and age of a state document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateMark {
    /// Its lineage.
    pub lineage: String,
    /// Its serial.
    pub serial: u64,
    /// Lower-case hex MD5 of its bytes.
    pub md5: String,
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    serial: u64,
}

impl StateMark {
    /// Of a document; `None` when it is no JSON object.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let Header { lineage, serial } = serde_json::from_slice(bytes).ok()?;
        Some(StateMark { lineage, serial, md5: md5_hex(bytes) })
    }
}

/// Lower-case hex MD5, as OpenTofu's digest item has it.
#[must_use]
pub fn md5_hex(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{StateMark, md5_hex};

    #[test]
    fn marks() {
        let text = br#"{"version":4,"serial":12,"lineage":"l","resources":[{"deep":[1,{}]}]}"#;
        let mark = StateMark::of(text).unwrap();
        assert_eq!((mark.lineage.as_str(), mark.serial), ("l", 12));
        assert_eq!(StateMark::of(b"{"), None);
        assert_eq!(md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
