//! The command lines of `compare`, `env check` and `audit`.

use super::args::InputArgs;
use clap::{Args, Subcommand, ValueEnum};

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
Nothing is changed, and no lock is taken. Exit codes: 0 no unexpected difference, 2 differences, 1 error or
a file that is there could not be read.")]
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

/// `env ...`
#[derive(Subcommand, Debug)]
pub enum EnvCommand {
    /// Check .env files against samples, applications, git and hosts
    Check(EnvCheckArgs),
}

/// `env check`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl env check                  all environments, and the working copy in this folder
  envctl env check stage            the applications of stage: required keys, placeholders
  envctl env check stage -host      and what is really on their hosts
  envctl env check ../product       a working copy: samples, real files, git, what nothing reads
  envctl env check prod -json       for pipelines

Finds keys that are missing, undeclared, empty, duplicated, not read by anything or still placeholders, secrets in git, and
lines that are no assignments. \"# optional\" behind a key of a sample, or alone above it, says that it may be empty.
No value is ever shown. Exit codes: 0 nothing is wrong, 2 something is, 1 error or
something could not be looked at.")]
#[allow(missing_docs)]
pub struct EnvCheckArgs {
    /// Environments and working copies; all of them, and this folder, when left out
    #[arg(value_name = "ENV|PATH")]
    pub targets: Vec<String>,
    /// Also look at the applications' hosts
    #[arg(long)]
    pub host: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `audit`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl audit                      this folder and every configuration in it
  envctl audit prod                 the project, and the configuration of prod only
  envctl audit ../product           another working copy
  envctl audit -level high -json    for pipelines: what is high or critical

Finds hard-coded paths and hosts, secrets and states in git, missing ignore rules, open security groups, databases, buckets
and disks without protection, commands that switch protection off, images without a version. No secret is ever shown.
Ignore with an audit block, audit { ignore = [\"tls-off:scripts/lab/*\"] }, or on the line: # envctl:ignore tls-off reason.
Exit codes: 0 nothing was found, 2 something at or above the level was, 1 error.")]
#[allow(missing_docs)]
pub struct AuditArgs {
    /// An environment, or a folder; this folder when left out
    #[arg(value_name = "ENV|PATH")]
    pub target: Option<String>,
    /// Leave out what is less bad
    #[arg(long, default_value = "low", value_name = "LEVEL", value_parser = ["low", "medium", "high", "critical"])]
    pub level: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub input: InputArgs,
}
