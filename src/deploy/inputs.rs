//! What rendering and planning need beside the host: the commit of the ref, files of that commit.
//!
//! The repository is asked from here; where that fails and the host is connected, the host asks.

use super::facts::{ReadError, expect};
use super::request::{AppRequest, Context};
use crate::app::{BaseFile, RemoteFacts, Rendered, SourceSpec, Target, commands};
use crate::diag::{Diagnostic, Diagnostics};
use crate::remote::{GitError, Remote};
use std::collections::BTreeMap;

/// The commit to deploy.
pub async fn target(ctx: &Context<'_>, request: &AppRequest, remote: Option<&dyn Remote>, diagnostics: &mut Diagnostics) -> Option<Target> {
    let source = request.spec.source.as_ref()?;
    let unknown = |why: &str| Some(Target::Unknown(why.to_string()));
    // What comes back has the commit that it had, wherever its ref is now.
    let restored = request.restore.as_ref().and_then(|r| r.commit());
    if let Some(commit) = restored.map(String::from).as_ref().or(request.commit.as_ref()) {
        return Some(Target::Commit { commit: commit.clone(), ahead: None });
    }
    let Some(url) = source.git.known() else { return unknown("the repository is known after apply") };
    if source.git_config.values().any(|v| v.known().is_none()) {
        return unknown("git_config is known after apply");
    }
    let reference = match &source.reference {
        None => None,
        Some(text) => match text.known() {
            Some(reference) => Some(reference),
            None => return unknown("the ref is known after apply"),
        },
    };
    let error = match ctx.git.resolve(url, reference, &source.config()).await {
        Ok(commit) => return Some(Target::Commit { commit, ahead: None }),
        Err(error) => error,
    };
    if let (GitError::Unavailable(_) | GitError::Failed(_), Some(remote)) = (&error, remote)
        && let Some(commit) = resolve_there(remote, source, url, reference).await
    {
        return Some(Target::Commit { commit, ahead: None });
    }
    let text = ctx.redactor.redact(error.message());
    let at = |d: Diagnostic| d.at(request.spec.span).address(format!("app.{}", request.label()));
    diagnostics.push(match (&error, remote) {
        (GitError::NoSuchRef(_), _) => {
            at(Diagnostic::error("Ref not found", text)).help("Check ref in the source block; branches and tags must be pushed.")
        }
        (_, Some(_)) => at(Diagnostic::error("Repository not readable", format!("{text} The host cannot read it either."))),
        (_, None) => {
            at(Diagnostic::warning("Repository not readable from here", format!("{text} The host will be asked when it is connected.")))
        }
    });
    unknown("the repository cannot be read from here")
}

/// Asks for names as [`crate::remote::GitSource::resolve`] does, on the host.
async fn resolve_there(remote: &dyn Remote, source: &SourceSpec, url: &str, reference: Option<&str>) -> Option<String> {
    let patterns = match reference {
        None => vec!["HEAD".to_string()],
        Some(name) if name.starts_with("refs/") => vec![format!("{name}^{{}}"), name.to_string()],
        Some(name) => vec![format!("refs/tags/{name}^{{}}"), format!("refs/tags/{name}"), format!("refs/heads/{name}")],
    };
    if let Some(commit) = reference.filter(|r| r.len() == 40 && r.chars().all(|c| c.is_ascii_hexdigit())) {
        return Some(commit.to_string());
    }
    let output = remote.run(&commands::ls_remote(source, url, &patterns), None).await.ok().filter(crate::remote::RemoteOutput::ok)?;
    let text = output.text();
    let named = |pattern: &String| {
        text.lines().filter_map(|l| l.split_once('\t')).find(|(_, name)| name == pattern).map(|(commit, _)| commit.to_string())
    };
    patterns.iter().find_map(named)
}

/// The base files at a commit: from the cache here, else from the host's clone.
pub async fn bases(
    ctx: &Context<'_>,
    request: &AppRequest,
    target: Option<&Target>,
    remote: Option<&dyn Remote>,
) -> BTreeMap<String, BaseFile> {
    let mut bases = BTreeMap::new();
    let Some(source) = &request.spec.source else { return bases };
    for path in request.spec.base_files() {
        let file = match (target, source.git.known()) {
            (Some(Target::Commit { commit, .. }), Some(url)) => base(ctx, source, url, commit, &path, remote).await,
            (Some(Target::Unknown(why)), _) => BaseFile::Unknown(why.clone()),
            _ => BaseFile::Unknown("the commit is known after apply".into()),
        };
        bases.insert(path, file);
    }
    bases
}

async fn base(ctx: &Context<'_>, source: &SourceSpec, url: &str, commit: &str, path: &str, remote: Option<&dyn Remote>) -> BaseFile {
    let error = match ctx.git.file_at(url, commit, path, &source.config()).await {
        Ok(Some(bytes)) => return BaseFile::Content(bytes),
        Ok(None) => return BaseFile::Missing,
        Err(error) => error,
    };
    if let (Some(remote), Some(root)) = (remote, source.root())
        && let Ok(output) = remote.run(&commands::show(source, &root, commit, path), None).await
    {
        match output.code {
            Some(0) => return BaseFile::Content(output.stdout),
            Some(66) => return BaseFile::Missing,
            _ => {}
        }
    }
    BaseFile::Unknown(ctx.redactor.redact(error.message()))
}

/// The target with how far it is ahead of what the host has.
pub async fn with_distance(ctx: &Context<'_>, request: &AppRequest, target: Option<Target>, facts: Option<&RemoteFacts>) -> Option<Target> {
    let Some(Target::Commit { commit, ahead: None }) = target else { return target };
    let recorded = || request.record.as_ref().and_then(|r| r.source.as_ref()).map(|s| s.commit.as_str());
    let from = if facts.is_some() { facts.and_then(RemoteFacts::commit) } else { recorded() };
    let source = request.spec.source.as_ref();
    let ahead = match (from.filter(|f| *f != commit), source.and_then(|s| Some((s, s.git.known()?)))) {
        (Some(from), Some((source, url))) => ctx.git.ahead(url, from, &commit, &source.config()).await.ok().flatten(),
        _ => None,
    };
    Some(Target::Commit { commit, ahead })
}

/// Renders the files; paths and whether root reads them.
pub fn managed(rendered: &[Rendered]) -> Vec<(String, bool)> {
    rendered.iter().map(|f| (f.path.clone(), f.sudo)).collect()
}

/// Runs a list of commands that must all succeed.
pub async fn run_all(remote: &dyn Remote, list: &[crate::app::RemoteCommand], summary: &str) -> Result<(), ReadError> {
    for command in list {
        expect(remote, command, summary).await?;
    }
    Ok(())
}
