//! Files and local state on disk.
