//! Reaching the hosts of apps without deploying: for sessions, single commands and logs.

use super::connect::{failed, host_spec};
use super::request::{AppRequest, Context};
use crate::app::RemoteCommand;
use crate::diag::Diagnostic;
use crate::remote::{HostSpec, Input, LineSink};
use crate::value::Name;

/// A host of an app.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The app.
    pub app: Name,
    /// The host as people call it.
    pub host: String,
    /// How to get there, or why there is nobody yet.
    pub spec: Result<HostSpec, String>,
}

/// The hosts of apps, with the host keys that deploys pinned.
#[must_use]
pub fn endpoints(ctx: &Context<'_>, requests: &[AppRequest]) -> Vec<Endpoint> {
    let one = |r: &AppRequest| Endpoint { app: r.spec.name.clone(), host: r.spec.host.to_string(), spec: host_spec(ctx, r) };
    requests.iter().map(one).collect()
}

/// Runs a command on the host of an app, with what it reads, and passes its output on; the exit code (`None`: killed by a
/// signal).
///
/// # Errors
/// When there is no host yet, it cannot be reached, or the connection breaks.
pub async fn stream(
    ctx: &Context<'_>,
    request: &AppRequest,
    command: &RemoteCommand,
    input: Option<Input>,
    out: LineSink<'_>,
    err: LineSink<'_>,
) -> Result<Option<i32>, Diagnostic> {
    let spec = host_spec(ctx, request).map_err(|why| no_host(request, &why))?;
    let remote = ctx.connector.connect(&spec).await.map_err(|e| failed(request, &e))?;
    let code = remote.stream(command, input, out, err).await;
    remote.close().await;
    code.map_err(|e| failed(request, &e))
}

/// There is nobody to reach.
#[must_use]
pub fn no_host(request: &AppRequest, why: &str) -> Diagnostic {
    Diagnostic::error("No host", format!("{why}."))
        .at(request.spec.span)
        .address(format!("app.{}", request.spec.name))
        .help("Apply the environment first; a host that a variable names needs that variable's value.")
}
