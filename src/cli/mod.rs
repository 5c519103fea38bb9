//! The command line: one file per command; the only place for stdout, environment, arguments and
//! exit codes. It wires the edges into the drivers.

mod args;
mod dashes;
mod interrupt;
mod parse;
mod session;

pub use args::Cli;
pub use parse::parse;
pub use session::Session;
