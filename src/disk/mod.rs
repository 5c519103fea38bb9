//! Files and local state on disk.

mod files;

pub use files::DiskFiles;
