//! What a `source` says: the forms that OpenTofu reads.
//!
//! A source is a registry address (`namespace/name/provider`, with a host in front if it is not the
//! default one) or an address in go-getter's notation: a forced kind (`git::`), an address, a
//! sub-folder after `//`, and a query whose known names are taken out. Local paths never come here.

mod archive;
mod detect;
mod object;
mod registry;
mod remote;
#[cfg(test)]
mod tests;

pub use archive::{Archive, Checksum, ChecksumKind};
pub use registry::{DEFAULT_HOST, RegistryModule};
pub(super) use remote::parse_remote;

use crate::diag::Diagnostic;
use crate::objects::ObjectAddress;
use reqwest::Url;
use std::path::PathBuf;

/// A source, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What is fetched.
    pub package: Package,
    /// Folder in it, without `.` and `..`; empty: all of it. `*` may stand for one folder.
    pub subfolder: String,
}

/// What is fetched as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Package {
    /// A module of a registry.
    Registry(RegistryModule),
    /// A commit of a repository.
    Git(GitPackage),
    /// An archive, or a page that names one.
    Http(HttpPackage),
    /// An object or a folder of objects.
    Objects(ObjectAddress, Option<Archive>),
    /// A folder or an archive of this machine.
    File(PathBuf, Option<Archive>),
}

/// A repository and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitPackage {
    /// Where, credentials included.
    pub url: Url,
    /// `ref`: a branch, tag or commit; `None`: the default branch.
    pub reference: Option<String>,
    /// `depth` as asked for. Whatever can be fetched without history is, so it is not needed.
    pub depth: Option<u32>,
    /// `sshkey`: a private key in base64.
    pub ssh_key: Option<String>,
}

/// Something that is fetched with GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpPackage {
    /// Where, credentials included.
    pub url: Url,
    /// What it is packed with; `None`: not an archive, so a page that says where one is.
    pub archive: Option<Archive>,
    /// What the archive's bytes must be.
    pub checksum: Option<Checksum>,
}

/// Reads a source. `versioned`: a `version` is written beside it, which registries alone have.
///
/// # Errors
/// When it has no form that is known, or one that is not supported.
pub fn parse(source: &str, versioned: bool) -> Result<Source, Diagnostic> {
    let source = source.trim();
    if let Some(found) = registry::parse(source) {
        return found;
    }
    let found = parse_remote(source)?;
    if versioned {
        let detail = format!("The source \"{source}\" is no registry address, and modules of registries alone have versions.");
        return Err(Diagnostic::error("Invalid version argument", detail).help(match &found.package {
            Package::Git(_) => "Remove the version argument; a commit, tag or branch is chosen in the source: ?ref=v1.2.0",
            _ => "Remove the version argument, or use a registry address: namespace/name/provider.",
        }));
    }
    Ok(found)
}

impl Package {
    /// The package as people are shown it and as it is locked: without passwords and keys.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Package::Registry(module) => module.to_string(),
            Package::Git(git) => {
                let query = git.reference.as_ref().map(|r| format!("ref={r}"));
                format!("git::{}", with_query(&bare(&git.url), query))
            }
            Package::Http(http) => with_query(&bare(&http.url), http.archive.map(|a| format!("archive={}", a.name()))),
            Package::Objects(object, _) => {
                let host = object.endpoint.clone().unwrap_or_else(|| {
                    let region = object.region.as_ref().map(|r| format!(".{r}")).unwrap_or_default();
                    format!("https://s3{region}.amazonaws.com")
                });
                with_query(&format!("s3::{host}/{}/{}", object.bucket, object.key), object.version.as_ref().map(|v| format!("version={v}")))
            }
            Package::File(path, _) => path.display().to_string(),
        }
    }

    /// Passwords and keys in it.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let (url, key) = match self {
            Package::Git(git) => (&git.url, git.ssh_key.clone()),
            Package::Http(http) => (&http.url, None),
            _ => return Vec::new(),
        };
        let queried = url.query_pairs().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.into_owned());
        url.password().map(str::to_string).into_iter().chain(key).chain(queried).filter(|s| !s.is_empty()).collect()
    }

    /// A short name for the folder it is kept in.
    #[must_use]
    pub fn slug(&self) -> String {
        let last = match self {
            Package::Registry(module) => module.name.clone(),
            Package::Git(git) => last_segment(git.url.path()),
            Package::Http(http) => last_segment(http.url.path()),
            Package::Objects(object, _) => last_segment(&object.key),
            Package::File(path, _) => last_segment(&path.display().to_string()),
        };
        let plain: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(40).collect();
        if plain.is_empty() { "module".into() } else { plain }
    }
}

fn last_segment(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    last.split('.').next().unwrap_or(last).to_string()
}

/// A URL without password, keys and tokens.
pub(super) fn bare(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        let _ = url.set_password(None);
        if !matches!(url.scheme(), "ssh" | "git") {
            let _ = url.set_username("");
        }
    }
    let pairs: Vec<(String, String)> = url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    if pairs.iter().any(|(name, _)| is_secret(name)) {
        url.set_query(None);
        let kept: Vec<_> = pairs.into_iter().filter(|(name, _)| !is_secret(name)).collect();
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    url.to_string()
}

/// Whether a query's name says that its value is nobody's business.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["sshkey", "token", "secret", "signature", "password", "credential"].iter().any(|part| name.contains(part))
}

/// Values of a source's query that are nobody's business, as they are written and as they are meant, whether the
/// source can be read or not.
#[must_use]
pub fn queried_secrets(source: &str) -> Vec<String> {
    let Some((_, query)) = source.split_once('?') else { return Vec::new() };
    let written = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(name, _)| is_secret(name));
    let meant = |text: &str| Url::parse(&format!("x:?{text}")).ok()?.query_pairs().next().map(|(_, value)| value.into_owned());
    let all = written.flat_map(|(name, value)| [Some(value.to_string()), meant(&format!("{name}={value}"))]);
    all.flatten().filter(|value| !value.is_empty()).collect()
}

fn with_query(url: &str, query: Option<String>) -> String {
    match query {
        Some(query) if url.contains('?') => format!("{url}&{query}"),
        Some(query) => format!("{url}?{query}"),
        None => url.to_string(),
    }
}
