//! What the tests stand on: moto behind the proxy, envctl as a process, a private sshd, git repositories.
//! Everything listens on loopback, lives in temporary folders, and dies with the test.

pub mod aws;
pub mod envctl;
pub mod git;
pub mod http;
pub mod inventory;
pub mod moto;
pub mod process;
pub mod proxy;
pub mod relay;
pub mod sshd;
pub mod world;

pub use aws::Aws;
#[allow(unused_imports, reason = "used by the tests of each subject")]
pub use envctl::{Envctl, Outcome, assert_next_plan_empty};
pub use git::GitRepo;
pub use inventory::Inventory;
pub use moto::Moto;
pub use proxy::Proxy;
pub use relay::Relay;
pub use sshd::Sshd;
#[allow(unused_imports, reason = "used by the tests of each subject")]
pub use world::World;
