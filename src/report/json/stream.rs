//! The event stream of `-json`: one object a line, as OpenTofu's machine-readable UI.

use super::diagnostic::diagnostic;
use super::objects::index;
use super::value::masked;
use super::{reason, value};
use crate::addr::{InstanceAddr, ModuleInstance};
use crate::deploy::{DeployEvent, WaitingFor};
use crate::diag::{Diagnostic, SourceMap};
use crate::engine::{Event, Phase, ProvisionStep};
use crate::plan::{Action, OutputChange, Plan, ResourceChange};
use crate::report::plan::Counts;
use crate::state::OutputState;
use crate::value::{Name, type_to_json};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Version of the stream.
const UI_FORMAT: &str = "1.2";
/// Who speaks of infrastructure; OpenTofu's own name, so that its readers read us.
const INFRA: &str = "tofu.ui";
/// Who speaks of applications.
const APPS: &str = "envctl.app";
/// Who speaks of prices.
const COST: &str = "envctl.cost";

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub(super) level: &'static str,
    message: String,
    module: &'static str,
    kind: &'static str,
    rest: Map<String, Json>,
}

impl Line {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Line {
        Line { level: "info", message: message.into(), module: INFRA, kind, rest: Map::new() }
    }

    pub(super) fn with(mut self, name: &str, value: Json) -> Line {
        self.rest.insert(name.into(), value);
        self
    }

    /// The line's text without its end; `time` is RFC 3339.
    #[must_use]
    pub fn text(&self, time: &str) -> String {
        let mut out = Map::new();
        out.insert("@level".into(), json!(self.level));
        out.insert("@message".into(), json!(self.message));
        out.insert("@module".into(), json!(self.module));
        out.insert("@timestamp".into(), json!(time));
        out.insert("type".into(), json!(self.kind));
        out.extend(self.rest.clone());
        Json::Object(out).to_string()
    }

    /// The first line.
    #[must_use]
    pub fn version(program: &str, language: &str) -> Line {
        let message = format!("envctl {program}");
        Line::new("version", message).with("envctl", json!(program)).with("tofu", json!(language)).with("ui", json!(UI_FORMAT))
    }

    /// Anything said in words.
    #[must_use]
    pub fn log(text: &str) -> Line {
        Line::new("log", text.trim_end())
    }

    /// A diagnostic.
    #[must_use]
    pub fn diagnostic(d: &Diagnostic, sources: &SourceMap) -> Line {
        let word = if d.is_error() { "Error" } else { "Warning" };
        let mut line = Line::new("diagnostic", format!("{word}: {}", d.summary)).with("diagnostic", diagnostic(d, sources));
        line.level = if d.is_error() { "error" } else { "warn" };
        line
    }

    /// Drift, changes, summary and outputs of a plan.
    #[must_use]
    pub fn plan(plan: &Plan) -> Vec<Line> {
        let shown = |c: &&ResourceChange| !c.is_nothing();
        let mut lines: Vec<Line> = plan.drift.iter().map(drift).collect();
        lines.extend(plan.changes.iter().filter(shown).map(planned));
        lines.push(Line::summary(Counts::of(plan), "plan"));
        let changed: Map<String, Json> =
            plan.outputs.iter().filter(|(_, o)| o.before != o.after).map(|(n, o)| (n.to_string(), output_change(o))).collect();
        if !changed.is_empty() {
            lines.push(Line::new("outputs", format!("Outputs: {}", changed.len())).with("outputs", Json::Object(changed)));
        }
        lines
    }

    /// What a plan makes of the cost.
    #[must_use]
    pub fn cost(message: &str, cost: Json) -> Line {
        Line { module: COST, ..Line::new("cost", message).with("cost", cost) }
    }

    /// What was or will be done; `operation` is plan, apply or destroy.
    #[must_use]
    pub fn summary(n: Counts, operation: &str) -> Line {
        let Counts { add, change, destroy, forget, import } = n;
        let message = match operation {
            "plan" => format!("Plan: {n}."),
            "destroy" => format!("Destroy complete! Resources: {destroy} destroyed."),
            _ => format!("Apply complete! Resources: {add} added, {change} changed, {destroy} destroyed."),
        };
        let changes =
            json!({ "add": add, "change": change, "import": import, "remove": destroy, "forget": forget, "operation": operation });
        Line::new("change_summary", message).with("changes", changes)
    }

    /// Outputs after an apply; sensitive ones without their value.
    #[must_use]
    pub fn outputs(outputs: &BTreeMap<Name, OutputState>) -> Line {
        let one = |o: &OutputState| {
            let mut out = Map::from_iter([("sensitive".to_string(), json!(o.sensitive)), ("type".to_string(), type_to_json(&o.ty))]);
            if !o.sensitive {
                out.insert("value".into(), crate::value::from_json(&o.value, &o.ty).map_or(Json::Null, |v| value::plain(&v)));
            }
            Json::Object(out)
        };
        let all: Map<String, Json> = outputs.iter().map(|(n, o)| (n.to_string(), one(o))).collect();
        Line::new("outputs", format!("Outputs: {}", all.len())).with("outputs", Json::Object(all))
    }

    /// What the engine tells.
    #[must_use]
    pub fn event(event: &Event) -> Vec<Line> {
        match event {
            Event::Refreshing { objects, .. } => objects.iter().map(|(a, id)| refresh(a, id.as_ref(), true)).collect(),
            Event::Refreshed { objects } => objects.iter().map(|(a, id)| refresh(a, id.as_ref(), false)).collect(),
            Event::Started { addr, phase, id, .. } => {
                let message = format!("{addr}: {}...{}", verb(*phase), with_id(id.as_ref()));
                vec![Line::new("apply_start", message).with("hook", hook(addr, *phase, id.as_ref(), None))]
            }
            Event::Finished { addr, phase, id, elapsed, .. } => {
                let s = elapsed.as_secs();
                let message = format!("{addr}: {} complete after {s}s{}", noun(*phase), with_id(id.as_ref()));
                vec![Line::new("apply_complete", message).with("hook", hook(addr, *phase, id.as_ref(), Some(s)))]
            }
            Event::Failed { addr, phase, elapsed } => {
                let s = elapsed.as_secs();
                let mut line = Line::new("apply_errored", format!("{addr}: {} errored after {s}s", noun(*phase)));
                line.level = "error";
                vec![line.with("hook", hook(addr, *phase, None, Some(s)))]
            }
            Event::Provision { addr, kind, step } => vec![provision(addr, kind, step)],
            Event::Ephemeral { addr, step } => {
                let kind = if step.is_end() { "ephemeral_action_complete" } else { "ephemeral_action_started" };
                let words = step.words();
                let hook = json!({ "resource": resource(addr), "Msg": words });
                vec![Line::new(kind, format!("{addr}: {words}")).with("hook", hook)]
            }
            Event::Skipped { .. } | Event::StateSaved { .. } => Vec::new(),
        }
    }

    /// Something takes its time.
    #[must_use]
    pub fn still(addr: &InstanceAddr, phase: Phase, seconds: u64) -> Line {
        let doing = verb(phase).to_lowercase();
        let message = format!("{addr}: Still {doing}... [{seconds}s elapsed]");
        Line::new("apply_progress", message).with("hook", hook(addr, phase, None, Some(seconds)))
    }

    /// What is planned for an application.
    #[must_use]
    pub fn app_plan(app: &str, commit: Option<&str>, text: &str) -> Line {
        let mut line = Line::new("planned_app", format!("app.{app}: Plan to deploy"));
        line.module = APPS;
        line.with("app", json!(app)).with("commit", json!(commit)).with("text", json!(text))
    }

    /// What a deploy tells.
    #[must_use]
    pub fn deploy(event: &DeployEvent, sources: &SourceMap) -> Line {
        let (kind, app, message, rest) = match event {
            DeployEvent::Waiting { app, host, what, elapsed, left, .. } => {
                let what = match what {
                    WaitingFor::Ssh => "ssh",
                    WaitingFor::File(path) => path.as_str(),
                    WaitingFor::Health(check) => check.as_str(),
                };
                let rest = json!({ "host": host, "what": what, "elapsed_seconds": elapsed.as_secs(), "left_seconds": left.as_secs() });
                ("app_waiting", app, format!("waiting for {what} on {host}"), rest)
            }
            DeployEvent::Connected { app, host } => ("app_connected", app, format!("connected to {host}"), json!({ "host": host })),
            DeployEvent::StepStarted { app, detail, .. } => ("app_step_start", app, detail.clone(), json!({ "step": detail })),
            DeployEvent::StepFinished { app, .. } => ("app_step_complete", app, "step complete".into(), json!({})),
            DeployEvent::Notice { app, text } => ("app_notice", app, text.clone(), json!({})),
            DeployEvent::Output { app, line } => ("app_output", app, line.clone(), json!({ "line": line })),
            DeployEvent::Warning { app, diagnostic: d } => {
                ("app_warning", app, d.summary.clone(), json!({ "diagnostic": diagnostic(d, sources) }))
            }
            DeployEvent::Finished { app, changed, elapsed } => {
                let how = if *changed { "deployed" } else { "nothing to do" };
                ("app_complete", app, how.into(), json!({ "changed": changed, "elapsed_seconds": elapsed.as_secs() }))
            }
            DeployEvent::Failed { app, .. } => ("app_errored", app, "failed".into(), json!({})),
        };
        let mut line = Line::new(kind, format!("app.{app}: {message}")).with("app", json!(app.as_ref()));
        line.module = APPS;
        if let Json::Object(rest) = rest {
            line.rest.extend(rest);
        }
        line
    }
}

/// The object a line is about.
fn resource(addr: &InstanceAddr) -> Json {
    let r = &addr.resource;
    let mut here = addr.clone();
    here.resource.module = ModuleInstance::root();
    json!({
        "addr": addr.to_string(),
        "module": r.module.to_string(),
        "resource": here.to_string(),
        "implied_provider": r.kind.split('_').next().unwrap_or(""),
        "resource_type": r.kind.as_ref(),
        "resource_name": r.name.as_ref(),
        "resource_key": index(&addr.key),
    })
}

/// `change` of `planned_change` and `resource_drift`.
fn change(c: &ResourceChange) -> Json {
    let mut out = Map::from_iter([("resource".to_string(), resource(&c.addr)), ("action".to_string(), json!(action(c)))]);
    if let Some(from) = &c.previous_addr {
        out.insert("previous_resource".into(), resource(from));
    }
    if let Some(id) = &c.importing {
        out.insert("importing".into(), json!({ "id": id }));
    }
    if let Some(key) = &c.deposed {
        out.insert("deposed".into(), json!(key));
    }
    if let Some(why) = c.reason {
        out.insert("reason".into(), json!(short_reason(reason(why))));
    }
    Json::Object(out)
}

/// In the stream replacements say `cannot_update`, `tainted`, `requested`.
fn short_reason(long: &str) -> &str {
    match long {
        "replace_by_request" => "requested",
        _ => long.strip_prefix("replace_because_").unwrap_or(long),
    }
}

fn action(c: &ResourceChange) -> &'static str {
    match c.action {
        Action::NoOp if c.previous_addr.is_some() => "move",
        Action::NoOp if c.importing.is_some() => "import",
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Delete => "delete",
        Action::Forget => "forget",
    }
}

fn drift(c: &ResourceChange) -> Line {
    Line::new("resource_drift", format!("{}: Drift detected ({})", c.addr, action(c))).with("change", change(c))
}

fn planned(c: &ResourceChange) -> Line {
    Line::new("planned_change", format!("{}: Plan to {}", c.addr, action(c))).with("change", change(c))
}

fn output_change(o: &OutputChange) -> Json {
    let action = match (&o.before, &o.after) {
        (None, _) => "create",
        (_, None) => "delete",
        _ => "update",
    };
    let mut out = Map::from_iter([("sensitive".to_string(), json!(o.sensitive)), ("action".to_string(), json!(action))]);
    if let Some(after) = o.after.as_ref().filter(|v| !o.sensitive && v.is_wholly_known() && !v.has_sensitive()) {
        out.insert("type".into(), type_to_json(&after.ty()));
        out.insert("value".into(), masked(after));
    }
    Json::Object(out)
}

fn refresh(addr: &InstanceAddr, id: Option<&String>, start: bool) -> Line {
    let mut hook = Map::from_iter([("resource".to_string(), resource(addr))]);
    if let Some(id) = id {
        hook.insert("id_key".into(), json!("id"));
        hook.insert("id_value".into(), json!(id));
    }
    let (kind, word) = if start { ("refresh_start", "Refreshing state...") } else { ("refresh_complete", "Refresh complete") };
    Line::new(kind, format!("{addr}: {word}{}", with_id(id))).with("hook", Json::Object(hook))
}

fn provision(addr: &InstanceAddr, kind: &str, step: &ProvisionStep) -> Line {
    let mut hook = Map::from_iter([("resource".to_string(), resource(addr)), ("provisioner".to_string(), json!(kind))]);
    let (name, message) = match step {
        ProvisionStep::Started => ("provision_start", format!("{addr}: Provisioning with '{kind}'...")),
        ProvisionStep::Output(line) => {
            hook.insert("output".into(), json!(line));
            ("provision_progress", format!("{addr}: ({kind}): {line}"))
        }
        ProvisionStep::Finished => ("provision_complete", format!("{addr}: ({kind}) Provisioning complete")),
        ProvisionStep::Failed => ("provision_errored", format!("{addr}: ({kind}) Provisioning errored")),
    };
    Line::new(name, message).with("hook", Json::Object(hook))
}

fn hook(addr: &InstanceAddr, phase: Phase, id: Option<&String>, elapsed: Option<u64>) -> Json {
    let mut out = Map::from_iter([("resource".to_string(), resource(addr)), ("action".to_string(), json!(word(phase)))]);
    if let Some(id) = id {
        out.insert("id_key".into(), json!("id"));
        out.insert("id_value".into(), json!(id));
    }
    if let Some(seconds) = elapsed {
        out.insert("elapsed_seconds".into(), json!(seconds));
    }
    Json::Object(out)
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Refresh | Phase::Read => "read",
        Phase::Create => "create",
        Phase::Update => "update",
        Phase::Destroy => "delete",
    }
}

fn verb(phase: Phase) -> &'static str {
    match phase {
        Phase::Refresh | Phase::Read => "Reading",
        Phase::Create => "Creating",
        Phase::Update => "Modifying",
        Phase::Destroy => "Destroying",
    }
}

fn noun(phase: Phase) -> &'static str {
    match phase {
        Phase::Refresh | Phase::Read => "Read",
        Phase::Create => "Creation",
        Phase::Update => "Modifications",
        Phase::Destroy => "Destruction",
    }
}

fn with_id(id: Option<&String>) -> String {
    id.map_or_else(String::new, |id| format!(" [id={id}]"))
}
