//! Calls that fail, stores that refuse, a full disk, a wrong clock: a clear message, nothing lost, and the next run
//! leaves what an undisturbed one leaves.
//!
//! A seeded sample runs always; `ENVCTL_TEST_ALL_FAULTS=1` spoils every call in every way, `=30` thirty of each run.

mod clock;
mod disk;
mod matrix;
mod stores;
