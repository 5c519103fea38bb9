//! How the conditions of every object came out: what a state keeps as `check_results`.
//!
//! The document is OpenTofu's (state format 4): one entry per object that can have conditions, with
//! one result per instance of it. An entry without results is unknown, or passes where the
//! configuration makes no instance.

use crate::addr::{Mode, ModuleInstance};
use crate::config::{Config, Resource};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// How conditions came out; the later in this list, the more it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    /// They hold.
    Pass,
    /// Not known yet.
    #[default]
    Unknown,
    /// One does not hold.
    Fail,
    /// One could not be evaluated.
    Error,
}

impl CheckStatus {
    fn word(self) -> &'static str {
        match self {
            CheckStatus::Pass => "pass",
            CheckStatus::Unknown => "unknown",
            CheckStatus::Fail => "fail",
            CheckStatus::Error => "error",
        }
    }

    fn read(word: &str) -> CheckStatus {
        let all = [CheckStatus::Pass, CheckStatus::Fail, CheckStatus::Error];
        all.into_iter().find(|s| s.word() == word).unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Object {
    status: CheckStatus,
    messages: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Entry {
    /// What it is without objects.
    status: CheckStatus,
    objects: BTreeMap<String, Object>,
}

impl Entry {
    fn status(&self) -> CheckStatus {
        self.objects.values().map(|o| o.status).max().unwrap_or(self.status)
    }
}

/// Results by kind and static address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckResults(BTreeMap<(String, String), Entry>);

impl CheckResults {
    /// Every object of a configuration that has conditions, as `status`.
    #[must_use]
    pub fn of(config: &Config, status: CheckStatus) -> CheckResults {
        let mut all = CheckResults::default();
        for (path, module) in &config.modules {
            let prefix = if path.is_root() { String::new() } else { format!("{path}.") };
            let variables = module.variables.values().filter(|v| !v.validations.is_empty()).map(|v| ("var", format!("var.{}", v.name)));
            let outputs =
                module.outputs.iter().filter(|(_, o)| !o.preconditions.is_empty()).map(|(n, _)| ("output", format!("output.{n}")));
            let checks = module.checks.keys().map(|n| ("check", format!("check.{n}")));
            for (kind, name) in variables.chain(outputs).chain(checks) {
                all.0.insert((kind.into(), format!("{prefix}{name}")), Entry { status, ..Entry::default() });
            }
            let guarded = |l: &crate::config::Lifecycle| !l.preconditions.is_empty() || !l.postconditions.is_empty();
            // Ephemeral resources leave nothing behind.
            let stays = |r: &&Resource| r.addr.mode != Mode::Ephemeral && guarded(&r.lifecycle);
            for resource in module.resources.values().filter(stays) {
                all.0.insert(("resource".into(), resource.addr.to_string()), Entry { status, ..Entry::default() });
            }
        }
        all
    }

    /// Notes how one condition of an object came out; `what` is its address, in `module`.
    pub fn record(&mut self, module: &ModuleInstance, what: &str, status: CheckStatus, message: Option<String>) {
        let inside = if module.is_root() { String::new() } else { format!("{module}.") };
        let rest = what.strip_prefix(&inside).unwrap_or(what);
        let kind = ["var", "output", "check"].into_iter().find(|k| rest.strip_prefix(k).is_some_and(|r| r.starts_with('.')));
        let name = rest.split('[').next().unwrap_or(rest);
        let prefix = if module.is_root() { String::new() } else { format!("{}.", module.path()) };
        let entry = self.0.entry((kind.unwrap_or("resource").into(), format!("{prefix}{name}"))).or_default();
        let object = entry.objects.entry(what.to_string()).or_insert(Object { status, messages: Vec::new() });
        object.status = object.status.max(status);
        if let Some(message) = message.filter(|m| !object.messages.contains(m)) {
            object.messages.push(message);
            object.messages.sort();
        }
    }

    /// Takes over what `later` knows, object by object; entries that are not here are left out.
    pub fn update(&mut self, later: &CheckResults) {
        for (key, entry) in &later.0 {
            if let Some(mine) = self.0.get_mut(key) {
                mine.objects.extend(entry.objects.iter().map(|(a, o)| (a.clone(), o.clone())));
            }
        }
    }

    /// The document of the state; null when there is nothing to say.
    #[must_use]
    pub fn to_json(&self) -> Json {
        if self.0.is_empty() {
            return Json::Null;
        }
        let object = |(addr, o): (&String, &Object)| {
            let mut out = Map::from_iter([("object_addr".to_string(), json!(addr)), ("status".to_string(), json!(o.status.word()))]);
            if !o.messages.is_empty() {
                out.insert("failure_messages".into(), json!(o.messages));
            }
            Json::Object(out)
        };
        let entry = |((kind, addr), e): (&(String, String), &Entry)| {
            let objects: Option<Vec<Json>> = (!e.objects.is_empty()).then(|| e.objects.iter().map(object).collect());
            json!({ "object_kind": kind, "config_addr": addr, "status": e.status().word(), "objects": objects })
        };
        self.0.iter().map(entry).collect()
    }

    /// Reads the document of a state; what is not understood is left out.
    #[must_use]
    pub fn from_json(document: &Json) -> CheckResults {
        let text = |j: &Json, name: &str| j.get(name).and_then(Json::as_str).unwrap_or_default().to_string();
        let object = |j: &Json| {
            let messages = j.get("failure_messages").and_then(Json::as_array).into_iter().flatten();
            let mut messages: Vec<String> = messages.filter_map(|m| m.as_str().map(str::to_string)).collect();
            messages.sort();
            (text(j, "object_addr"), Object { status: CheckStatus::read(&text(j, "status")), messages })
        };
        let entry = |j: &Json| {
            let objects = j.get("objects").and_then(Json::as_array).into_iter().flatten().map(object).collect();
            let status = CheckStatus::read(&text(j, "status"));
            let status = if BTreeMap::is_empty(&objects) { status } else { CheckStatus::default() };
            ((text(j, "object_kind"), text(j, "config_addr")), Entry { status, objects })
        };
        CheckResults(document.as_array().into_iter().flatten().map(entry).collect())
    }

    /// The document `old` where it says the same, else this one: order is no difference.
    #[must_use]
    pub fn settled(&self, old: &Json) -> Json {
        let new = self.to_json();
        if CheckResults::from_json(old) == CheckResults::from_json(&new) { old.clone() } else { new }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::InstanceKey;

    #[test]
    fn results_are_what_opentofu_writes() {
        let root = ModuleInstance::root();
        let module = root.child("m", InstanceKey::Str("k.1".into()));
        let mut found = CheckResults::default();
        found.record(&root, "terraform_data.a[1]", CheckStatus::Pass, None);
        found.record(&root, "terraform_data.a[0]", CheckStatus::Unknown, None);
        found.record(&root, "check.c", CheckStatus::Fail, Some("never".into()));
        found.record(&root, "check.c", CheckStatus::Fail, Some("it is x".into()));
        found.record(&root, "check.c", CheckStatus::Pass, None);
        found.record(&module, "module.m[\"k.1\"].output.o", CheckStatus::Pass, None);
        let want = json!([
            {"object_kind": "check", "config_addr": "check.c", "status": "fail",
             "objects": [{"object_addr": "check.c", "status": "fail", "failure_messages": ["it is x", "never"]}]},
            {"object_kind": "output", "config_addr": "module.m.output.o", "status": "pass",
             "objects": [{"object_addr": "module.m[\"k.1\"].output.o", "status": "pass"}]},
            {"object_kind": "resource", "config_addr": "terraform_data.a", "status": "unknown",
             "objects": [{"object_addr": "terraform_data.a[0]", "status": "unknown"}, {"object_addr": "terraform_data.a[1]", "status": "pass"}]},
        ]);
        assert_eq!(found.to_json(), want);
        assert_eq!(CheckResults::from_json(&want).to_json(), want);
        let mut turned = want.as_array().unwrap().clone();
        turned.reverse();
        let turned = Json::from(turned);
        assert_eq!(found.settled(&turned), turned, "order is no difference");
        assert_eq!(found.settled(&Json::Null), want);
        assert_eq!(CheckResults::default().to_json(), Json::Null);
    }

    #[test]
    fn what_applying_saw_counts() {
        let root = ModuleInstance::root();
        let (mut planned, mut applied) = (CheckResults::default(), CheckResults::default());
        planned.record(&root, "output.o", CheckStatus::Unknown, None);
        planned.record(&root, "var.v", CheckStatus::Pass, None);
        applied.record(&root, "output.o", CheckStatus::Pass, None);
        applied.record(&root, "output.gone", CheckStatus::Pass, None);
        planned.update(&applied);
        let statuses: Vec<Json> = planned.to_json().as_array().unwrap().iter().map(|e| e["status"].clone()).collect();
        assert_eq!(statuses, ["pass", "pass"]);
    }
}
