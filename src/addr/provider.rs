//! Provider addresses.

use super::{InstanceKey, ModulePath};
use std::fmt;
use std::sync::Arc;

/// `registry.opentofu.org/hashicorp/aws`, or `terraform.io/builtin/terraform`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderSource {
    /// `registry.opentofu.org`
    pub host: Arc<str>,
    /// `hashicorp`
    pub namespace: Arc<str>,
    /// `aws`
    pub kind: Arc<str>,
}

/// A provider configuration as the state writes it: `module.x.provider["..."].alias`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderConfigAddr {
    /// The module that owns the configuration.
    pub module: ModulePath,
    /// Which provider.
    pub source: ProviderSource,
    /// `alias`, absent for the default configuration.
    pub alias: Option<Arc<str>>,
    /// Which instance, where the configuration has `for_each`.
    pub key: Option<Arc<str>>,
}

impl ProviderConfigAddr {
    /// The configuration that an instance belongs to.
    #[must_use]
    pub fn base(&self) -> Self {
        ProviderConfigAddr { key: None, ..self.clone() }
    }

    /// One of its instances.
    #[must_use]
    pub fn instance(&self, key: &str) -> Self {
        ProviderConfigAddr { key: Some(key.into()), ..self.clone() }
    }
}

impl ProviderSource {
    /// `registry.opentofu.org/hashicorp/<kind>`, what a bare name means.
    #[must_use]
    pub fn default_for(kind: &str) -> Self {
        if kind == "terraform" {
            return Self::builtin();
        }
        ProviderSource { host: "registry.opentofu.org".into(), namespace: "hashicorp".into(), kind: kind.into() }
    }

    /// `terraform.io/builtin/terraform`: `terraform_data`, `terraform_remote_state`.
    #[must_use]
    pub fn builtin() -> Self {
        ProviderSource { host: "terraform.io".into(), namespace: "builtin".into(), kind: "terraform".into() }
    }

    /// Parses `aws`, `hashicorp/aws` or `host/hashicorp/aws`; `registry.terraform.io` is read as
    /// `registry.opentofu.org` (both name the same native provider).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        // Hosts may have ports and names of other alphabets.
        let fits = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "-_.:".contains(c));
        if !parts.iter().all(fits) {
            return None;
        }
        let (host, namespace, kind) = match parts.as_slice() {
            [kind] => return Some(Self::default_for(kind)),
            [ns, kind] => ("registry.opentofu.org", *ns, *kind),
            ["registry.terraform.io", ns, kind] => ("registry.opentofu.org", *ns, *kind),
            [host, ns, kind] => (*host, *ns, *kind),
            _ => return None,
        };
        Some(ProviderSource { host: host.into(), namespace: namespace.into(), kind: kind.into() })
    }
}

impl fmt::Display for ProviderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.namespace, self.kind)
    }
}

impl fmt::Display for ProviderConfigAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "provider[\"{}\"]", self.source)?;
        if let Some(alias) = &self.alias {
            write!(f, ".{alias}")?;
        }
        match &self.key {
            Some(key) => write!(f, "{}", InstanceKey::Str(key.clone())),
            None => Ok(()),
        }
    }
}
