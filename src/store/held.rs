//! A lock as somebody holds it, for people who want to know.

use super::LockInfo;
use std::time::Duration;

/// What can be seen of a held lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldLock {
    /// Who holds it, since when, for what.
    pub info: LockInfo,
    /// Where it is kept: `DynamoDB table "locks"`.
    pub place: String,
    /// How long it lives without a sign of life; `None`: it never expires.
    pub lease: Option<Duration>,
    /// Its holder is a process of this machine that does not exist any more.
    pub dead: bool,
}
