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
