//! Reads an earlier release from its host, as files that have to be there again.

use super::facts::{ReadError, expect, read};
use super::request::AppRequest;
use crate::app::{AppRecord, FileRecord, ReleaseRecord, RemoteCommand, Rendered, folders, keep};
use crate::diag::Diagnostic;
use crate::remote::Remote;

/// The files of a release.
///
/// # Errors
/// When the connection fails, or the host has not kept all of them.
pub async fn files(remote: &dyn Remote, request: &AppRequest, release: &ReleaseRecord) -> Result<Vec<Rendered>, ReadError> {
    let Some(record) = &request.record else { return Ok(Vec::new()) };
    if let Some(base) = request.spec.source.as_ref().filter(|s| s.link.is_some()).and_then(|s| s.base()) {
        let folder = format!("{base}/{}", folders::folder(&release.id));
        let there = remote.run(&crate::app::commands::exists(&folder), None).await?;
        if !there.ok() {
            return Err(ReadError::Found(gone(request, release, &folder)));
        }
    }
    let mut all = Vec::new();
    for (path, file) in &release.files {
        let from = place(request, record, release, path);
        let Some(bytes) = read(remote, &from, file.sudo).await? else {
            return Err(ReadError::Found(gone(request, release, path)));
        };
        all.push(keep::restored(path, in_source(request, path), file, record, bytes));
    }
    Ok(all)
}

/// Where a file of a release lies: in the release's folder, among the kept files, or still where it belongs.
fn place(request: &AppRequest, record: &AppRecord, release: &ReleaseRecord, path: &str) -> String {
    let source = request.spec.source.as_ref().filter(|s| s.link.is_some());
    if let (Some(inside), Some(base)) = (in_source(request, path), source.and_then(|s| s.base())) {
        return format!("{base}/{}/{inside}", folders::folder(&release.id));
    }
    if record.current.as_ref() == Some(&release.id) { kept_or_live(record, release, path) } else { record.kept_file(&release.id, path) }
}

/// The running release's files are kept as soon as another one begins to replace them.
fn kept_or_live(record: &AppRecord, release: &ReleaseRecord, path: &str) -> String {
    let replaced = record.releases.last().is_some_and(|last| last.id != release.id);
    if replaced { record.kept_file(&release.id, path) } else { path.to_string() }
}

/// Path of a file inside the checkout.
pub fn in_source(request: &AppRequest, path: &str) -> Option<String> {
    let root = request.spec.source.as_ref()?.root()?;
    path.strip_prefix(&format!("{root}/")).map(String::from)
}

fn gone(request: &AppRequest, release: &ReleaseRecord, what: &str) -> Diagnostic {
    let detail = format!("Release {} of app.{} cannot come back: {what} is gone from {}.", release.id, request.label(), request.spec.host);
    let help = "Choose another release (rollback -list), or deploy its ref again.";
    Diagnostic::error("Release is gone", detail).help(help).at(request.spec.span)
}

/// Keeps the files of the running release before they change.
///
/// # Errors
/// When the host cannot keep them: nothing may change then.
pub async fn keep_running(remote: &dyn Remote, request: &AppRequest, record: &AppRecord) -> Result<(), ReadError> {
    let Some(release) = record.current_release() else { return Ok(()) };
    let files = outside(request, release);
    if files.is_empty() {
        return Ok(());
    }
    expect(remote, &keep::keep(record, &release.id, &files), "The running release cannot be kept").await.map(|_| ())
}

/// Files that the folder of a release does not hold.
fn outside<'a>(request: &AppRequest, release: &'a ReleaseRecord) -> Vec<(&'a str, bool)> {
    let folders = request.spec.releases.is_some();
    let apart = |(path, _): &(&String, &FileRecord)| !(folders && in_source(request, path).is_some());
    release.files.iter().filter(apart).map(|(path, file)| (path.as_str(), file.sudo)).collect()
}

/// The commands that remove what is left of releases.
pub fn forget(request: &AppRequest, record: &AppRecord, gone: &[String]) -> Vec<RemoteCommand> {
    let base = request.spec.source.as_ref().filter(|s| s.link.is_some()).and_then(|s| s.base());
    std::iter::once(keep::forget(record, gone)).chain(base.map(|base| folders::remove(&base, gone))).collect()
}
