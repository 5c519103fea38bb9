//! The command line of `doctor`.

use super::args::EnvArgs;
use clap::Args;

/// `doctor`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl doctor                 all environments
  envctl doctor stage           one of them
  envctl doctor prod -json      for pipelines

Looks at: configuration and variables, credentials and their account, bucket (versioning, encryption, public access
block, lifecycle rules, conditional writes), lock table, state, lock and journal, hosts, refs and templates of the
applications, and whether guards can be judged. Nothing is changed. Exit code 1 when something is wrong; warnings and notes leave it 0.")]
#[allow(missing_docs)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
