//! Module addresses.

use super::InstanceKey;
use std::fmt;
use std::sync::Arc;

/// Static path of a module: names of the calls from the root; empty is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(pub Vec<Arc<str>>);

/// A module instance: names and keys of the calls from the root; empty is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleInstance(pub Vec<(Arc<str>, InstanceKey)>);

impl ModulePath {
    /// The root module.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }
    /// Whether it is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
    /// The module called `name` in this one.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let mut path = self.0.clone();
        path.push(name.into());
        ModulePath(path)
    }
    /// The calling module; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, up) = self.0.split_last()?;
        Some(ModulePath(up.to_vec()))
    }
}

impl ModuleInstance {
    /// The root module's only instance.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }
    /// Whether it is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
    /// The instance `key` of the module called `name` in this one.
    #[must_use]
    pub fn child(&self, name: &str, key: InstanceKey) -> Self {
        let mut path = self.0.clone();
        path.push((name.into(), key));
        ModuleInstance(path)
    }
    /// The static path.
    #[must_use]
    pub fn path(&self) -> ModulePath {
        ModulePath(self.0.iter().map(|(n, _)| n.clone()).collect())
    }
    /// The calling module's instance; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, up) = self.0.split_last()?;
        Some(ModuleInstance(up.to_vec()))
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if i > 0 { "." } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for ModuleInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, key)) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}{key}", if i > 0 { "." } else { "" })?;
        }
        Ok(())
    }
}
