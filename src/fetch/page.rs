//! Addresses that are no archive: a page or a header says where the package is.

use super::address::{Source, bare, parse_remote};
use super::http::{Answer, Http, refused};
use crate::diag::Diagnostic;
use regex::Regex;
use reqwest::Url;
use std::sync::LazyLock;

/// Header with the address of a package.
pub const HEADER: &str = "x-terraform-get";

static META: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?is)<meta\s([^>]*)>"#).ok());
static ATTRIBUTE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?is)([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#).ok());

/// Asks a page where its package is.
///
/// # Errors
/// When it does not say.
pub async fn target(http: &Http, url: &Url) -> Result<Source, Diagnostic> {
    let mut asked = url.clone();
    asked.query_pairs_mut().append_pair("terraform-get", "1");
    let answer = http.get(&asked, None).await?;
    if !answer.status.is_success() {
        return Err(refused(url, answer.status));
    }
    let named = header(&answer).or_else(|| meta(&String::from_utf8_lossy(&answer.body)));
    let Some(address) = named else {
        let detail = format!(
            "{} is no archive by its name, and names no package either (header X-Terraform-Get, or <meta name=\"terraform-get\">).",
            bare(url)
        );
        return Err(Diagnostic::error("Nothing to fetch at this address", detail)
            .help("An archive is told by its ending or by ?archive=zip; a git repository is written git::https://..."));
    };
    remote_source(&address, &answer.url)
}

/// The header of an answer that names a package.
#[must_use]
pub fn header(answer: &Answer) -> Option<String> {
    answer.headers.get(HEADER).and_then(|v| v.to_str().ok()).map(str::trim).filter(|v| !v.is_empty()).map(str::to_string)
}

/// A source that a server named, relative to where it was named. It never means this machine.
///
/// # Errors
/// When it is no source, or a local one.
pub fn remote_source(address: &str, from: &Url) -> Result<Source, Diagnostic> {
    let relative = address.starts_with('/') || address.starts_with("./") || address.starts_with("../");
    let absolute = if relative { joined(address, from)? } else { address.to_string() };
    let source = parse_remote(&absolute)?;
    let local_git = matches!(&source.package, super::address::Package::Git(git) if git.url.scheme() == "file");
    if local_git && !is_loopback(from) || matches!(source.package, super::address::Package::File(..)) {
        let detail = format!("{} sends on to \"{address}\", which lies on this machine.", bare(from));
        return Err(Diagnostic::error("Module source not allowed", detail).help("A server may name packages on other servers only."));
    }
    Ok(source)
}

/// The sub-folder of a relative address is none of the URL's path.
fn joined(address: &str, from: &Url) -> Result<String, Diagnostic> {
    let (path, query) = address.split_once('?').map_or((address, None), |(p, q)| (p, Some(q)));
    let (path, folder) = path.split_once("//").map_or((path, ""), |(p, f)| (p, f));
    let mut url = from.join(path).map_err(|e| {
        Diagnostic::error("Invalid module source", format!("{} names \"{address}\", which is no address: {e}.", bare(from)))
    })?;
    url.set_query(query);
    let text = url.to_string();
    if folder.is_empty() {
        return Ok(text);
    }
    Ok(match text.split_once('?') {
        Some((path, query)) => format!("{path}//{folder}?{query}"),
        None => format!("{text}//{folder}"),
    })
}

/// Whether a server is this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url_host) => {
            let text = url_host.to_string();
            let text = text.trim_start_matches('[').trim_end_matches(']');
            text == "localhost" || text.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}

/// `<meta name="terraform-get" content="…">`
fn meta(html: &str) -> Option<String> {
    let (meta, attribute) = (META.as_ref()?, ATTRIBUTE.as_ref()?);
    meta.captures_iter(html).find_map(|tag| {
        let inner = tag.get(1)?.as_str();
        let value = |wanted: &str| {
            let mut all = attribute.captures_iter(inner);
            all.find(|a| a.get(1).is_some_and(|n| n.as_str().eq_ignore_ascii_case(wanted)))
                .and_then(|a| a.get(2).or_else(|| a.get(3)).or_else(|| a.get(4)).map(|m| m.as_str().replace("&amp;", "&")))
        };
        value("name").filter(|n| n == "terraform-get").and_then(|_| value("content"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_a_package_in_any_order_and_quoting() {
        for html in [
            r#"<html><head><meta charset="utf-8"><meta name="terraform-get" content="git::https://h/r.git?a=1&amp;ref=x"/></head>"#,
            "<META content='git::https://h/r.git?a=1&ref=x' name=terraform-get>",
        ] {
            assert_eq!(meta(html).as_deref(), Some("git::https://h/r.git?a=1&ref=x"), "{html}");
        }
        assert_eq!(meta(r#"<meta name="other" content="x"> terraform-get"#), None);
    }

    #[test]
    fn relative_addresses_start_where_they_were_named() {
        let from = Url::parse("https://h/v1/modules/a/b/c/1.0.0/download").unwrap();
        let shown = |a: &str| remote_source(a, &from).map(|s| (s.package.shown(), s.subfolder));
        let zip = |path: &str, sub: &str| Ok((format!("https://h/{path}?archive=zip"), sub.to_string()));
        assert_eq!(shown("./c.zip//x"), zip("v1/modules/a/b/c/1.0.0/c.zip", "x"));
        assert_eq!(shown("/c?archive=zip"), zip("c", ""));
        assert_eq!(shown("../c//sub?archive=zip"), zip("v1/modules/a/b/c/c", "sub"));
        assert_eq!(shown("https://o/c.zip").unwrap().0, "https://o/c.zip?archive=zip");
    }

    #[test]
    fn a_server_cannot_name_this_machine() {
        let from = Url::parse("https://h/x").unwrap();
        for address in ["file:///etc", "git::file:///srv/r.git", "git::/srv/r.git"] {
            assert_eq!(remote_source(address, &from).unwrap_err().summary, "Module source not allowed", "{address}");
        }
    }
}
