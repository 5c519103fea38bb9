//! What `moved`, `removed` and `import` blocks name: a resource or a module, written from the
//! module the block stands in.

use super::traversal;
use super::values::instance_key;
use crate::addr::{InstanceAddr, InstanceKey, Mode, ModuleInstance, ModulePath, ResourceAddr, ResourceInstanceParent};
use crate::syntax::Expr;
use crate::value::{Key, Name, Step};

/// A resource or module below some module.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Calls on the way, with their keys where written.
    pub modules: Vec<(Name, Option<InstanceKey>)>,
    /// Type, name and key; `None` where a module is named.
    pub resource: Option<(Name, Name, Option<InstanceKey>)>,
}

/// The place an expression names; `index` gives keys that are not literal. `None` for anything
/// else, data sources among it.
#[must_use]
pub fn place(expr: &Expr, index: &dyn Fn(&Expr) -> Option<Key>) -> Option<Place> {
    let found = traversal(expr, index)?;
    let mut steps = vec![Step::Attr(found.root)];
    steps.extend(found.steps);
    let mut at = steps.into_iter().peekable();
    let mut place = Place { modules: Vec::new(), resource: None };
    while let Some(Step::Attr(name)) = at.next() {
        let Some(Step::Attr(second)) = at.next() else { return None };
        let key = at.next_if(|s| matches!(s, Step::Index(_))).and_then(|s| match s {
            Step::Index(k) => instance_key(&k),
            Step::Attr(_) => None,
        });
        if name.as_ref() == "module" {
            place.modules.push((second, key));
        } else {
            place.resource = Some((name, second, key));
            return at.next().is_none().then_some(place);
        }
    }
    (!place.modules.is_empty()).then_some(place)
}

/// [`place`] where every key is a literal.
#[must_use]
pub fn static_place(expr: &Expr) -> Option<Place> {
    place(expr, &|_| None)
}

impl Place {
    /// The static path of the innermost module named, from the one the block stands in.
    #[must_use]
    pub fn module(&self, base: &ModulePath) -> ModulePath {
        self.modules.iter().fold(base.clone(), |path, (name, _)| path.child(name))
    }

    /// The resource named, if one is.
    #[must_use]
    pub fn config_addr(&self, base: &ModulePath) -> Option<ResourceAddr> {
        let (kind, name, _) = self.resource.as_ref()?;
        Some(ResourceAddr { module: self.module(base), mode: Mode::Managed, kind: kind.clone(), name: name.clone() })
    }

    /// The instance named from an instance of the module; steps without a key have none.
    #[must_use]
    pub fn instance(&self, base: &ModuleInstance) -> Option<InstanceAddr> {
        let (kind, name, key) = self.resource.as_ref()?;
        let step = |m: ModuleInstance, (n, k): &(Name, Option<InstanceKey>)| m.child(n, k.clone().unwrap_or_default());
        let module = self.modules.iter().fold(base.clone(), step);
        let parent = ResourceInstanceParent { module, mode: Mode::Managed, kind: kind.clone(), name: name.clone() };
        Some(parent.instance(key.clone().unwrap_or_default()))
    }

    /// Whether a key is written anywhere.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.modules.iter().any(|(_, k)| k.is_some()) || self.resource.as_ref().is_some_and(|(.., k)| k.is_some())
    }
}
