//! Marks: what must travel with a value.

use std::collections::BTreeSet;
use std::sync::Arc;

/// A set of marks. Sensitive values are masked, ephemeral ones never stored, deprecated ones warn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    sensitive: bool,
    ephemeral: bool,
    deprecated: Option<Arc<BTreeSet<Arc<str>>>>,
}

impl Marks {
    /// Just sensitive.
    pub const SENSITIVE: Marks = Marks { sensitive: true, ephemeral: false, deprecated: None };
    /// Just ephemeral.
    pub const EPHEMERAL: Marks = Marks { sensitive: false, ephemeral: true, deprecated: None };

    /// Just deprecated, with the message to show where it is used.
    #[must_use]
    pub fn deprecated(message: impl Into<Arc<str>>) -> Self {
        Marks { deprecated: Some(Arc::new(BTreeSet::from([message.into()]))), ..Marks::default() }
    }

    /// Whether values so marked are masked.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Whether values so marked are shown to nobody: sensitive or ephemeral ones.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.sensitive || self.ephemeral
    }

    /// Whether values so marked may not be stored.
    #[must_use]
    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    /// Deprecation messages.
    pub fn deprecations(&self) -> impl Iterator<Item = &Arc<str>> {
        self.deprecated.iter().flat_map(|set| set.iter())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.sensitive && !self.ephemeral && self.deprecated.is_none()
    }

    /// Both sets.
    #[must_use]
    pub fn union(&self, other: &Marks) -> Marks {
        let deprecated = match (&self.deprecated, &other.deprecated) {
            (Some(a), Some(b)) if a != b => Some(Arc::new(a.union(b).cloned().collect())),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        Marks { sensitive: self.sensitive || other.sensitive, ephemeral: self.ephemeral || other.ephemeral, deprecated }
    }

    /// These marks without "sensitive".
    #[must_use]
    pub fn without_sensitive(&self) -> Marks {
        Marks { sensitive: false, ..self.clone() }
    }

    /// These marks without "ephemeral".
    #[must_use]
    pub fn without_ephemeral(&self) -> Marks {
        Marks { ephemeral: false, ..self.clone() }
    }
}
