//! The command lines of `compare`, `env check` and `audit`.

use super::args::InputArgs;
use clap::{Args, ValueEnum};

/// How a comparison is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a wiki or a pull request.
    Markdown,
}

/// `compare`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl compare stage prod                         what differs, and was it meant to
  envctl compare stage prod -format markdown        for an issue or a wiki
  envctl compare local:../product prod -files-only  a working copy with its .env against what prod would get
  envctl compare host:prod/web prod                 what is really on the host against what prod declares
  envctl compare local:. host:prod/web              a working copy against the host

A side is an environment (name or path), local:PATH, or host:ENV/APP. Rules are expect blocks in environment blocks.
Nothing is changed, and no lock is taken. Exit codes: 0 no unexpected difference, 2 differences, 1 error.")]
#[allow(missing_docs)]
pub struct CompareArgs {
    /// The first side
    #[arg(value_name = "A")]
    pub a: String,
    /// The second side
    #[arg(value_name = "B")]
    pub b: String,
    /// How it is written
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
    /// As JSON; the same as -format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Also what differs by nature and what is not known yet
    #[arg(long)]
    pub all: bool,
    /// Resources, variables, outputs, providers and modules only
    #[arg(long = "infra-only")]
    pub infra_only: bool,
    /// Files, refs, commits, services and facts only
    #[arg(long = "files-only", conflicts_with = "infra_only")]
    pub files_only: bool,
    #[command(flatten)]
    pub input: InputArgs,
}
