//! Addresses in go-getter's notation, once short forms are made long.

use super::archive::{Checksum, form};
use super::detect::detect;
use super::{GitPackage, HttpPackage, Package, Source, object};
use crate::diag::Diagnostic;
use reqwest::Url;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Schemes that git may be given; `ext::` and other helpers run programs.
const GIT_SCHEMES: [&str; 5] = ["https", "http", "ssh", "git", "file"];

/// An address taken apart as text.
struct Parts {
    /// `git` of `git::…`
    forced: Option<String>,
    /// The address, query included.
    address: String,
    subfolder: String,
}

/// Reads an address that is no registry address.
///
/// # Errors
/// When it has no form that is known, or one that is not supported.
pub fn parse_remote(source: &str) -> Result<Source, Diagnostic> {
    if source.starts_with('-') || source.contains(char::is_control) || source.is_empty() {
        return Err(invalid(source, "is no address"));
    }
    if source.contains('\\') {
        // A URL library may take it for a slash, git does not.
        return Err(invalid(source, "has a backslash").help("Separate folders with /, also on Windows."));
    }
    let parts = expanded(source)?;
    let mut url = Url::parse(&parts.address).map_err(|e| {
        let error = invalid(source, &format!("is no address that can be read ({e})"));
        match parts.address.strip_prefix("ssh://").filter(|a| a.contains('@') && a.contains(':')) {
            Some(short) => error.help(format!("With ssh:// the path follows after a slash; the form with a colon has no scheme: {short}")),
            None => error,
        }
    })?;
    let folder = subfolder(&parts.subfolder, source)?;
    let scheme = url.scheme().to_string();
    let kind = parts.forced.as_deref().unwrap_or(&scheme).to_ascii_lowercase();
    let package = match kind.as_str() {
        "git" => Package::Git(git(url, source)?),
        "http" | "https" if matches!(scheme.as_str(), "http" | "https") => {
            let taken = take(&mut url, &["archive", "checksum", "filename"]);
            let archive = form(taken.get("archive").map(String::as_str), url.path())?;
            let checksum = taken.get("checksum").map(|c| Checksum::parse(c)).transpose()?;
            Package::Http(HttpPackage { url, archive, checksum })
        }
        "s3" if matches!(scheme.as_str(), "http" | "https") => {
            let taken = take(&mut url, &["archive", "region", "version", "aws_profile", "aws_access_key_id", "aws_access_key_secret"]);
            let archive = form(taken.get("archive").map(String::as_str), url.path())?;
            Package::Objects(object::parse(&url, &taken)?, archive)
        }
        "file" if scheme == "file" => {
            let taken = take(&mut url, &["archive"]);
            let path = url.to_file_path().unwrap_or_else(|()| PathBuf::from(url.path()));
            Package::File(path, form(taken.get("archive").map(String::as_str), url.path())?)
        }
        "ssh" => {
            return Err(invalid(source, "is an address for ssh").help(format!("For a git repository, put git:: in front: git::{source}")));
        }
        "http" | "https" | "s3" | "file" => return Err(invalid(source, &format!("is forced to be {kind}, and is an address of {scheme}"))),
        other => return Err(unsupported(source, other)),
    };
    Ok(Source { package, subfolder: folder })
}

fn expanded(source: &str) -> Result<Parts, Diagnostic> {
    let mut parts = split(source);
    let has_scheme = parts.address.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if has_scheme {
        return Ok(parts);
    }
    let Some(long) = detect(&parts.address) else { return Err(unknown_form(source, &parts)) };
    let long = split(&long);
    parts.address = long.address;
    parts.forced = parts.forced.or(long.forced);
    parts.subfolder = match (long.subfolder.as_str(), parts.subfolder.as_str()) {
        ("", own) => own.to_string(),
        (found, "") => found.to_string(),
        (found, own) => format!("{found}/{own}"),
    };
    Ok(parts)
}

/// Splits `kind::address//subfolder?query`.
fn split(source: &str) -> Parts {
    let forced = source.split_once("::").filter(|(kind, _)| !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric()));
    let (forced, address) = forced.map_or((None, source), |(kind, rest)| (Some(kind.to_string()), rest));
    let (path, query) = address.split_once('?').map_or((address, None), |(p, q)| (p, Some(q)));
    let start = path.find("://").map_or(0, |i| i + 3);
    let cut = path.get(start..).and_then(|rest| rest.find("//")).map(|i| start + i);
    let (path, folder) = match cut {
        Some(at) => (path.get(..at).unwrap_or(path), path.get(at + 2..).unwrap_or("")),
        None => (path, ""),
    };
    let address = query.map_or_else(|| path.to_string(), |q| format!("{path}?{q}"));
    Parts { forced, address, subfolder: folder.to_string() }
}

fn git(mut url: Url, source: &str) -> Result<GitPackage, Diagnostic> {
    if !GIT_SCHEMES.contains(&url.scheme()) {
        return Err(invalid(source, &format!("names a repository over \"{}\"", url.scheme()))
            .help(format!("git is used over these alone: {}.", GIT_SCHEMES.join(", "))));
    }
    let dashed = |part: Option<&str>| part.is_some_and(|p| p.starts_with('-'));
    let taken = take(&mut url, &["ref", "depth", "sshkey"]);
    let reference = taken.get("ref").filter(|r| !r.is_empty()).cloned();
    if dashed(url.host_str()) || dashed(Some(url.username())) || dashed(reference.as_deref()) {
        return Err(invalid(source, "has a part that git or ssh would take for an option (it begins with -)"));
    }
    if let Some(name) = reference.as_deref().filter(|r| r.contains(|c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c)))
    {
        return Err(invalid(source, &format!("asks for the ref \"{name}\", which cannot be a branch, a tag or a commit")));
    }
    let depth = taken.get("depth").map(|d| d.parse::<u32>());
    let depth = match depth {
        Some(Err(_)) => return Err(invalid(source, "has a depth that is no number")),
        Some(Ok(n)) => Some(n),
        None => None,
    };
    Ok(GitPackage { url, reference, depth, ssh_key: taken.get("sshkey").cloned() })
}

/// Takes names out of a URL's query.
fn take(url: &mut Url, names: &[&str]) -> BTreeMap<String, String> {
    let pairs: Vec<(String, String)> = url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    let (taken, kept): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
    if !taken.is_empty() {
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    taken.into_iter().collect()
}

/// A folder inside a package, cleaned.
pub(super) fn subfolder(text: &str, source: &str) -> Result<String, Diagnostic> {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            parts.pop().ok_or_else(|| invalid(source, "has a sub-folder that leads out of what is fetched"))?;
        } else {
            parts.push(part);
        }
    }
    Ok(parts.join("/"))
}

fn invalid(source: &str, what: &str) -> Diagnostic {
    Diagnostic::error("Invalid module source", format!("The source \"{source}\" {what}."))
}

fn unknown_form(source: &str, parts: &Parts) -> Diagnostic {
    let error = invalid(source, "is neither a local path, a registry address, nor an address to fetch from");
    if parts.forced.is_some() {
        return error.help("After kind:: follows a URL, as in git::https://example.com/repository.git");
    }
    error.help(format!(
        "A folder beside this one: \"./{source}\". A registry: \"namespace/name/provider\". A repository: \"git::https://...\"."
    ))
}

fn unsupported(source: &str, kind: &str) -> Diagnostic {
    let what = match kind {
        "hg" => "Mercurial repositories",
        "gcs" => "Google Cloud Storage",
        "oci" => "OCI registries",
        _ => return invalid(source, &format!("is of the unknown kind \"{kind}\"")).help("Known are git, http, https, s3 and file."),
    };
    Diagnostic::error("Module source not supported", format!("The source \"{source}\" is of {what}, which envctl does not fetch from."))
        .help("Use git, an archive over https, S3, or a registry.")
}
