//! `env check`: `.env` files against their samples, the applications' blocks, git and hosts.

mod apps;
mod copy;
mod env_text;
mod finding;

pub use apps::{check_app, check_host};
pub use copy::{CopyFile, check_copy, is_env_file, sample_of, words_of};
pub use env_text::EnvText;
pub use finding::{Finding, Rule};
