//! What apps would be, and what a host has, for those who only look: `compare`, `env check`.

use super::connect::{failed, host_spec};
use super::facts::{self, ReadError};
use super::inputs;
use super::planning::redacted;
use super::request::{AppRequest, Context};
use crate::app::{BaseFile, Facts, RemoteCommand, RemoteFacts, Rendered, Target, commands};
use crate::diag::{Diagnostic, Diagnostics};
use crate::remote::Remote;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// An app as its block says, no host asked.
pub struct Preview {
    /// The commit its ref names now.
    pub target: Option<Target>,
    /// Its files.
    pub rendered: Vec<Rendered>,
    /// Files of the source that they are made from.
    pub bases: BTreeMap<String, BaseFile>,
    /// What was in the way.
    pub diagnostics: Diagnostics,
}

/// Resolves the ref and renders the files of an app. The repository is asked, the host is not.
pub async fn preview(ctx: &Context<'_>, request: &AppRequest) -> Preview {
    request.spec.secrets().iter().for_each(|secret| ctx.redactor.add(secret));
    let mut found = Diagnostics::new();
    let target = inputs::target(ctx, request, None, &mut found).await;
    let bases = inputs::bases(ctx, request, target.as_ref(), None).await;
    let rendered = request.spec.render(&bases, ctx.files, ctx.project, &mut found);
    Preview { target, rendered, bases, diagnostics: found.into_iter().map(|d| redacted(d, ctx.redactor)).collect() }
}

/// What lies on a host.
pub struct HostSight {
    /// Checkout and managed files.
    pub facts: RemoteFacts,
    /// Managed files as they should be.
    pub rendered: Vec<Rendered>,
    /// Facts, those too that change by themselves.
    pub observed: Facts,
    /// Other files of the checkout that were asked for, by path inside it.
    pub others: BTreeMap<String, Vec<u8>>,
}

/// Larger files of a checkout are left alone.
const MAX_KILOBYTES: usize = 1024;
/// So many files of a checkout are read at most.
const MAX_FILES: usize = 300;

/// Reads a host over one connection: its managed files, its checkout, and files of the checkout with one of these names
/// (shell patterns).
///
/// # Errors
/// When there is no host yet, it does not answer, or it cannot be read.
pub async fn look(ctx: &Context<'_>, request: &AppRequest, names: &[&str], now: Timestamp) -> Result<HostSight, Diagnostics> {
    request.spec.secrets().iter().for_each(|secret| ctx.redactor.add(secret));
    let about = |d: Diagnostic| Diagnostics::from(redacted(d.or_at(Some(request.spec.span)), ctx.redactor));
    let spec = host_spec(ctx, request).map_err(|why| {
        about(Diagnostic::error("No host yet", format!("The app {:?} has no host to look at: {why}.", request.spec.name)))
    })?;
    let remote = ctx.connector.connect(&spec).await.map_err(|e| about(failed(request, &e)))?;
    let seen = look_there(ctx, request, &*remote, names, now).await;
    remote.close().await;
    seen.map_err(|error| match error {
        ReadError::Remote(e) => about(failed(request, &e)),
        ReadError::Found(d) => about(d),
    })
}

async fn look_there(
    ctx: &Context<'_>,
    request: &AppRequest,
    remote: &dyn Remote,
    names: &[&str],
    now: Timestamp,
) -> Result<HostSight, ReadError> {
    let mut ignored = Diagnostics::new();
    let target = inputs::target(ctx, request, Some(remote), &mut ignored).await;
    let bases = inputs::bases(ctx, request, target.as_ref(), Some(remote)).await;
    let rendered = request.spec.render(&bases, ctx.files, ctx.project, &mut ignored);
    let facts = facts::gather(remote, &request.spec, request.record.as_ref(), &inputs::managed(&rendered)).await?;
    let observed = super::observe::facts(ctx, &request.spec, remote, now).await?;
    let mut others = BTreeMap::new();
    if let Some(root) = request.spec.source.as_ref().and_then(crate::app::SourceSpec::root).filter(|_| !names.is_empty()) {
        let listed = remote.run(&search(&root, names), None).await?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        for path in text.split('\0').map(|p| p.trim_start_matches("./")).filter(|p| !p.is_empty()).take(MAX_FILES) {
            if let Some(content) = remote.read_file(&format!("{root}/{path}")).await? {
                others.insert(path.to_string(), content);
            }
        }
    }
    Ok(HostSight { facts, rendered, observed, others })
}

/// Lists files of a checkout by name, NUL-separated.
fn search(root: &str, names: &[&str]) -> RemoteCommand {
    let wanted: Vec<String> = names.iter().map(|n| format!("-name {}", crate::app::shell::quote(n))).collect();
    RemoteCommand::new(format!(
        "cd {} && find . -maxdepth 6 \\( -name .git -o -name node_modules -o -name .venv -o -name target \\) -prune -o -type f -size -{MAX_KILOBYTES}k \\( {} \\) -print0 2>/dev/null; true",
        commands::quote_path(root),
        wanted.join(" -o ")
    ))
}
