//! Files and local state on disk.

mod files;
mod state;

pub use files::DiskFiles;
pub use state::{DEFAULT_STATE, LocalStore};
