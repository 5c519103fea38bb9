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
        let Some(bytes) = content(remote, request, release, (path, file)).await? else {
            return Err(ReadError::Found(gone(request, release, path)));
        };
        all.push(keep::restored(path, in_source(request, path), file, record, bytes));
    }
    Ok(all)
}

/// What a file of a release held: it lies in the release's folder, or among the kept files; one of the running release that
/// nothing began to replace is still where it belongs.
async fn content(
    remote: &dyn Remote,
    request: &AppRequest,
    release: &ReleaseRecord,
    (path, file): (&str, &FileRecord),
) -> Result<Option<Vec<u8>>, ReadError> {
    let source = request.spec.source.as_ref().filter(|s| s.link.is_some());
    if let (Some(inside), Some(base)) = (in_source(request, path), source.and_then(|s| s.base())) {
        return read(remote, &format!("{base}/{}/{inside}", folders::folder(&release.id)), file.sudo).await;
    }
    let Some(record) = &request.record else { return Ok(None) };
    let kept = read(remote, &record.kept_file(&release.id, path), file.sudo).await?;
    match kept {
        None if record.current.as_ref() == Some(&release.id) => read(remote, path, file.sudo).await,
        kept => Ok(kept),
    }
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
