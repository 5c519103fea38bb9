//! The command line of workspaces and of migration.

use super::args::{EnvArgs, InputArgs, LockArgs};
use clap::{Args, Subcommand};

/// `workspace ...`
#[derive(Subcommand, Debug)]
pub enum WorkspaceCommand {
    /// All workspaces; a star marks the selected one
    List {
        #[command(flatten)]
        #[allow(missing_docs)]
        env: EnvArgs,
    },
    /// The name of the selected workspace
    Show {
        #[command(flatten)]
        #[allow(missing_docs)]
        env: EnvArgs,
    },
    /// Make a workspace and select it
    New(NamedArgs),
    /// Select a workspace
    Select(NamedArgs),
    /// Remove an empty workspace
    Delete(NamedArgs),
}

impl WorkspaceCommand {
    /// Its variables and backend settings.
    pub fn input_mut(&mut self) -> &mut InputArgs {
        match self {
            WorkspaceCommand::List { env } | WorkspaceCommand::Show { env } => &mut env.input,
            WorkspaceCommand::New(a) | WorkspaceCommand::Select(a) | WorkspaceCommand::Delete(a) => &mut a.input,
        }
    }
}

/// `workspace new|select|delete`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl workspace new stage blue                  made and selected
  envctl workspace select stage blue -or-create
  envctl workspace delete stage blue               refused while it holds objects, without -force")]
#[allow(missing_docs)]
pub struct NamedArgs {
    /// Environment and workspace; inside a root module the workspace alone
    #[arg(value_name = "[ENV] NAME", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// select: make it if it is not there
    #[arg(long = "or-create", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub or_create: bool,
    /// delete: even if its state holds objects, which nobody knows any more then
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub force: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `migrate`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl migrate stage                             from where `tofu init` recorded it, or terraform.tfstate
  envctl migrate stage -from local -from-config path=old.tfstate
  envctl migrate stage -from s3 -from-config bucket=old -from-config key=stage -from-config region=eu-west-1

The target is the backend of the configuration as it is now, with -backend-config.")]
#[allow(missing_docs)]
pub struct MigrateArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// Type of the backend that has the state now
    #[arg(long, value_name = "local|s3")]
    pub from: Option<String>,
    /// One of its settings
    #[arg(long = "from-config", value_name = "KEY=VALUE", requires = "from")]
    pub from_config: Vec<String>,
    /// Replace what lies at the target even if it is newer or another environment's
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub force: bool,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
    #[command(flatten)]
    pub lock: LockArgs,
}
