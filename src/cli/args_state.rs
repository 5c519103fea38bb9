//! The command line of the state: `state ...`, `taint`, `untaint`.

use super::args::{EnvArgs, InputArgs, LockArgs};
use clap::{Args, Subcommand};

/// `state ...`
#[derive(Subcommand, Debug)]
pub enum StateCommand {
    /// Addresses of all instances
    #[command(alias = "ls")]
    List(ListArgs),
    /// Attributes of one instance
    Show(ShowArgs),
    /// Move a resource, an instance or a module to another address
    #[command(alias = "move")]
    Mv(MvArgs),
    /// Forget instances without destroying them
    #[command(alias = "remove")]
    Rm(RmArgs),
    /// The state document itself, on standard output
    Pull {
        #[command(flatten)]
        #[allow(missing_docs)]
        env: EnvArgs,
    },
    /// Replace the stored state by a file
    Push(PushArgs),
    /// Give all resources of one provider to another
    ReplaceProvider(ReplaceProviderArgs),
    /// Check the state: lineage, serial, digest, references, duplicates, schemas
    Verify {
        #[command(flatten)]
        #[allow(missing_docs)]
        env: EnvArgs,
    },
    /// Name every secret that the state holds in plain text, and how to stop it
    Secrets {
        #[command(flatten)]
        #[allow(missing_docs)]
        env: EnvArgs,
    },
    /// Earlier states that the store keeps, newest first
    Versions(VersionsArgs),
    /// Make an earlier state the current one
    Restore(RestoreArgs),
}

impl StateCommand {
    /// Its variables and backend settings.
    pub fn input_mut(&mut self) -> &mut InputArgs {
        match self {
            StateCommand::List(a) => &mut a.input,
            StateCommand::Show(a) => &mut a.input,
            StateCommand::Mv(a) => &mut a.input,
            StateCommand::Rm(a) => &mut a.input,
            StateCommand::Pull { env } | StateCommand::Verify { env } | StateCommand::Secrets { env } => &mut env.input,
            StateCommand::Versions(a) => &mut a.env.input,
            StateCommand::Restore(a) => &mut a.input,
            StateCommand::Push(a) => &mut a.input,
            StateCommand::ReplaceProvider(a) => &mut a.input,
        }
    }
}

/// `state list`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl state list stage
  envctl state list stage module.network
  envctl state list stage -id vpc-0123456789abcdef0")]
#[allow(missing_docs)]
pub struct ListArgs {
    /// Environment, then resources or modules to limit the list to
    #[arg(value_name = "[ENV] [ADDR]")]
    pub words: Vec<String>,
    /// Only instances whose attribute `id` is this
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `state show`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl state show stage aws_vpc.main
  envctl state show stage 'aws_eip.ip[\"web\"]' -show-sensitive")]
#[allow(missing_docs)]
pub struct ShowArgs {
    /// Environment and instance; inside a root module the instance alone
    #[arg(value_name = "[ENV] ADDR", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// Show sensitive values
    #[arg(long = "show-sensitive")]
    pub show_sensitive: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `state mv`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl state mv stage aws_vpc.main module.network.aws_vpc.main
  envctl state mv stage 'aws_eip.ip[0]' 'aws_eip.ip[\"web\"]'
  envctl state mv stage module.old module.new

A `moved` block in the configuration does the same for everybody who applies it.")]
#[allow(missing_docs)]
pub struct MvArgs {
    /// Environment, where it is, where it shall be
    #[arg(value_name = "[ENV] FROM TO", required = true, num_args = 2..=3)]
    pub words: Vec<String>,
    /// Say what would move, and change nothing
    #[arg(long = "dry-run", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub dry_run: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `state rm`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl state rm stage aws_s3_bucket.old       all its instances
  envctl state rm stage module.network          everything in the module
  envctl state rm stage 'aws_eip.ip[\"web\"]' -dry-run

The objects go on existing; no plan knows them any more.")]
#[allow(missing_docs)]
pub struct RmArgs {
    /// Environment, then instances, resources or modules
    #[arg(value_name = "[ENV] ADDR", required = true, num_args = 1..)]
    pub words: Vec<String>,
    /// Say what would be forgotten, and change nothing
    #[arg(long = "dry-run", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub dry_run: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `state push`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl state push stage repaired.tfstate
  envctl state pull stage | jq '...' | envctl state push stage -

Refused without -force: an older state, one of another environment, the same serial with other content.")]
#[allow(missing_docs)]
pub struct PushArgs {
    /// Environment and file; - is standard input
    #[arg(value_name = "[ENV] FILE", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// Write it even if the stored state is newer or another environment's
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub force: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `state replace-provider`
#[derive(Args, Debug)]
#[command(after_help = "Example:
  envctl state replace-provider stage hashicorp/aws registry.acme.com/acme/aws")]
#[allow(missing_docs)]
pub struct ReplaceProviderArgs {
    /// Environment, the provider that has the resources, the one that shall have them
    #[arg(value_name = "[ENV] FROM TO", required = true, num_args = 2..=3)]
    pub words: Vec<String>,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `state versions`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl state versions stage
  envctl state versions stage -limit 5

`envctl state restore` makes one of them the current state again.")]
#[allow(missing_docs)]
pub struct VersionsArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// How many at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
}

/// `state restore`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl state versions stage
  envctl state restore stage 3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY
  envctl state restore dev backup               the .backup of a local state")]
#[allow(missing_docs)]
pub struct RestoreArgs {
    /// Environment and version, as `state versions` names it
    #[arg(value_name = "[ENV] VERSION", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
    /// Restore it even if it has another lineage
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub force: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `taint`, `untaint`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl taint stage aws_instance.web              the next apply replaces it
  envctl untaint stage aws_instance.web            or not

For one run: envctl apply stage -replace aws_instance.web")]
#[allow(missing_docs)]
pub struct TaintArgs {
    /// Environment and instance; inside a root module the instance alone
    #[arg(value_name = "[ENV] ADDR", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// An instance that is not there is only a warning
    #[arg(long = "allow-missing", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub allow_missing: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `history`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl history stage
  envctl history stage -limit 100 -json")]
#[allow(missing_docs)]
pub struct HistoryArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// How many runs at most, the newest first
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub limit: usize,
    /// The records as JSON
    #[arg(long)]
    pub json: bool,
}
