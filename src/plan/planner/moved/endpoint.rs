//! Both ends of a `moved` block as patterns over addresses.

use crate::addr::{InstanceAddr, InstanceKey, Mode, ModuleInstance, ModulePath, ResourceInstanceParent};
use crate::plan::eval::Place;
use crate::value::Name;

/// Which keys a step covers.
#[derive(Clone, Debug, PartialEq)]
enum Keys {
    /// All: the whole resource or call moves, keys stay.
    Any,
    /// This one.
    Is(InstanceKey),
}

impl Keys {
    fn covers(&self, key: &InstanceKey) -> bool {
        match self {
            Keys::Any => true,
            Keys::Is(own) => own == key,
        }
    }

    fn meets(&self, other: &Keys) -> bool {
        match (self, other) {
            (Keys::Is(a), Keys::Is(b)) => a == b,
            _ => true,
        }
    }

    /// The new key of what had `old`.
    fn apply(&self, old: &InstanceKey) -> InstanceKey {
        match self {
            Keys::Any => old.clone(),
            Keys::Is(own) => own.clone(),
        }
    }
}

/// One end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    modules: Vec<(Name, Keys)>,
    resource: Option<(Name, Name, Keys)>,
    /// How many of the steps lie above the module that the block stands in.
    base: usize,
}

/// Both ends of a block in the module `base`. Where neither end has a key on its last step, the
/// resource (or call) moves with all its instances; otherwise single instances move.
pub(super) fn ends(base: &ModulePath, from: &Place, to: &Place) -> (End, End) {
    let last = |p: &Place| match &p.resource {
        Some((.., key)) => key.clone(),
        None => p.modules.last().and_then(|(_, key)| key.clone()),
    };
    let whole = last(from).is_none() && last(to).is_none();
    (end(base, from, whole), end(base, to, whole))
}

fn end(base: &ModulePath, place: &Place, whole: bool) -> End {
    let is = |key: &Option<InstanceKey>| Keys::Is(key.clone().unwrap_or_default());
    let last = |key: &Option<InstanceKey>| if whole { Keys::Any } else { is(key) };
    let mut modules: Vec<(Name, Keys)> = base.0.iter().map(|n| (n.clone(), Keys::Any)).collect();
    for (i, (name, key)) in place.modules.iter().enumerate() {
        let ends_here = place.resource.is_none() && i + 1 == place.modules.len();
        modules.push((name.clone(), if ends_here { last(key) } else { is(key) }));
    }
    let resource = place.resource.as_ref().map(|(kind, name, key)| (kind.clone(), name.clone(), last(key)));
    End { modules, resource, base: base.0.len() }
}

impl End {
    fn holds(&self, other: &End) -> bool {
        let steps = self.modules.len() <= other.modules.len()
            && self.modules.iter().zip(&other.modules).all(|((a, ak), (b, bk))| a == b && ak.meets(bk));
        steps
            && match (&self.resource, &other.resource) {
                (None, _) => true,
                (Some((kind, name, keys)), Some((k, n, ks))) => {
                    self.modules.len() == other.modules.len() && kind == k && name == n && keys.meets(ks)
                }
                (Some(_), None) => false,
            }
    }

    /// Whether something may be meant by both.
    pub fn overlaps(&self, other: &End) -> bool {
        self.holds(other) || other.holds(self)
    }

    /// Whether the object lies at this end.
    fn covers(&self, addr: &InstanceAddr) -> bool {
        let steps = &addr.resource.module.0;
        let inside =
            steps.len() >= self.modules.len() && steps.iter().zip(&self.modules).all(|((n, k), (own, keys))| n == own && keys.covers(k));
        inside
            && self.resource.as_ref().is_none_or(|(kind, name, keys)| {
                let r = &addr.resource;
                let here = steps.len() == self.modules.len() && r.mode == Mode::Managed;
                here && r.kind == *kind && r.name == *name && keys.covers(&addr.key)
            })
    }

    /// Where the object goes when it lies at this end and moves to the other one.
    pub fn moved(&self, to: &End, addr: &InstanceAddr) -> Option<InstanceAddr> {
        if !self.covers(addr) {
            return None;
        }
        let steps = &addr.resource.module.0;
        let last = steps.get(self.modules.len().wrapping_sub(1)).map(|(_, k)| k.clone()).unwrap_or_default();
        let mut module = Vec::with_capacity(steps.len());
        for (i, (name, keys)) in to.modules.iter().enumerate() {
            let old = if i < to.base { steps.get(i).map(|(_, k)| k.clone()).unwrap_or_default() } else { last.clone() };
            module.push((name.clone(), keys.apply(&old)));
        }
        module.extend(steps.iter().skip(self.modules.len()).filter(|_| self.resource.is_none()).cloned());
        let r = &addr.resource;
        let (kind, name, key) = match &to.resource {
            Some((kind, name, keys)) => (kind.clone(), name.clone(), keys.apply(&addr.key)),
            None => (r.kind.clone(), r.name.clone(), addr.key.clone()),
        };
        let parent = ResourceInstanceParent { module: ModuleInstance(module), mode: r.mode, kind, name };
        Some(parent.instance(key))
    }
}
