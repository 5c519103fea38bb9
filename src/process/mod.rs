//! Programs of this machine.

mod exec;
mod git;
mod head;
mod listing;
mod local;
mod local_lines;
mod secrets;
mod tree;

pub use exec::local_exec;
pub use git::Git;
pub use head::{Head, head};
pub use listing::{Tree, TreeFile, branch, tree, would_ignore};
pub use local::ThisMachine;
pub use secrets::LocalSecrets;
pub use tree::{WorkTree, ignored, work_tree};
