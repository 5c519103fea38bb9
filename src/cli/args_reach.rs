//! The command line of what reaches hosts: `ssh`, `exec`, `logs`, `drift`, `status`.

use super::args::{EnvArgs, InputArgs};
use clap::Args;

/// `ssh`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl ssh stage dashboard                    a shell on its host
  envctl ssh stage                              the same, where there is one application
  envctl ssh stage dashboard -host 10.0.0.7     one of several hosts
  envctl ssh stage dashboard -- sudo htop       one command, with a terminal

The system's ssh takes over, with user, port, key, jump hosts and configuration of the app block and with the host key
that the last deploy pinned. Nothing that it shows is masked.")]
#[allow(missing_docs)]
pub struct SshArgs {
    /// Environment name or path of a root module; inside its folder it may be left out
    #[arg(value_name = "ENV")]
    pub env: Option<String>,
    /// Application; needed where there are several
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// Which of its hosts
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// A command instead of a shell, after --
    #[arg(value_name = "CMD", last = true)]
    pub command: Vec<String>,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `exec`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl exec stage dashboard -- uptime
  envctl exec stage dashboard -- 'cd dashboard && git log -1'      one word is shell text
  envctl exec prod dashboard -all -- df -h /                       every host, lines with its name
  envctl exec prod dashboard -host 10.0.0.7 -- systemctl status docker
  envctl exec stage dashboard -- psql app < fixtures.sql           what is piped in goes to the command

The exit code is the command's; with several hosts the highest. Secrets of the application that the command prints are
masked. A pipe or a file on standard input is passed on, with -all to every host; a terminal is not: for that use
`envctl ssh ... -- CMD`. In a loop that reads its own input, add < /dev/null.")]
#[allow(missing_docs)]
pub struct ExecArgs {
    /// Environment name or path of a root module; inside its folder it may be left out
    #[arg(value_name = "ENV")]
    pub env: Option<String>,
    /// Application; needed where there are several
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// Which of its hosts
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    pub host: Option<String>,
    /// All of its hosts at once
    #[arg(long)]
    pub all: bool,
    /// The command, after --
    #[arg(value_name = "CMD", last = true, required = true)]
    pub command: Vec<String>,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `logs`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl logs stage dashboard                   the last 100 lines
  envctl logs stage dashboard -f                and what comes
  envctl logs stage dashboard -n 20 backend     one service: of docker compose, or a systemd unit

What is shown: the log block of the application; else docker compose, where a services block says so; else the
systemd unit that is named here. Secrets of the application are masked.")]
#[allow(missing_docs)]
pub struct LogsArgs {
    /// Environment name or path of a root module; inside its folder it may be left out
    #[arg(value_name = "ENV")]
    pub env: Option<String>,
    /// Application; needed where there are several
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// Service of docker compose, or systemd unit
    #[arg(value_name = "SERVICE")]
    pub service: Option<String>,
    /// Which of its hosts; all of them when left out
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Go on with what comes, until Ctrl-C
    #[arg(short = 'f', long)]
    pub follow: bool,
    /// How many lines
    #[arg(short = 'n', long, default_value_t = 100, value_name = "N")]
    pub lines: u32,
    #[command(flatten)]
    pub input: InputArgs,
}

/// `drift`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl drift prod                    objects, files, checkouts and facts, the worst first
  envctl drift prod -json              for a scheduled job
  envctl drift prod -apps-only         hosts only; no call to a cloud

Objects are compared with the state, hosts with what the last deploy recorded, facts with that and with what they are
expected to be. Values on hosts are never shown. Nothing is changed, and no lock is taken.
Exit codes: 0 nothing drifted, 2 something did, 1 error or something could not be looked at.")]
#[allow(missing_docs)]
pub struct DriftArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Leave the applications out
    #[arg(long = "infra-only", conflicts_with = "apps_only")]
    pub infra_only: bool,
    /// Leave the objects out
    #[arg(long = "apps-only")]
    pub apps_only: bool,
}

/// `status`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl status stage
  envctl status prod -json        for programs

State, last run, lock, runs that did not end, names of outputs; per application what is deployed, since when, by whom,
whether its host answers, its health checks (each tried once) and facts that are not as expected. Hosts get a few
seconds, all at the same time. Nothing is changed; the exit code is 0 whatever is found, and 1 when the state cannot be
read.")]
#[allow(missing_docs)]
pub struct StatusArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
