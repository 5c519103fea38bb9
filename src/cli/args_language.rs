//! Arguments of the commands that look at a configuration.

use super::args::EnvArgs;
use clap::{Args, ValueEnum};

/// `console`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl console stage                              asks for expressions on a terminal
  echo 'length(var.zones)' | envctl console stage   one expression a line, one result each
  envctl console stage -json < expressions          one JSON value a line

Values are those of the state; nothing is read or changed. type(x) shows the type of x.
From a pipe the exit code is 1 when one of the expressions was wrong.")]
#[allow(missing_docs)]
pub struct ConsoleArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// One JSON value a line; sensitive values are null
    #[arg(long)]
    pub json: bool,
}

/// `graph`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl graph stage | dot -Tsvg > stage.svg
  envctl graph stage -format=mermaid")]
#[allow(missing_docs)]
pub struct GraphArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// The language of the drawing
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub format: GraphFormat,
}

/// Languages for drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Graphviz
    Dot,
    /// Mermaid
    Mermaid,
}

/// `providers`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl providers stage         which module needs which provider, in which versions")]
#[allow(missing_docs)]
pub struct ProvidersArgs {
    #[command(flatten)]
    pub env: EnvArgs,
}

/// `test`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl test                                       the module in this folder, its files and those in tests/
  envctl test modules/network                       another module
  envctl test -filter=tests/names.tftest.hcl        one file; may be given several times
  envctl test -verbose                              with the plan or the state of every run
  envctl test -json                                 one JSON object a line, as tofu test -json

Runs apply with the real providers unless a file mocks them. The state lies in memory; at the end of each file
everything that it made is destroyed, the last first. What could not be destroyed is listed with its id and kept
in errored_test.tfstate.
Exit codes: 0 all runs passed, 1 otherwise, 130 interrupted.")]
#[allow(missing_docs)]
pub struct TestArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// Only this test file; the path starts here or at the module's folder
    #[arg(long, value_name = "FILE", action = clap::ArgAction::Append)]
    pub filter: Vec<String>,
    /// The folder for test files, seen from the module's
    #[arg(long = "test-directory", value_name = "DIR", default_value = "tests")]
    pub test_directory: String,
    /// Show the plan or the state of every run
    #[arg(long)]
    pub verbose: bool,
    /// Write one JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
    /// How many objects at once
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallelism: u16,
}
