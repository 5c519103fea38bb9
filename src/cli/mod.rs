//! The command line: one file per command; the only place for stdout, environment, arguments and
//! exit codes. It wires the edges into the drivers.

mod apply;
mod apps;
mod args;
mod args_language;
mod args_lock;
mod args_state;
mod backends;
mod bootstrap;
mod bootstrap_module;
mod console;
mod dashes;
mod deploy;
mod deploy_progress;
mod fmt;
mod graph;
mod header;
mod history;
mod home;
mod import;
mod init;
mod interrupt;
mod lock;
mod output;
mod parse;
mod plan;
mod planning;
mod progress;
mod project;
mod providers;
mod provision;
mod recover;
mod run;
mod saved;
mod session;
mod show;
mod state;
mod stats;
mod unlock;
mod validate;
pub mod wire;

pub use args::Cli;
pub use parse::parse;
pub use run::main;
pub use session::Session;
