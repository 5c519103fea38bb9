//! The lock's `Info`, byte for byte as Go's encoder writes it.

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
