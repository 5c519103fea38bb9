//! Programs of this machine.

mod git;
mod head;

pub use git::Git;
pub use head::{Head, head};
