//! The command line of `rollback`.

use super::args::{InputArgs, LockArgs};
use super::args_govern::GuardArgs;
use clap::Args;

/// `rollback`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl rollback stage web                        the release before
  envctl rollback stage web -list                  which releases there are
  envctl rollback stage web -to 20261121T113000Z-1a2b3c4d
  envctl rollback stage web -to 1a2b3c4d           the last good release of that commit

Files and commit of the release come back, install runs again, and the health checks have to hold. The next plan shows
what the configuration asks for, as always.")]
#[allow(missing_docs)]
pub struct RollbackArgs {
    /// Environment name or path of a root module; inside its folder it may be left out
    #[arg(value_name = "ENV")]
    pub env: Option<String>,
    /// Application; needed where there are several
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// Which release: its name or its commit; the one before when left out
    #[arg(long, value_name = "ID", conflicts_with = "list")]
    pub to: Option<String>,
    /// List the releases
    #[arg(long)]
    pub list: bool,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub guard: GuardArgs,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
}
