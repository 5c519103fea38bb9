//! Registry addresses: `namespace/name/provider`, with `host/` in front for other registries.

use super::{Package, Source};
use crate::diag::Diagnostic;
use std::fmt;

/// The registry that is meant where no host is written.
pub const DEFAULT_HOST: &str = "registry.opentofu.org";

/// A module of a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryModule {
    /// Host, with a port if one is written.
    pub host: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The system it is for (`aws`).
    pub provider: String,
}

impl fmt::Display for RegistryModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path())
    }
}

impl RegistryModule {
    /// `namespace/name/provider`
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.name, self.provider)
    }
}

/// Reads a registry address; `None`: it has another form.
pub(super) fn parse(source: &str) -> Option<Result<Source, Diagnostic>> {
    if source.contains("::") || source.contains("://") || source.contains('?') || source.starts_with('/') {
        return None;
    }
    let (module, subfolder) = source.split_once("//").map_or((source, ""), |(m, s)| (m, s));
    let parts: Vec<&str> = module.split('/').collect();
    let (host, namespace, name, provider) = match parts.as_slice() {
        [namespace, name, provider] => (DEFAULT_HOST.to_string(), *namespace, *name, *provider),
        [host, namespace, name, provider] if is_host(host) => (host.to_ascii_lowercase(), *namespace, *name, *provider),
        _ => return None,
    };
    if !is_name(namespace) || !is_name(name) || !is_system(provider) {
        return None;
    }
    // Those two have no registry; the address means a repository there.
    if matches!(host.as_str(), "github.com" | "bitbucket.org") {
        return None;
    }
    let package = Package::Registry(RegistryModule { host, namespace: namespace.into(), name: name.into(), provider: provider.into() });
    Some(super::remote::subfolder(subfolder, source).map(|subfolder| Source { package, subfolder }))
}

/// A name with a dot or a port, or `localhost`.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(n, p)| (n, Some(p)));
    let ported = port.is_none_or(|p| p.parse::<u16>().is_ok());
    let labels = name.split('.').all(|l| !l.is_empty() && !l.starts_with('-') && l.chars().all(|c| c.is_alphanumeric() || c == '-'));
    ported && labels && (name.contains('.') || name == "localhost")
}

/// Letters, digits, and inside of it `-` and `_`; at most 64.
fn is_name(text: &str) -> bool {
    let outer = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    outer(text.chars().next())
        && outer(text.chars().last())
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn is_system(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
}
