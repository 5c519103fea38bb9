//! The registry protocol: discovery, the list of versions, where a version is.

use super::address::{RegistryModule, Source, bare};
use super::credentials::Hosts;
use super::http::{Answer, Http, refused};
use super::page::{header, is_loopback, remote_source};
use crate::config::{Constraint, Version};
use crate::diag::Diagnostic;
use reqwest::{StatusCode, Url};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

const SERVICE: &str = "modules.v1";
/// Summary of the error that is about a call's `version`.
pub const NO_MATCH: &str = "No matching version";
/// How many versions a message lists.
const LISTED: usize = 12;

/// Registries; each host is asked once a run for what it offers.
pub struct Registries {
    http: Http,
    hosts: Arc<Hosts>,
    found: Mutex<BTreeMap<String, Url>>,
}

impl Registries {
    /// With tokens and services of hosts.
    #[must_use]
    pub fn new(http: Http, hosts: Arc<Hosts>) -> Self {
        Registries { http, hosts, found: Mutex::default() }
    }

    /// The newest version that a constraint allows.
    ///
    /// # Errors
    /// When the module is unknown or no version matches.
    pub async fn choose(&self, module: &RegistryModule, constraint: Option<&Constraint>) -> Result<String, Diagnostic> {
        let url = self.url(module, "versions").await?;
        let answer = self.ask(module, &url).await?;
        let all = versions(&answer).ok_or_else(|| strange(&url, "it is no list of versions"))?;
        newest(&all, constraint).ok_or_else(|| no_version(module, constraint, &all))
    }

    /// Where a version is fetched from.
    ///
    /// # Errors
    /// When the registry does not say.
    pub async fn location(&self, module: &RegistryModule, version: &str) -> Result<Source, Diagnostic> {
        let url = self.url(module, &format!("{version}/download")).await?;
        let answer = self.ask(module, &url).await?;
        let in_body = || {
            let json: Json = serde_json::from_slice(&answer.body).ok()?;
            json.get("location").and_then(Json::as_str).map(str::to_string)
        };
        let location = header(&answer).or_else(in_body).ok_or_else(|| strange(&url, "it names no location (header X-Terraform-Get)"))?;
        remote_source(&location, &answer.url)
    }

    async fn ask(&self, module: &RegistryModule, url: &Url) -> Result<Answer, Diagnostic> {
        let answer = self.http.get(url, self.hosts.token(&module.host)).await?;
        match answer.status {
            status if status.is_success() => Ok(answer),
            StatusCode::NOT_FOUND => {
                let detail = format!("The registry {} has no module {}.", module.host, module.path());
                Err(Diagnostic::error("Unknown module", detail)
                    .help("Is the address namespace/name/provider right? A private registry's host is written in front of it."))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(self.no_access(module, answer.status)),
            status => Err(refused(url, status)),
        }
    }

    fn no_access(&self, module: &RegistryModule, status: StatusCode) -> Diagnostic {
        let what = if self.hosts.token(&module.host).is_some() { "refused the token given for it" } else { "wants a token" };
        let variable = module.host.replace('-', "__").replace('.', "_");
        Diagnostic::error(
            "No access to the registry",
            format!("The registry {} {what} ({status}) for the module {}.", module.host, module.path()),
        )
        .help(format!("Set TF_TOKEN_{variable}, or write a credentials \"{}\" block into ~/.tofurc.", module.host))
    }

    /// A URL of the registry's module service.
    async fn url(&self, module: &RegistryModule, rest: &str) -> Result<Url, Diagnostic> {
        let base = self.base(&module.host).await?;
        let joined = base.join(&format!("{}/{rest}", module.path()));
        joined.map_err(|e| strange(&base, &format!("it is no base of addresses ({e})")))
    }

    /// The module service of a host: from a `host` block, else as the host says.
    async fn base(&self, host: &str) -> Result<Url, Diagnostic> {
        let mut found = self.found.lock().await;
        if let Some(base) = found.get(host) {
            return Ok(base.clone());
        }
        let base = match self.hosts.services(host) {
            Some(services) => {
                let none = || no_service(host, "the host block of the CLI configuration names no modules.v1");
                let text = services.get(SERVICE).ok_or_else(none)?;
                Url::parse(text).map_err(|e| no_service(host, &format!("the host block of the CLI configuration names \"{text}\": {e}")))?
            }
            None => self.discover(host).await?,
        };
        let base = folder(base);
        found.insert(host.to_string(), base.clone());
        Ok(base)
    }

    async fn discover(&self, host: &str) -> Result<Url, Diagnostic> {
        let url = well_known(host)?;
        let answer = self.http.get(&url, self.hosts.token(host)).await.map_err(|d| Diagnostic {
            summary: "Registry not reachable".into(),
            detail: format!("The host {host} could not be asked for its registry: {}", d.detail),
            ..d
        })?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(no_service(host, "it does not offer one"));
        }
        if !answer.status.is_success() {
            return Err(refused(&url, answer.status));
        }
        let json: Json = serde_json::from_slice(&answer.body).map_err(|_| no_service(host, "what it says of its services is no JSON"))?;
        let service = json.get(SERVICE).and_then(Json::as_str).ok_or_else(|| no_service(host, "it offers no modules.v1"))?;
        let base = answer.url.join(service).map_err(|e| no_service(host, &format!("it names \"{service}\": {e}")))?;
        if base.scheme() != "https" && !is_loopback(&base) {
            return Err(no_service(host, &format!("it names {}, which is without TLS", bare(&base))));
        }
        Ok(base)
    }
}

/// Where a host says what it offers. Without TLS only on this machine, where nothing travels.
fn well_known(host: &str) -> Result<Url, Diagnostic> {
    let parse = |scheme: &str| {
        Url::parse(&format!("{scheme}://{host}/.well-known/terraform.json")).map_err(|e| no_service(host, &format!("it is no host: {e}")))
    };
    let secure = parse("https")?;
    if is_loopback(&secure) { parse("http") } else { Ok(secure) }
}

/// With a slash at its end, so that paths are joined below it.
fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

fn versions(answer: &Answer) -> Option<Vec<String>> {
    let json: Json = serde_json::from_slice(&answer.body).ok()?;
    let list = json.get("modules")?.as_array()?.first()?.get("versions")?.as_array()?;
    Some(list.iter().filter_map(|v| v.get("version")?.as_str().map(str::to_string)).collect())
}

/// The newest version a constraint allows; a pre-release only where it is named exactly.
fn newest(all: &[String], constraint: Option<&Constraint>) -> Option<String> {
    let parsed = all.iter().filter_map(|text| Some((Version::parse(text)?, text)));
    let fits = |version: &Version| match constraint {
        Some(constraint) if version.is_prerelease() => constraint.names(version),
        Some(constraint) => constraint.allows(version),
        None => !version.is_prerelease(),
    };
    parsed.filter(|(v, _)| fits(v)).max_by(|a, b| a.0.cmp(&b.0)).map(|(_, text)| text.clone())
}

fn no_version(module: &RegistryModule, constraint: Option<&Constraint>, all: &[String]) -> Diagnostic {
    let mut sorted: Vec<(Version, &String)> = all.iter().filter_map(|t| Some((Version::parse(t)?, t))).collect();
    sorted.sort_by(|a, b| b.0.cmp(&a.0));
    let listed: Vec<&str> = sorted.iter().take(LISTED).map(|(_, t)| t.as_str()).collect();
    let more = if sorted.len() > LISTED { format!(" and {} older ones", sorted.len() - LISTED) } else { String::new() };
    let detail = match constraint {
        Some(constraint) => format!("No version of {module} meets the constraint \"{constraint}\"."),
        None => format!("{module} has no released version."),
    };
    let error = Diagnostic::error(NO_MATCH, detail);
    if listed.is_empty() {
        return error.help("The registry lists no version of it at all.");
    }
    error.help(format!("There are: {}{more}. A pre-release is taken only when it is named exactly.", listed.join(", ")))
}

fn no_service(host: &str, why: &str) -> Diagnostic {
    Diagnostic::error("No module registry", format!("The host {host} has no registry of modules: {why}."))
        .help("Is the host right? An address of three parts means registry.opentofu.org.")
}

fn strange(url: &Url, why: &str) -> Diagnostic {
    Diagnostic::error("Unexpected answer of a registry", format!("{} answered something else than the protocol says: {why}.", bare(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(constraint: Option<&str>) -> Option<String> {
        let all = ["1.0.0", "1.10.0", "1.9.3", "2.0.0-rc1", "2.0.0-beta2", "not-one", "0.9.0"].map(str::to_string);
        newest(&all, constraint.map(|c| Constraint::parse(c).unwrap()).as_ref())
    }

    #[test]
    fn the_newest_that_matches() {
        for (constraint, want) in [
            (None, Some("1.10.0")),
            (Some("~> 1.9.0"), Some("1.9.3")),
            (Some("< 1.0"), Some("0.9.0")),
            (Some(">= 2.0.0-beta1"), None),
            (Some("2.0.0-rc1"), Some("2.0.0-rc1")),
            (Some(">= 3"), None),
        ] {
            assert_eq!(chosen(constraint).as_deref(), want, "{constraint:?}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        assert_eq!(well_known("registry.example.com").unwrap().scheme(), "https");
        for host in ["localhost:8080", "127.0.0.1:8080"] {
            assert_eq!(well_known(host).unwrap().scheme(), "http", "{host}");
        }
    }
}
