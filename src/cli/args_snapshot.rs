//! The command line of data safety: `snapshot ...`, `restore`.

use super::args::{EnvArgs, InputArgs, LockArgs};
use clap::{Args, Subcommand};

/// `snapshot ...`
#[derive(Subcommand, Debug)]
pub enum SnapshotCommand {
    /// Take a snapshot of a database now, and wait for it
    Create(SnapshotCreateArgs),
    /// Snapshots of the environment's databases, and how far back they can be restored
    List(SnapshotListArgs),
    /// Remove the oldest snapshots of the rules
    Prune(SnapshotPruneArgs),
}

impl SnapshotCommand {
    /// Its variables and backend settings.
    pub fn input_mut(&mut self) -> &mut InputArgs {
        match self {
            SnapshotCommand::Create(a) => &mut a.env.input,
            SnapshotCommand::List(a) => &mut a.env.input,
            SnapshotCommand::Prune(a) => &mut a.env.input,
        }
    }
}

/// Which database.
#[derive(Args, Debug, Clone, Default)]
pub struct WhichArgs {
    /// The database of this snapshot rule
    #[arg(long, value_name = "NAME", conflicts_with = "instance")]
    pub rule: Option<String>,
    /// The database with this identifier
    #[arg(long, value_name = "ID")]
    pub instance: Option<String>,
}

/// `snapshot create`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl snapshot create prod                            the environment's only database
  envctl snapshot create prod -rule main                 as the rule says, tags included
  envctl snapshot create prod -instance prod-db -name before-the-migration

Nothing of the environment is changed, so no lock is taken.")]
#[allow(missing_docs)]
pub struct SnapshotCreateArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    #[command(flatten)]
    pub which: WhichArgs,
    /// Name of the snapshot
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// How long it may take
    #[arg(long, default_value = "60m", value_name = "DURATION")]
    pub timeout: String,
}

/// `snapshot list`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl snapshot list prod
  envctl snapshot list prod -instance prod-db-before-20260102-030405
  envctl snapshot list prod -json")]
#[allow(missing_docs)]
pub struct SnapshotListArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    #[command(flatten)]
    pub which: WhichArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `snapshot prune`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl snapshot prune prod                   as many stay as each rule says
  envctl snapshot prune prod -rule main -keep 2

Only snapshots that a rule took are removed: never the service's own backups, never a snapshot made by hand.")]
#[allow(missing_docs)]
pub struct SnapshotPruneArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// Only this rule
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
    /// How many stay; else what the rule says
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    #[command(flatten)]
    pub lock: LockArgs,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
}

/// `restore`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl restore prod -snapshot prod-main-20260102-030405
  envctl restore prod -to-time 2026-01-02T03:04:05Z
  envctl restore prod -to-time latest -switch none -as prod-db-look
  envctl restore prod -snapshot prod-main-20260102-030405 -abandon     forget one that was begun

The old database is never deleted. The same command again goes on where a restore stopped.")]
#[allow(missing_docs)]
pub struct RestoreDatabaseArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// From this snapshot
    #[arg(long, value_name = "ID", required_unless_present = "to_time", conflicts_with = "to_time")]
    pub snapshot: Option<String>,
    /// To this moment (2026-01-02T03:04:05Z), or `latest`
    #[arg(long = "to-time", value_name = "TIME|latest")]
    pub to_time: Option<String>,
    #[command(flatten)]
    pub which: WhichArgs,
    /// Name of the new database (with -switch rename: until it takes the old one's)
    #[arg(long = "as", value_name = "NAME")]
    pub target: Option<String>,
    /// What puts the new database in the old one's place
    #[arg(long, value_name = "HOW", default_value = "rename", value_parser = ["rename", "variable", "none"])]
    pub switch: String,
    /// How long each step may take
    #[arg(long, default_value = "4h", value_name = "DURATION")]
    pub timeout: String,
    /// Forget a restore that was begun; what it made stays
    #[arg(long)]
    pub abandon: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub guard: super::args_govern::GuardArgs,
    /// Do not ask
    #[arg(long = "auto-approve", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub auto_approve: bool,
}
