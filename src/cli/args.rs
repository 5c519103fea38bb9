//! The command line as clap sees it. One struct per command, shared groups flattened in.

use super::args_govern::GuardArgs;
use super::args_lock::{LockCommand, UnlockArgs};
use super::args_state::{HistoryArgs, StateCommand, TaintArgs};
use super::args_workspace::{MigrateArgs, WorkspaceCommand};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// From an HCL environment definition to a running application.
#[derive(Parser, Debug)]
#[command(name = "envctl", version, propagate_version = true, arg_required_else_help = true, disable_help_subcommand = false)]
#[command(after_help = "Examples:
  envctl bootstrap stage          make the state bucket and the lock table
  envctl plan stage               show what would change, infrastructure and application
  envctl apply prod               change it, after a question
  envctl deploy stage             application files and install only
  envctl destroy sandbox          remove everything the state holds

An environment is a folder under environments/, or any path to a root module.
Exit codes: 0 done, 1 error, 2 differences (with -detailed-exitcode), 130 interrupted.")]
pub struct Cli {
    /// Change to this folder first
    #[arg(short = 'C', long = "chdir", global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// No colours
    #[arg(long = "no-color", global = true)]
    pub no_color: bool,
    /// Show calls, retries and throttles per API at the end
    #[arg(long, global = true)]
    pub stats: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Whether standard output carries a stream of JSON objects and nothing else.
    #[must_use]
    pub fn streams(&self) -> bool {
        match &self.command {
            Command::Plan(a) => a.planning.json,
            Command::Apply(a) => a.planning.json,
            Command::Destroy(a) => a.planning.json,
            Command::Test(a) => a.json,
            _ => false,
        }
    }
}

/// The commands of this build.
#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)]
pub enum Command {
    /// Show what apply would change: infrastructure, files, commands
    Plan(PlanArgs),
    /// Change the infrastructure, then deploy the applications
    Apply(ApplyArgs),
    /// Deploy applications only; no resource is changed
    Deploy(DeployArgs),
    /// Bring an earlier release of an application back
    Rollback(super::args_rollback::RollbackArgs),
    /// Destroy everything the state holds
    Destroy(DestroyArgs),
    /// Show output values
    Output(OutputArgs),
    /// An environment at a glance: state, lock, last run, applications and their health
    Status(super::args_reach::StatusArgs),
    /// Log in to an application's host
    Ssh(super::args_reach::SshArgs),
    /// Run a command on an application's hosts
    Exec(super::args_reach::ExecArgs),
    /// What is not as the last apply and the last deploy left it
    Drift(super::args_reach::DriftArgs),
    /// Show what an application says
    Logs(super::args_reach::LogsArgs),
    /// Make, adopt or complete the state bucket and the lock table
    Bootstrap(BootstrapArgs),
    /// Make the files of an environment, from a template or from another one
    New(super::args_new::NewArgs),
    /// Look at everything a run needs, and say how to mend what is wrong
    Doctor(super::args_health::DoctorArgs),
    /// Show what differs between two environments, a working copy and a host, and whether it was meant to
    Compare(super::args_compare::CompareArgs),
    /// What an environment costs a month
    Cost(super::args_govern::CostArgs),
    /// Prices, as AWS publishes them
    #[command(subcommand)]
    Prices(super::args_govern::PricesCommand),
    /// The IAM policy that an environment needs
    Policy(super::args_govern::PolicyArgs),
    /// Find what will hurt later: secrets in git, open doors, hard-coded places
    Audit(super::args_compare::AuditArgs),
    /// Work on .env files
    #[command(subcommand)]
    Env(super::args_compare::EnvCommand),
    /// Check a configuration without any call
    Validate(ValidateArgs),
    /// Put configuration files into canonical layout
    Fmt(FmtArgs),
    /// Evaluate expressions against the state
    Console(super::args_language::ConsoleArgs),
    /// Run the test files of a module, and take down what they made
    Test(super::args_language::TestArgs),
    /// Draw which resources need which
    Graph(super::args_language::GraphArgs),
    /// Show which module needs which provider
    Providers(super::args_language::ProvidersArgs),
    /// Show a saved plan, or the state
    Show(ShowArgs),
    /// Look into the state, and change it by hand
    #[command(subcommand)]
    State(StateCommand),
    /// Bring an object that exists under management; only the state is changed
    Import(ImportArgs),
    /// Who applied, deployed or destroyed what, when, from which commit
    History(HistoryArgs),
    /// Take, list and remove snapshots of the environment's databases
    #[command(subcommand)]
    Snapshot(super::args_snapshot::SnapshotCommand),
    /// Restore a database from a snapshot or to a moment, and put it in place
    Restore(super::args_snapshot::RestoreDatabaseArgs),
    /// Several states of one configuration
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// Move the state to the backend that the configuration names now
    Migrate(MigrateArgs),
    /// Mark an instance to be replaced by the next apply
    Taint(TaintArgs),
    /// Take the mark of `taint` away
    Untaint(TaintArgs),
    /// See, take and give back the lock
    #[command(subcommand)]
    Lock(LockCommand),
    /// Break a lock that nobody holds any more
    #[command(alias = "force-unlock")]
    Unlock(UnlockArgs),
    /// Fetch the modules that are called, and lock what they are
    Get(GetArgs),
    /// Fetch modules, check the backend (never required; for scripts that call it)
    Init(InitArgs),
}

/// The environment and what its configuration is given.
#[derive(Args, Debug, Clone, Default)]
pub struct EnvArgs {
    /// Environment name or path of a root module; `.` when left out
    #[arg(value_name = "ENV")]
    pub env: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub input: InputArgs,
}

/// Variables and backend settings.
#[derive(Args, Debug, Clone, Default)]
pub struct InputArgs {
    /// Set a root variable: name=value
    #[arg(long = "var", value_name = "NAME=VALUE", action = clap::ArgAction::Append)]
    pub var: Vec<String>,
    /// Read root variables from a file
    #[arg(long = "var-file", value_name = "FILE", action = clap::ArgAction::Append)]
    pub var_file: Vec<String>,
    /// Read name=value lines; the file is parsed, never run
    #[arg(long = "env-file", value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Complete the backend: a file, or key=value
    #[arg(long = "backend-config", value_name = "FILE|KEY=VALUE")]
    pub backend_config: Vec<String>,
    /// Ask for missing variables on a terminal
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL")]
    pub input: Option<bool>,
    /// `-var` and `-var-file` in the order given; filled in after parsing
    #[arg(skip)]
    pub ordered: Vec<OrderedVar>,
    /// Show only the summaries of warnings
    #[arg(long = "compact-warnings")]
    pub compact_warnings: bool,
    /// Values that a saved plan was made with, for sources of modules that use them
    #[arg(skip)]
    pub settled: std::collections::BTreeMap<crate::value::Name, crate::value::Value>,
}

/// A variable from the command line, in its place among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderedVar {
    /// `-var name=value`
    Value(String),
    /// `-var-file FILE`
    File(String),
}

/// What limits and steers a plan.
#[derive(Args, Debug, Clone)]
pub struct PlanningArgs {
    /// Only this resource or module, and what it needs
    #[arg(long, value_name = "ADDR")]
    pub target: Vec<String>,
    /// All but this resource or module, and what needs it
    #[arg(long, value_name = "ADDR", conflicts_with = "target")]
    pub exclude: Vec<String>,
    /// Replace this instance
    #[arg(long, value_name = "ADDR")]
    pub replace: Vec<String>,
    /// Read the objects before planning
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL")]
    pub refresh: bool,
    /// Only take over what changed outside
    #[arg(long = "refresh-only", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub refresh_only: bool,
    /// How many objects at once
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallelism: u16,
    /// Show sensitive values
    #[arg(long = "show-sensitive")]
    pub show_sensitive: bool,
    /// Leave the application layer out
    #[arg(long = "infra-only")]
    pub infra_only: bool,
    /// Write one JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}

impl Default for PlanningArgs {
    fn default() -> Self {
        PlanningArgs {
            target: Vec::new(),
            exclude: Vec::new(),
            replace: Vec::new(),
            refresh: true,
            refresh_only: false,
            parallelism: 10,
            show_sensitive: false,
            infra_only: false,
            json: false,
        }
    }
}

/// How to take the lock.
#[derive(Args, Debug, Clone)]
pub struct LockArgs {
    /// Take the lock; =false only when nobody else can be at work
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL")]
    pub lock: bool,
    /// How long to wait for a held lock: 30s, 5m
    #[arg(long = "lock-timeout", default_value = "0s", value_name = "DURATION")]
    pub lock_timeout: String,
}

/// `plan`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl plan stage
  envctl plan stage -out stage.plan        keep it for `envctl apply stage.plan`
  envctl plan prod -detailed-exitcode      2 when something would change
  envctl plan stage -target aws_instance.web")]
#[allow(missing_docs)]
pub struct PlanArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    #[command(flatten)]
    pub planning: PlanningArgs,
    #[command(flatten)]
    pub lock: LockArgs,
    /// Keep the plan in this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write configuration for imports that have none into this new file
    #[arg(long = "generate-config-out", value_name = "FILE", conflicts_with = "out")]
    pub generate_config_out: Option<PathBuf>,
    /// Plan to destroy everything
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub destroy: bool,
    /// Exit code 2 when there are changes
    #[arg(long = "detailed-exitcode")]
    pub detailed_exitcode: bool,
}

/// `apply`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl apply stage
  envctl apply stage.plan                  exactly what was planned
  envctl apply stage -auto-approve         without a question
  envctl apply prod -auto-approve -confirm prod      the same where the environment is protected
  envctl apply prod -override max_destroys=\"two old machines\"
  envctl apply stage -infra-only           leave the applications alone")]
#[allow(missing_docs)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    #[command(flatten)]
    pub planning: PlanningArgs,
    #[command(flatten)]
    pub lock: LockArgs,
    /// Apply this saved plan
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub guard: GuardArgs,
    /// Destroy everything
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub destroy: bool,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
}

/// `destroy`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl destroy sandbox
  envctl destroy sandbox -target aws_instance.old      only that, and what needs it
  envctl destroy prod -auto-approve -confirm prod      a protected environment, without a question")]
#[allow(missing_docs)]
pub struct DestroyArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    #[command(flatten)]
    pub planning: PlanningArgs,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub guard: GuardArgs,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
}

/// `deploy`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl deploy stage                      all applications of stage
  envctl deploy stage dashboard            one of them")]
#[allow(missing_docs)]
pub struct DeployArgs {
    /// Environment name or path of a root module
    #[arg(value_name = "ENV")]
    pub env: Option<String>,
    /// Only these applications
    #[arg(value_name = "APP")]
    pub apps: Vec<String>,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub guard: GuardArgs,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
    /// Show what would be done, do nothing
    #[arg(long = "dry-run")]
    pub dry_run: bool,
    /// Show sensitive values
    #[arg(long = "show-sensitive")]
    pub show_sensitive: bool,
}

/// `output`
#[derive(Args, Debug)]
#[allow(missing_docs)]
pub struct OutputArgs {
    /// Environment name or path of a root module
    #[arg(value_name = "ENV")]
    pub env: Option<String>,
    /// Only this output, sensitive or not
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// As JSON, sensitive values included
    #[arg(long)]
    pub json: bool,
    /// The bare text of a string, number or bool
    #[arg(long, conflicts_with = "json")]
    pub raw: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `import`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl import stage aws_instance.web i-0123456789abcdef0
  envctl import stage 'aws_eip.ip[\"a\"]' eipalloc-1

Several at once, shown in the plan first: import blocks.")]
#[allow(missing_docs)]
pub struct ImportArgs {
    /// Environment; it may be left out in front of the address
    #[arg(value_name = "ENV")]
    pub env: String,
    /// Where the object shall be
    #[arg(value_name = "ADDR")]
    pub addr: String,
    /// What the provider knows it by
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `show`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl show stage                        the state of stage
  envctl show stage.plan                   a saved plan
  envctl show -json stage.plan             for programs; sensitive values included")]
#[allow(missing_docs)]
pub struct ShowArgs {
    /// A saved plan's file, or an environment whose state is shown
    #[arg(value_name = "FILE|ENV")]
    pub what: Option<String>,
    /// As JSON, sensitive values included
    #[arg(long)]
    pub json: bool,
    /// Show sensitive values
    #[arg(long = "show-sensitive")]
    pub show_sensitive: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `bootstrap`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl bootstrap           the homes of all environments' states
  envctl bootstrap stage     only that of stage

In a project that has a root module state/, that module is applied: bucket and table that exist are imported.")]
#[allow(missing_docs)]
pub struct BootstrapArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
}

/// `validate`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl validate stage              all mistakes at once; 1 when there are any
  envctl validate                    the root module in this folder
  envctl validate prod -json         for editors and pipelines

No credentials, no state and no values of variables are needed; the network only for modules that
were not fetched yet.")]
#[allow(missing_docs)]
pub struct ValidateArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// As JSON, in the format of `tofu validate -json`
    #[arg(long)]
    pub json: bool,
}

/// `fmt`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl fmt                     the files in this folder; the names of changed ones are printed
  envctl fmt -recursive          those in all folders below too
  envctl fmt -check -recursive   change nothing; exit code 3 when something would change
  envctl fmt -diff -write=false  show what would change
  envctl fmt - < main.tf         from standard input to standard output

Exit codes: 0 done, 2 a file does not parse, 3 -check found differences.")]
pub struct FmtArgs {
    /// Files and folders; - for standard input; the current folder when left out
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Change nothing; exit code 3 when something would change
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub check: bool,
    /// Show the differences
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub diff: bool,
    /// Folders inside folders too
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub recursive: bool,
    /// Write the files
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub write: bool,
    /// Name the files that are not in canonical layout
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub list: bool,
}

/// `get`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl get stage                 fetch what is missing, drop what is no longer called from the lock file
  envctl get stage -upgrade        choose versions, branches and archives anew

Commands that need modules fetch them by themselves. They are kept in .envctl/modules, and
.envctl.lock.json beside the root module says which they are: keep that file in version control.")]
#[allow(missing_docs)]
pub struct GetArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// Choose versions anew instead of what is locked
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub upgrade: bool,
    /// The same, as `tofu get` calls it
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub update: bool,
}

/// `init`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl init stage                fetch modules, see that the state can be reached
  envctl init stage -upgrade       choose versions of modules anew
  envctl init stage -backend=false only the modules, without credentials")]
#[allow(missing_docs)]
pub struct InitArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// Choose versions of modules anew instead of what is locked
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub upgrade: bool,
    /// Ask the backend for the state
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub backend: bool,
    /// Fetch modules
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL", action = clap::ArgAction::Set)]
    pub get: bool,
}
