//! The gate after a deploy: every health check holds before its deadline, or the release is not good.

use super::connect::pause;
use super::events::{DeployEvent, WaitingFor};
use super::request::{AppRequest, Context, RunOptions};
use crate::app::{Check, HealthSpec, checks};
use crate::diag::Diagnostic;
use crate::remote::{Remote, RemoteOutput};
use futures::future::try_join_all;
use std::time::{Duration, Instant};

/// The shortest pause between two attempts.
const LEAST: Duration = Duration::from_millis(50);
/// How many lines of a failed check its error repeats.
const LAST_LINES: usize = 15;

/// A check that did not hold.
#[derive(Debug)]
pub struct Unhealthy {
    /// The check as shown.
    pub label: String,
    /// What the last attempt found.
    pub why: String,
    /// The last lines that its command printed on the host.
    pub output: Vec<String>,
    /// How long it was tried.
    pub after: Duration,
}

/// Why a gate did not open.
pub enum Closed {
    /// A check does not hold.
    Unhealthy(Unhealthy),
    /// The run is to stop.
    Stopped(Diagnostic),
}

/// Why one attempt failed.
struct Failure {
    why: String,
    output: Vec<String>,
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Failure { why, output: Vec::new() }
    }
}

/// Waits until all health checks of an app hold, all at once.
pub async fn gate(ctx: &Context<'_>, request: &AppRequest, remote: &dyn Remote, options: &RunOptions<'_>) -> Result<(), Closed> {
    try_join_all(request.spec.health.iter().map(|check| hold(ctx, request, remote, options, check))).await.map(|_| ())
}

async fn hold(
    ctx: &Context<'_>,
    request: &AppRequest,
    remote: &dyn Remote,
    options: &RunOptions<'_>,
    check: &HealthSpec,
) -> Result<(), Closed> {
    let (start, mut in_a_row) = (Instant::now(), 0u32);
    loop {
        let failure = match attempt(ctx, request, Some(remote), check).await {
            Ok(()) => {
                in_a_row += 1;
                if in_a_row >= check.stable {
                    return Ok(());
                }
                Failure::from(format!("it held {in_a_row} times in a row, not {}", check.stable))
            }
            Err(failure) => {
                in_a_row = 0;
                failure
            }
        };
        let (elapsed, interval) = (start.elapsed(), check.interval.max(LEAST));
        let why = ctx.redactor.redact(&failure.why);
        if elapsed + interval > check.deadline {
            let output = failure.output.iter().map(|line| ctx.redactor.redact(line)).collect();
            return Err(Closed::Unhealthy(Unhealthy { label: ctx.redactor.redact(&check.label()), why, output, after: elapsed }));
        }
        options.sink.event(DeployEvent::Waiting {
            app: request.label(),
            host: request.spec.host.to_string(),
            what: WaitingFor::Health(ctx.redactor.redact(&check.label())),
            elapsed,
            left: check.deadline.saturating_sub(elapsed),
            last: Some(why),
        });
        pause(request, options, interval).await.map_err(Closed::Stopped)?;
    }
}

/// Tries a check once; without a connection only those that this machine makes.
pub async fn once(ctx: &Context<'_>, request: &AppRequest, remote: Option<&dyn Remote>, check: &HealthSpec) -> Result<(), String> {
    attempt(ctx, request, remote, check).await.map_err(|failure| failure.why)
}

async fn attempt(ctx: &Context<'_>, request: &AppRequest, remote: Option<&dyn Remote>, check: &HealthSpec) -> Result<(), Failure> {
    if check.texts().any(|text| text.known().is_none()) {
        return Err(Failure::from("its value is still unknown".to_string()));
    }
    if check.from_host {
        return from_host(request, remote, check).await;
    }
    let limit = Duration::from_secs(check.seconds());
    match &check.check {
        Check::Http { url, .. } => {
            let answer = ctx.local.http(url.known().unwrap_or(""), limit).await?;
            Ok(check.judge(&answer)?)
        }
        Check::Tcp(address) => Ok(ctx.local.tcp(address.known().unwrap_or(""), limit).await?),
        Check::Command { .. } => from_host(request, remote, check).await,
    }
}

async fn from_host(request: &AppRequest, remote: Option<&dyn Remote>, check: &HealthSpec) -> Result<(), Failure> {
    let Some(remote) = remote else { return Err(Failure::from("the host does not answer".to_string())) };
    let Some(command) = checks::health(&request.spec, check) else {
        return Err(Failure::from("its value is still unknown".to_string()));
    };
    // The host ends the command itself; this is for a connection that hangs.
    let limit = Duration::from_secs(check.seconds() + 5);
    let output = match tokio::time::timeout(limit, remote.run(&command, None)).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(Failure::from(error.message().to_string())),
        Err(_) => return Err(Failure::from(format!("no answer within {} seconds", limit.as_secs()))),
    };
    if output.ok() {
        return match &check.check {
            Check::Http { .. } => match checks::parse_curl(&String::from_utf8_lossy(&output.stdout)) {
                Some(answer) => Ok(check.judge(&answer)?),
                None => Err(Failure::from("curl on the host gave no status".to_string())),
            },
            _ => Ok(()),
        };
    }
    Err(Failure { why: ended(check, &output), output: last_lines(&output) })
}

fn ended(check: &HealthSpec, output: &RemoteOutput) -> String {
    match (&check.check, output.code) {
        (Check::Http { .. }, Some(127)) => "curl is not installed on the host".into(),
        (Check::Tcp(_), Some(127)) => "bash or timeout is not installed on the host".into(),
        (_, Some(124)) => "it took too long".into(),
        (Check::Http { .. } | Check::Tcp(_), _) => output.error_text().lines().last().unwrap_or("no connection").to_string(),
        (_, Some(code)) => format!("it ended with code {code}"),
        (_, None) => "it was ended by a signal".into(),
    }
}

/// The last lines of both streams of a command.
pub fn last_lines(output: &RemoteOutput) -> Vec<String> {
    let text = [output.text(), output.error_text()].join("\n");
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(LAST_LINES)).map(ToString::to_string).collect()
}
