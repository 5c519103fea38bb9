//! Provisioner blocks become jobs, with the values of the moment.

use crate::addr::{InstanceAddr, InstanceKey};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::eval::{Evaluator, InstanceScope, Repetition, static_place};
use crate::provisioner::{Connection, Job, LocalCommand, Script, Source, Task, When};
use crate::syntax::{Block, ExprKind};
use crate::value::{Type, Value, convert};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How long a host is waited for unless `timeout` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The jobs of an object at a moment, in order. `object` is what `self` means.
///
/// # Errors
/// What cannot be evaluated, or is still unknown.
pub(super) fn jobs(eval: &Evaluator, config: &Config, addr: &InstanceAddr, when: When, object: &Value) -> Result<Vec<Job>, Diagnostics> {
    let Some((blocks, shared)) = written(config, addr) else { return Ok(Vec::new()) };
    let mut scope = eval.scope(&addr.resource.module);
    scope.repetition = repetition(eval, addr);
    scope.self_value = Some(object.clone());
    let mut all = Vec::new();
    for block in blocks.iter().filter(|b| moment(b) == when) {
        let mut reader = Reader { scope: &scope, block, addr, values: BTreeMap::new(), secret: false, diags: Diagnostics::new() };
        reader.read(&block.body, &["when", "on_failure"]);
        let task = reader.task(shared);
        if reader.diags.has_errors() {
            return Err(reader.diags);
        }
        let (Some(task), Some(kind)) = (task, kind(block)) else { continue };
        all.push(Job { kind, task, may_fail: keyword(block, "on_failure").as_deref() == Some("continue"), secret: reader.secret });
    }
    Ok(all)
}

/// Whether provisioners run when the object is made.
pub(super) fn runs_when_made(config: &Config, addr: &InstanceAddr) -> bool {
    written(config, addr).is_some_and(|(blocks, _)| blocks.iter().any(|b| moment(b) == When::Create))
}

/// Provisioners and connection of the object's resource, or of the `removed` block it falls under.
fn written<'a>(config: &'a Config, addr: &InstanceAddr) -> Option<(&'a [Block], Option<&'a Block>)> {
    let resource = addr.config_addr();
    if let Some(found) = config.modules.get(&resource.module).and_then(|m| m.resources.get(&resource)) {
        return Some((&found.provisioners, found.connection.as_ref()));
    }
    config.modules.iter().find_map(|(path, module)| {
        let mut blocks = module.removed.iter().filter(|r| r.destroy);
        let found = blocks.find(|r| static_place(&r.from).and_then(|p| p.config_addr(path)).as_ref() == Some(&resource))?;
        Some((found.provisioners.as_slice(), found.connection.as_ref()))
    })
}

/// `each` and `count`, also of an instance that the configuration does not have any more.
fn repetition(eval: &Evaluator, addr: &InstanceAddr) -> Repetition {
    match eval.values.resource(&addr.resource).map(|e| Repetition::of(e, &addr.key)) {
        Some(found @ (Repetition::Count(_) | Repetition::Each(..))) => found,
        _ => match &addr.key {
            InstanceKey::None => Repetition::None,
            InstanceKey::Int(i) => Repetition::Count(*i),
            InstanceKey::Str(key) => Repetition::Each(key.clone(), Value::dynamic()),
        },
    }
}

fn kind(block: &Block) -> Option<&'static str> {
    let label = block.labels.first()?.name.as_ref();
    ["local-exec", "remote-exec", "file"].into_iter().find(|k| *k == label)
}

fn moment(block: &Block) -> When {
    if keyword(block, "when").as_deref() == Some("destroy") { When::Destroy } else { When::Create }
}

fn keyword(block: &Block, name: &str) -> Option<String> {
    let attr = block.body.attribute(name)?;
    match &*attr.expr.kind {
        ExprKind::Variable(word) => Some(word.to_string()),
        _ => attr.expr.literal_str().map(|s| s.to_string()),
    }
}

/// Evaluates one block.
struct Reader<'a> {
    scope: &'a InstanceScope<'a>,
    block: &'a Block,
    addr: &'a InstanceAddr,
    values: BTreeMap<String, Value>,
    secret: bool,
    diags: Diagnostics,
}

impl Reader<'_> {
    fn read(&mut self, body: &crate::syntax::Body, skip: &[&str]) {
        for attr in body.attributes.iter().filter(|a| !skip.contains(&a.name.name.as_ref())) {
            let value = self.scope.evaluate(&attr.expr, &mut self.diags);
            self.secret |= value.has_sensitive() || value.deep_marks().is_ephemeral();
            let value = value.unmark_deep().0;
            if !value.is_wholly_known() && !self.diags.has_errors() {
                let detail = format!("\"{}\" is not known when it is needed.", attr.name.name);
                self.diags.push(Diagnostic::error("Value not known", detail).at(attr.expr.span).address(self.addr));
            }
            self.values.insert(attr.name.name.to_string(), value);
        }
    }

    fn wrong(&mut self, name: &str, what: &str) {
        let at = self.block.body.attribute(name).map_or(self.block.header, |a| a.expr.span);
        let detail = format!("\"{name}\" must be {what}.");
        self.diags.push(Diagnostic::error("Invalid provisioner argument", detail).at(at).address(self.addr));
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.values.get(name).filter(|v| !v.is_null())?.clone();
        let text = convert(&value, &Type::String).ok().and_then(|v| v.as_str().map(str::to_string));
        if text.is_none() {
            self.wrong(name, "text");
        }
        text
    }

    fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(|v| convert(v, &Type::Bool).ok()).and_then(|v| v.as_bool()).unwrap_or(false)
    }

    fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.values.get(name).filter(|v| !v.is_null())?.clone();
        let list = convert(&value, &Type::list(Type::String)).ok();
        let items = list.as_ref().and_then(Value::items).map(|i| i.iter().filter_map(|v| v.as_str().map(str::to_string)).collect());
        if items.is_none() {
            self.wrong(name, "a list of texts");
        }
        items
    }

    fn task(&mut self, shared: Option<&Block>) -> Option<Task> {
        match kind(self.block)? {
            "local-exec" => self.local().map(Task::Local),
            "remote-exec" => {
                let scripts = self.scripts()?;
                Some(Task::Remote { scripts, connection: self.connection(shared)? })
            }
            _ => {
                let source = match (self.text("content"), self.text("source")) {
                    (Some(text), None) => Source::Content(text),
                    (None, Some(path)) => Source::Path(path),
                    _ => {
                        self.wrong("source", "written, or else \"content\", and not both");
                        return None;
                    }
                };
                let destination = self.text("destination")?;
                Some(Task::Upload { source, destination, connection: self.connection(shared)? })
            }
        }
    }

    fn local(&mut self) -> Option<LocalCommand> {
        let env = match self.values.get("environment").filter(|v| !v.is_null()).cloned() {
            None => BTreeMap::new(),
            Some(value) => match convert(&value, &Type::map(Type::String)).ok().as_ref().and_then(Value::members) {
                Some(members) => members.iter().filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect(),
                None => {
                    self.wrong("environment", "a map of texts");
                    return None;
                }
            },
        };
        let command = self.text("command").filter(|c| !c.is_empty());
        if command.is_none() {
            self.wrong("command", "a text that is not empty");
        }
        let interpreter = self.list("interpreter").unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()]);
        let dir = self.text("working_dir").map(PathBuf::from);
        Some(LocalCommand { command: command?, interpreter, dir, env, quiet: self.flag("quiet") })
    }

    fn scripts(&mut self) -> Option<Vec<Script>> {
        match (self.list("inline"), self.text("script"), self.list("scripts")) {
            (Some(lines), None, None) => Some(vec![Script::Inline(lines.join("\n") + "\n")]),
            (None, Some(path), None) => Some(vec![Script::File(path.into())]),
            (None, None, Some(paths)) => Some(paths.into_iter().map(|p| Script::File(p.into())).collect()),
            _ => {
                self.wrong("inline", "written, or else \"script\" or \"scripts\", and only one of them");
                None
            }
        }
    }

    /// The resource's connection with that of the provisioner over it.
    fn connection(&mut self, shared: Option<&Block>) -> Option<Connection> {
        let own = self.block.body.blocks_of("connection").next();
        let blocks: Vec<&Block> = shared.into_iter().chain(own).collect();
        self.values.clear();
        for block in blocks {
            self.read(&block.body, &[]);
        }
        if self.text("type").is_some_and(|t| t != "ssh") {
            self.wrong("type", "\"ssh\"; envctl has no other connection");
        }
        let Some(host) = self.text("host").filter(|h| !h.is_empty()) else {
            let d = Diagnostic::error(
                "Connection without a host",
                "The provisioner has no connection block that says which host to connect to.",
            );
            let d = d.at(self.block.header).address(self.addr);
            self.diags.push(d.help("Write: connection { host = self.public_ip, user = \"...\" }"));
            return None;
        };
        let timeout = match self.text("timeout").map(|t| crate::clock::parse_duration(&t)) {
            Some(Err(_)) => {
                self.wrong("timeout", "a duration such as \"5m\"");
                return None;
            }
            Some(Ok(found)) => found,
            None => TIMEOUT,
        };
        let jump = self.text("bastion_host").map(|host| {
            let user = self.text("bastion_user").map(|u| format!("{u}@")).unwrap_or_default();
            let port = self.text("bastion_port").map(|p| format!(":{p}")).unwrap_or_default();
            format!("{user}{host}{port}")
        });
        Some(Connection {
            host,
            user: self.text("user").unwrap_or_else(|| "root".into()),
            port: self.text("port").and_then(|p| p.parse().ok()),
            private_key: self.text("private_key"),
            host_key: self.text("host_key"),
            jump,
            timeout,
        })
    }
}
