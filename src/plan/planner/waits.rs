//! Objects that name another by a literal wait for it, as if they referred to it.

use super::Planner;
use super::request::ObjectId;
use crate::addr::{Mode, ResourceAddr};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A wanted object: its type, the attribute that names it, and the name.
type Named = (String, &'static str, String);

impl Planner {
    /// Adds dependencies by `TypeRules::waits_for`, unless they would close a circle.
    pub(super) fn add_waits(&mut self) {
        let wanted = self.wanted();
        if wanted.is_empty() {
            return;
        }
        let kinds: BTreeSet<(&str, &str)> = wanted.iter().map(|(_, (kind, attr, _))| (kind.as_str(), *attr)).collect();
        let mut named: BTreeMap<(String, &str, String), ResourceAddr> = BTreeMap::new();
        for change in self.changes.values().filter(|c| c.addr.resource.mode == Mode::Managed) {
            for (kind, attr) in kinds.iter().filter(|(k, _)| *k == change.addr.resource.kind.as_ref()) {
                if let Some(name) = text(change.after.as_ref(), attr) {
                    named.insert(((*kind).to_string(), attr, name), change.addr.config_addr());
                }
            }
        }
        for (id, key) in &wanted {
            let Some(target) = named.get(&(key.0.clone(), key.1, key.2.clone())) else { continue };
            let own = id.0.config_addr();
            let circle = *target == own || self.facts.dependencies(target).contains(&own);
            if let Some(change) = self.changes.get_mut(id).filter(|c| !circle && !c.dependencies.contains(target)) {
                change.dependencies.push(target.clone());
                change.dependencies.sort();
            }
        }
    }

    fn wanted(&self) -> Vec<(ObjectId, Named)> {
        let mut wanted = Vec::new();
        for (id, change) in &self.changes {
            let r = &change.addr.resource;
            if change.after.is_none() || r.mode != Mode::Managed {
                continue;
            }
            let Some(schema) = self.eval.schemas.schema(&change.provider.source, r.mode, &r.kind) else { continue };
            for (attr, kind, other) in schema.rules.waits_for {
                if let Some(name) = text(change.after.as_ref(), attr) {
                    wanted.push((id.clone(), ((*kind).to_string(), *other, name)));
                }
            }
        }
        wanted
    }
}

fn text(value: Option<&Value>, attr: &str) -> Option<String> {
    value?.get(attr)?.as_str().filter(|s| !s.is_empty()).map(str::to_string)
}
