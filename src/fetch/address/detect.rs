//! Short forms of addresses, made long: `github.com/o/r`, `git@host:o/r`, absolute paths.

use std::path::Path;

/// The long form of an address that has no scheme, its sub-folder after `//`.
pub(super) fn detect(text: &str) -> Option<String> {
    hosted(text, "github.com")
        .or_else(|| hosted(text, "bitbucket.org"))
        .or_else(|| scp(text))
        .or_else(|| bucket(text))
        .or_else(|| Path::new(text).is_absolute().then(|| format!("file://{text}")))
}

/// `github.com/org/repo/folder` is a repository and a folder of it.
fn hosted(text: &str, host: &str) -> Option<String> {
    let rest = text.strip_prefix(host)?.strip_prefix('/')?;
    let (path, query) = rest.split_once('?').map_or((rest, String::new()), |(p, q)| (p, format!("?{q}")));
    let mut parts = path.splitn(3, '/');
    let (org, repo, folder) = (parts.next()?, parts.next()?, parts.next().unwrap_or(""));
    if org.is_empty() || repo.is_empty() {
        return None;
    }
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    let folder = if folder.is_empty() { String::new() } else { format!("//{folder}") };
    Some(format!("git::https://{host}/{org}/{repo}.git{folder}{query}"))
}

/// `git@github.com:org/repo.git`, as ssh and git read it.
pub(super) fn scp(text: &str) -> Option<String> {
    let (who, path) = text.split_once(':')?;
    let (user, host) = who.split_once('@')?;
    let plain = |t: &str| !t.is_empty() && !t.starts_with('-') && t.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let path = path.trim_start_matches('/');
    (plain(user) && plain(host) && !path.is_empty()).then(|| format!("git::ssh://{user}@{host}/{path}"))
}

/// `bucket.s3.amazonaws.com/key`, `s3-eu-central-1.amazonaws.com/bucket/key`.
fn bucket(text: &str) -> Option<String> {
    let (host, _) = text.split_once('/')?;
    let s3 = host.strip_suffix(".amazonaws.com").is_some_and(|h| h.split('.').any(|l| l == "s3" || l.starts_with("s3-")));
    s3.then(|| format!("s3::https://{text}"))
}
