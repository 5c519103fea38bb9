//! Programs of this machine.

mod git;

pub use git::Git;
