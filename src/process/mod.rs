//! Programs of this machine.

mod exec;
mod git;
mod head;

pub use exec::local_exec;
pub use git::Git;
pub use head::{Head, head};
