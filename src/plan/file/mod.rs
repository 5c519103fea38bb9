//! A plan in a file: everything apply needs, and everything that tells whether it still holds.
//!
//! It holds secrets in clear text, as apply needs them: whoever writes it makes it readable by its
//! owner alone. The format is envctl's own and carries its version.

mod change;
mod digest;
mod value;

pub use digest::digest;

use super::{OutputChange, Plan, PlanMode};
use crate::diag::Diagnostic;
use crate::state::{State, Style, read, write};
use crate::value::{Name, Value};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Version of the format.
const VERSION: u64 = 1;

/// What a plan was made for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanOrigin {
    /// The environment as it was asked for: apply loads it again.
    pub environment: String,
    /// Where the state lies, as text: another place refuses the plan.
    pub store: String,
    /// `terraform.workspace`
    pub workspace: String,
    /// SHA-256 of every file that was read.
    pub file_hashes: BTreeMap<PathBuf, String>,
    /// Kind and settings of the backend, so that no flag has to be given again.
    pub backend: (Name, BTreeMap<Name, Value>),
    /// When it was made, RFC 3339: what `plantimestamp()` says.
    pub made: String,
    /// What was planned, as `show -json` tells it.
    pub configuration: Json,
    /// Applications that have something to do, with the commits that were approved.
    pub apps: BTreeMap<Name, Option<String>>,
}

/// A plan and what it was made for.
#[derive(Clone, Debug)]
pub struct SavedPlan {
    /// The plan.
    pub plan: Plan,
    /// What for.
    pub origin: PlanOrigin,
}

impl SavedPlan {
    /// The file's content.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let plan = &self.plan;
        let state = |s: &State| String::from_utf8_lossy(&write(s, Style::Compact)).into_owned();
        let outputs: Map<String, Json> = plan.outputs.iter().map(|(n, o)| (n.to_string(), output(o))).collect();
        let hashes: BTreeMap<String, &String> = self.origin.file_hashes.iter().map(|(p, h)| (p.display().to_string(), h)).collect();
        let document = json!({
            "envctl_plan": VERSION,
            "environment": self.origin.environment,
            "store": self.origin.store,
            "workspace": self.origin.workspace,
            "file_hashes": hashes,
            "backend": { "kind": self.origin.backend.0.to_string(), "settings": values(&self.origin.backend.1) },
            "made": self.origin.made,
            "configuration": self.origin.configuration,
            "apps": self.origin.apps.iter().map(|(n, c)| (n.to_string(), json!(c))).collect::<Map<_, _>>(),
            "mode": mode(plan.mode),
            "partial": plan.partial,
            "changes": plan.changes.iter().map(change::to_json).collect::<Vec<_>>(),
            "drift": plan.drift.iter().map(change::to_json).collect::<Vec<_>>(),
            "outputs": outputs,
            "variables": values(&plan.variables),
            "had_state": !plan.prior_state.lineage.is_empty(),
            "prior_state": state(&plan.prior_state),
            "refreshed_state": state(&plan.refreshed_state),
        });
        let mut bytes = document.to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file's content.
    ///
    /// # Errors
    /// When it is not a plan, or one of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<SavedPlan, Diagnostic> {
        let document: Json = serde_json::from_slice(bytes).map_err(|_| not_a_plan())?;
        match document.get("envctl_plan").and_then(Json::as_u64) {
            Some(VERSION) => parse(&document).ok_or_else(not_a_plan),
            Some(other) => {
                let detail = format!("The file is a plan of format {other}, and this version of envctl reads format {VERSION}.");
                Err(Diagnostic::error("Plan of another version", detail).help("Plan again with the envctl that applies."))
            }
            None => Err(not_a_plan()),
        }
    }

    /// Why the plan does not hold any more: the state moved on (also by applying this very plan).
    #[must_use]
    pub fn stale(&self, now: &State) -> Option<Diagnostic> {
        let then = &self.plan.prior_state;
        if then.lineage == now.lineage && then.serial == now.serial {
            return None;
        }
        let why = if then.lineage == now.lineage || then.lineage.is_empty() {
            format!("the state has serial {} now and had {} then: it was changed, perhaps by this very plan", now.serial, then.serial)
        } else {
            "it was made for another state (the lineage differs)".to_string()
        };
        Some(Diagnostic::error("The plan is stale", format!("It cannot be applied any more: {why}.")).help("Plan again."))
    }

    /// The files that changed since, by the hashes as they are now (absent: the file is gone).
    #[must_use]
    pub fn changed_files(&self, now: &BTreeMap<PathBuf, String>) -> Vec<&PathBuf> {
        self.origin.file_hashes.iter().filter(|(p, h)| now.get(*p) != Some(*h)).map(|(p, _)| p).collect()
    }
}

fn not_a_plan() -> Diagnostic {
    Diagnostic::error("Not a plan file", "The file is not a plan that envctl wrote, or it is damaged.")
        .help("Make one with `envctl plan <env> -out FILE`; plans of tofu are not readable by envctl.")
}

fn mode(mode: PlanMode) -> &'static str {
    match mode {
        PlanMode::Normal => "normal",
        PlanMode::Destroy => "destroy",
        PlanMode::RefreshOnly => "refresh-only",
    }
}

fn output(output: &OutputChange) -> Json {
    let side = |v: &Option<Value>| v.as_ref().map(value::encode);
    json!({ "before": side(&output.before), "after": side(&output.after), "sensitive": output.sensitive })
}

fn values(named: &BTreeMap<Name, Value>) -> Map<String, Json> {
    named.iter().map(|(n, v)| (n.to_string(), value::encode(v))).collect()
}

fn values_of(json: &Json) -> Option<BTreeMap<Name, Value>> {
    json.as_object()?.iter().map(|(n, v)| Some((n.as_str().into(), value::decode(v)?))).collect()
}

fn parse(document: &Json) -> Option<SavedPlan> {
    let text = |name: &str| document.get(name)?.as_str().map(str::to_string);
    let changes = |name: &str| document.get(name)?.as_array()?.iter().map(change::from_json).collect::<Option<Vec<_>>>();
    let named = |name: &str| document.get(name)?.as_object();
    let state = |name: &str| read(text(name)?.as_bytes()).ok();
    let had_state = document.get("had_state")?.as_bool()?;
    let plan = Plan {
        mode: match document.get("mode")?.as_str()? {
            "normal" => PlanMode::Normal,
            "destroy" => PlanMode::Destroy,
            "refresh-only" => PlanMode::RefreshOnly,
            _ => return None,
        },
        changes: changes("changes")?,
        drift: changes("drift")?,
        outputs: named("outputs")?.iter().map(output_of).collect::<Option<_>>()?,
        prior_state: if had_state { state("prior_state")? } else { State::default() },
        refreshed_state: state("refreshed_state")?,
        variables: values_of(document.get("variables")?)?,
        partial: document.get("partial")?.as_bool()?,
    };
    let hash = |(p, h): (&String, &Json)| Some((PathBuf::from(p), h.as_str()?.to_string()));
    let backend = document.get("backend")?;
    let origin = PlanOrigin {
        backend: (backend.get("kind")?.as_str()?.into(), values_of(backend.get("settings")?)?),
        made: text("made")?,
        configuration: document.get("configuration")?.clone(),
        apps: named("apps")?.iter().map(|(n, c)| (n.as_str().into(), c.as_str().map(str::to_string))).collect(),
        environment: text("environment")?,
        store: text("store")?,
        workspace: text("workspace")?,
        file_hashes: named("file_hashes")?.iter().map(hash).collect::<Option<_>>()?,
    };
    Some(SavedPlan { plan, origin })
}

fn output_of((name, json): (&String, &Json)) -> Option<(Name, OutputChange)> {
    let side = |side: &str| match json.get(side)? {
        Json::Null => Some(None),
        v => value::decode(v).map(Some),
    };
    let change = OutputChange { before: side("before")?, after: side("after")?, sensitive: json.get("sensitive")?.as_bool()? };
    Some((name.as_str().into(), change))
}
