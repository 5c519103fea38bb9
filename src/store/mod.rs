//! Contracts of state stores: state, lock, journal, records.
//!
//! Reading needs no lock. Writing exists only on the lock guard, so that no function can write
//! without holding the lock.

mod contract;
mod error;
mod lockinfo;

pub use contract::{Journal, LockGuard, LockRequest, StateReader, StateStore, StoreDescription, StoredState};
pub use error::{StoreError, StoreErrorKind};
pub use lockinfo::LockInfo;
