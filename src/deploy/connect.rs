//! From a spec to a connection: which host key counts, and waiting until the host answers.

use super::Identity;
use super::events::{DeployEvent, WaitingFor};
use super::request::{AppRequest, Context, RunOptions};
use crate::app::Text;
use crate::diag::Diagnostic;
use crate::remote::{HostKeyCheck, HostSpec, Remote, RemoteError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a host may take to answer, unless the block says otherwise.
const WAIT: Duration = Duration::from_secs(600);
/// How long a machine that has just been made may refuse a login: its keys come with the first boot.
const NEW_MACHINE: Duration = Duration::from_secs(120);
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// How to reach a host, or why there is none yet.
pub fn host_spec(ctx: &Context<'_>, request: &AppRequest) -> Result<HostSpec, String> {
    if let Identity::Pending(why) = &request.identity {
        return Err(why.clone());
    }
    let ssh = &request.spec.ssh;
    let unknown = |what: &str| format!("{what} is known after apply");
    let part = |text: &Option<Text>, what: &str| match text {
        None => Ok(None),
        Some(text) => text.known().map(|t| Some(t.to_string())).ok_or_else(|| unknown(what)),
    };
    Ok(HostSpec {
        host: request.spec.host.known().ok_or_else(|| unknown("the host"))?.to_string(),
        user: part(&ssh.user, "ssh.user")?,
        port: ssh.port,
        key: part(&ssh.key, "ssh.key")?.map(|p| local_path(ctx, &p)),
        jump: part(&ssh.jump, "ssh.jump")?,
        config: part(&ssh.config, "ssh.config")?.map(|p| local_path(ctx, &p)),
        connect_timeout: ctx.connect_timeout,
        host_key: host_key(request),
    })
}

fn local_path(ctx: &Context<'_>, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), ctx.home) {
        (Some(below), Some(home)) => home.join(below),
        _ => ctx.project.join(Path::new(path)),
    }
}

/// What the host is pinned to: the instance, or its name.
pub fn identity_name(request: &AppRequest) -> String {
    match &request.identity {
        Identity::Instance(id) => id.clone(),
        _ => format!("{}{}", request.spec.host.known().unwrap_or(""), request.spec.ssh.port.map(|p| format!(":{p}")).unwrap_or_default()),
    }
}

fn host_key(request: &AppRequest) -> HostKeyCheck {
    let name = identity_name(request);
    if let Some(key) = request.spec.ssh.host_key.as_ref().and_then(Text::known) {
        return HostKeyCheck::Pinned { name, key: key.to_string() };
    }
    let pinned = request.record.as_ref().and_then(|r| r.host.as_ref()).filter(|h| h.identity == name).and_then(|h| h.key.clone());
    match (pinned, &request.identity) {
        (Some(key), _) => HostKeyCheck::Pinned { name, key },
        (None, Identity::Instance(_)) => HostKeyCheck::Fresh { name },
        (None, _) => HostKeyCheck::User,
    }
}

/// A failed connection as a diagnostic.
pub fn failed(request: &AppRequest, error: &RemoteError) -> Diagnostic {
    let diagnostic = Diagnostic::error(error.summary(), error.message()).at(request.spec.span).address(format!("app.{}", request.label()));
    match error {
        RemoteError::Unreachable(_) => diagnostic.help("Check that the host runs, that its address is right, and that its firewall lets SSH through from here."),
        RemoteError::Denied(_) => diagnostic.help("Check user and key of the ssh block; try the same with ssh -v by hand. A key with a passphrase must be in an agent."),
        RemoteError::HostKeyChanged(_) => diagnostic.help("Find out who answers at this address. If the change was intended, write the new key into the ssh block: host_key = \"ssh-ed25519 ...\" (on the machine: cat /etc/ssh/ssh_host_ed25519_key.pub)."),
        RemoteError::Broken(_) | RemoteError::Invalid(_) => diagnostic,
    }
}

/// Connects, waiting as long as the block allows; says so every few seconds.
pub async fn wait_for_host(
    ctx: &Context<'_>,
    request: &AppRequest,
    spec: &HostSpec,
    options: &RunOptions<'_>,
) -> Result<Box<dyn Remote>, Diagnostic> {
    let (start, limit) = (Instant::now(), request.spec.ssh.timeout.unwrap_or(WAIT));
    let new_machine = matches!(spec.host_key, HostKeyCheck::Fresh { .. });
    loop {
        let error = match ctx.connector.connect(spec).await {
            Ok(remote) => return Ok(remote),
            Err(error) => error,
        };
        let elapsed = start.elapsed();
        let limit = match &error {
            RemoteError::Unreachable(_) => limit,
            RemoteError::Denied(_) if new_machine => limit.min(NEW_MACHINE),
            _ => Duration::ZERO,
        };
        if elapsed >= limit {
            return Err(failed(request, &error));
        }
        options.sink.event(DeployEvent::Waiting {
            app: request.label(),
            host: spec.host.clone(),
            what: WaitingFor::Ssh,
            elapsed,
            left: limit.saturating_sub(elapsed),
            last: Some(ctx.redactor.redact(error.message())),
        });
        pause(request, options, PAUSE.min(limit.saturating_sub(elapsed))).await?;
    }
}

/// Sleeps unless the run is to stop.
pub async fn pause(request: &AppRequest, options: &RunOptions<'_>, time: Duration) -> Result<(), Diagnostic> {
    let mut cancel = options.cancel.clone();
    let stop = async {
        // A sender that is gone cannot stop anything any more.
        if cancel.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = stop => Err(interrupted(request)),
        () = tokio::time::sleep(time) => Ok(()),
    }
}

/// Fails when the run is to stop.
pub fn go_on(request: &AppRequest, options: &RunOptions<'_>) -> Result<(), Diagnostic> {
    if *options.cancel.borrow() { Err(interrupted(request)) } else { Ok(()) }
}

fn interrupted(request: &AppRequest) -> Diagnostic {
    Diagnostic::error("Interrupted", "The deploy was stopped before it was complete; what was done is recorded, and the next run goes on.")
        .address(format!("app.{}", request.label()))
}
