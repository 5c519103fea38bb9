//! Contracts of state stores: state, lock, journal, records.
//!
//! Reading needs no lock. Writing exists only on the lock guard, so that no function can write
//! without holding the lock.

mod admin;
mod contract;
mod error;
mod health;
mod held;
mod history;
mod holder;
mod journal;
mod lockinfo;
mod mark;
mod memory;
mod names;
mod sealed;
mod seals;
mod version;

pub use admin::{BackendAdmin, Contents, Part, PartKind, Standing};
pub use contract::{Journal, LockGuard, LockRequest, StateReader, StateStore, StoreDescription, StoredState};
pub use error::{StoreError, StoreErrorKind};
pub use health::{BackendHealth, Danger, DangerousRule, Identity};
pub use held::HeldLock;
pub use history::{HISTORY, HISTORY_FORMAT, Override, RunCounts, RunRecord, RunResult};
pub use holder::{ProcessId, who};
pub use journal::{
    JournalEntry, JournalIntent, JournalResult, JournalRun, SegmentJournal, Segments, entry_from_json, entry_to_json, read_journal,
};
pub use lockinfo::{LockInfo, go_time};
pub use mark::{StateMark, md5_hex};
pub use memory::MemoryLock;
pub use names::{Backoff, check_record_name};
pub use sealed::SealedStore;
pub use seals::{KeyService, Seals};
pub use version::{StateVersion, no_versions};
