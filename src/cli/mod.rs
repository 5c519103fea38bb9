//! The command line: one file per command; the only place for stdout, environment, arguments and
//! exit codes. It wires the edges into the drivers.

mod args;
mod dashes;

pub use args::Cli;
pub use dashes::{normalise, split_words};
