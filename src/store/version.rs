//! Earlier states that a store keeps.

use super::{StoreDescription, StoreError, StoreErrorKind};
use jiff::Timestamp;

/// One stored version of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateVersion {
    /// Names it to [`read_version`](super::StateStore::read_version).
    pub id: String,
    /// When it was written.
    pub written: Option<Timestamp>,
    /// Whether it is what `read` answers.
    pub current: bool,
}

/// What a store says that keeps none.
#[must_use]
pub fn no_versions(place: &StoreDescription) -> StoreError {
    let detail = format!("The {} store of {}/{} keeps no earlier states.", place.kind, place.container, place.key);
    StoreError::new(StoreErrorKind::Other, "No versions", detail).help("Restore the state from a backup with `envctl state push`.")
}
