//! The `envctl` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    envctl::cli::main()
}
