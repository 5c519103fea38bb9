//! The command line of locks: `lock ...`, `unlock`.

use super::args::{EnvArgs, InputArgs};
use clap::{Args, Subcommand};

/// `lock ...`
#[derive(Subcommand, Debug)]
pub enum LockCommand {
    /// Who holds the lock, since when, for what
    Show(LockShowArgs),
    /// Take the lock and keep it after this command: nobody changes the environment meanwhile
    Acquire(LockAcquireArgs),
    /// Give back the lock that you acquired
    Release(LockReleaseArgs),
}

impl LockCommand {
    /// Its variables and backend settings.
    pub fn input_mut(&mut self) -> &mut InputArgs {
        match self {
            LockCommand::Show(a) => &mut a.env.input,
            LockCommand::Acquire(a) => &mut a.env.input,
            LockCommand::Release(a) => &mut a.env.input,
        }
    }
}

/// `lock show`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl lock show stage
  envctl lock show stage -json")]
#[allow(missing_docs)]
pub struct LockShowArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `lock acquire`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl lock acquire prod -reason \"restoring the database\"
  envctl lock release prod")]
#[allow(missing_docs)]
pub struct LockAcquireArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// Said to everybody who finds the lock held
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// How long to wait for a held lock: 30s, 5m
    #[arg(long = "lock-timeout", default_value = "0s", value_name = "DURATION")]
    pub lock_timeout: String,
}

/// `lock release`
#[derive(Args, Debug)]
#[allow(missing_docs)]
pub struct LockReleaseArgs {
    #[command(flatten)]
    pub env: EnvArgs,
}

/// `unlock`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl lock show stage                           who holds it, and its id
  envctl unlock stage 2f8c0a44-9d1e-4f5e-8a55-0d7f2f0b4c11

A lock of envctl whose holder died is taken over without this.")]
#[allow(missing_docs)]
pub struct UnlockArgs {
    /// Environment name or path of a root module
    #[arg(value_name = "ENV")]
    pub env: String,
    /// Lock id, as the refusal shows it; the environment may be left out in front of it
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Do not ask
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL")]
    pub force: bool,
    #[command(flatten)]
    pub input: InputArgs,
}
