//! `secret "NAME" { }` of an app block: where a value lies that stands in no configuration.
//!
//! Such values are fetched when the app is planned or deployed, never by `validate`. In their app block they are
//! `secret.NAME`: sensitive strings, unknown as long as nobody fetched them.

use super::reader::Reader;
use super::shell;
use super::text::Text;
use crate::addr::Mode;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject, decode_body};
use crate::schema::{BlockSchema, boolean, list_of, string};
use crate::syntax::Block;
use crate::value::{Key, Name, Type, Value, closest};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How long a command may take to tell a secret, unless the block says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The arguments that name a source; a block has exactly one of them.
const SOURCES: [&str; 5] = ["env", "file", "command", "secretsmanager", "ssm"];

/// What belongs to which source.
const PARTS: [(&str, &[&str]); 6] = [
    ("key", &["file"]),
    ("whole", &["command"]),
    ("timeout", &["command"]),
    ("json_key", &["secretsmanager"]),
    ("version_stage", &["secretsmanager"]),
    ("region", &["secretsmanager", "ssm"]),
];

/// Where a secret lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretRef {
    /// A variable of the process's environment.
    Env {
        /// Its name.
        name: String,
    },
    /// A file of this machine.
    File {
        /// Its path, relative to the project.
        path: String,
        /// The key of a `.env` file; the whole text without it.
        key: Option<String>,
    },
    /// What a program of this machine prints.
    Command {
        /// The program and its arguments; no shell is between.
        words: Vec<String>,
        /// All of its output rather than the first line.
        whole: bool,
        /// How long it may take.
        timeout: Duration,
    },
    /// AWS Secrets Manager.
    SecretsManager {
        /// Name or ARN.
        id: String,
        /// The member of a secret that is a JSON object.
        json_key: Option<String>,
        /// `AWSCURRENT` without it.
        version_stage: Option<String>,
        /// Another region than that of the run.
        region: Option<String>,
    },
    /// AWS Systems Manager's parameter store.
    Ssm {
        /// Name or ARN.
        path: String,
        /// Another region than that of the run.
        region: Option<String>,
    },
}

/// The source as people read it; nothing in it is secret.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::Env { name } => write!(f, "the environment variable {name}"),
            SecretRef::File { path, key: Some(key) } => write!(f, "{key} in the file {path}"),
            SecretRef::File { path, key: None } => write!(f, "the file {path}"),
            SecretRef::Command { words, .. } => {
                write!(f, "the command {}", words.iter().map(|w| shell::quote(w)).collect::<Vec<_>>().join(" "))
            }
            SecretRef::SecretsManager { id, json_key: Some(key), .. } => write!(f, "{key} of the secret {id} in Secrets Manager"),
            SecretRef::SecretsManager { id, .. } => write!(f, "the secret {id} in Secrets Manager"),
            SecretRef::Ssm { path, .. } => write!(f, "the parameter {path} of Systems Manager"),
        }
    }
}

/// A `secret` block.
#[derive(Clone, Debug)]
pub struct SecretSpec {
    /// Its label.
    pub name: Name,
    /// Where it lies; `None` while that is known after apply.
    pub wanted: Option<SecretRef>,
    /// The block's header.
    pub span: Span,
}

/// The body of `secret "name" { }`.
#[must_use]
pub fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("env", string().optional())
        .attr("file", string().optional())
        .attr("key", string().optional())
        .attr("command", list_of(Type::String).optional())
        .attr("whole", boolean().optional())
        .attr("timeout", string().optional())
        .attr("secretsmanager", string().optional())
        .attr("json_key", string().optional())
        .attr("version_stage", string().optional())
        .attr("ssm", string().optional())
        .attr("region", string().optional())
}

/// The `secret` blocks of an app block, evaluated.
#[must_use]
pub fn secret_specs(block: &Block, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Vec<SecretSpec> {
    let schema = schema();
    let outside = SecretScope { outer: scope, values: BTreeMap::new(), inside: true };
    let mut specs: Vec<SecretSpec> = Vec::new();
    for block in block.body.blocks_of("secret") {
        let value = decode_body(&block.body, block.header, &schema, &[], &outside, diagnostics);
        let Some(name) = name(block, diagnostics) else { continue };
        if let Some(first) = specs.iter().find(|s| s.name == name) {
            let detail = format!("There is a secret {name:?} in this app block already.");
            diagnostics.push(Diagnostic::error("Duplicate secret", detail).at(block.header).within(first.span));
            continue;
        }
        let reader = Reader { value: &value, body: &block.body, at: block.header };
        specs.push(SecretSpec { name, wanted: wanted(&reader, diagnostics), span: block.header });
    }
    specs
}

fn name(block: &Block, diagnostics: &mut Diagnostics) -> Option<Name> {
    let [label] = block.labels.as_slice() else {
        let detail = format!("A secret block has one label, its name; this one has {}.", block.labels.len());
        let error = Diagnostic::error("Wrong number of labels", detail).at(block.header);
        diagnostics.push(error.help("Write it like: secret \"db_password\" { ... }"));
        return None;
    };
    if !shell::is_name(&label.name) {
        let detail = format!("{:?} cannot be written as secret.NAME.", label.name);
        let error = Diagnostic::error("Invalid secret name", detail).at(label.span).within(block.header);
        diagnostics.push(error.help("Letters, digits and underscores, not a digit first."));
        return None;
    }
    Some(label.name.clone())
}

fn wanted(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> Option<SecretRef> {
    let given: Vec<&str> = SOURCES.into_iter().filter(|s| r.get(s).is_some()).collect();
    let &[kind] = given.as_slice() else {
        let detail = match given.as_slice() {
            [] => "The block names no source.".to_string(),
            several => format!("{} exclude each other.", several.join(" and ")),
        };
        let help = "Exactly one of: env = \"VAR\", file = \"secrets.env\" with key = \"...\", command = [\"pass\", \"show\", \"x\"], \
                    secretsmanager = \"name\", ssm = \"/path\".";
        diagnostics.push(Diagnostic::error("A secret needs exactly one source", detail).at(r.at).help(help));
        return None;
    };
    for (part, owners) in PARTS {
        if r.get(part).is_some() && !owners.contains(&kind) {
            let detail = format!("{part} belongs to {}, not to {kind}.", owners.join(" and "));
            diagnostics.push(r.error(part, "Argument without effect", detail));
        }
    }
    // A part that is known after apply makes the whole unknown.
    let part = |name: &str| match r.text(name) {
        None => Some(None),
        Some(text) => text.known().map(|t| Some(t.to_string())),
    };
    let timeout = r.duration("timeout", diagnostics).unwrap_or(TIMEOUT);
    if kind == "command" {
        return command(r, timeout, diagnostics);
    }
    let text = r.text(kind)?;
    let main = text.known()?.to_string();
    if let Some(problem) = problem(kind, &main) {
        diagnostics.push(r.error(kind, "Invalid source of a secret", format!("{kind} = {main:?}: {problem}.")));
        return None;
    }
    Some(match kind {
        "env" => SecretRef::Env { name: main },
        "file" => SecretRef::File { path: main, key: part("key")? },
        "ssm" => SecretRef::Ssm { path: main, region: part("region")? },
        _ => SecretRef::SecretsManager {
            id: main,
            json_key: part("json_key")?,
            version_stage: part("version_stage")?,
            region: part("region")?,
        },
    })
}

fn problem(kind: &str, text: &str) -> Option<&'static str> {
    match kind {
        _ if text.is_empty() => Some("it is empty"),
        "env" if !shell::is_name(text) => Some("that is not the name of an environment variable"),
        _ => None,
    }
}

fn command(r: &Reader<'_>, timeout: Duration, diagnostics: &mut Diagnostics) -> Option<SecretRef> {
    let value = r.get("command").filter(|v| !v.is_unknown())?;
    let words: Vec<Text> = value.items().into_iter().flatten().filter_map(Text::of).collect();
    if words.first().is_none_or(|w| w.known() == Some("")) {
        let detail = "command is an empty list.";
        diagnostics.push(r.error("command", "Invalid source of a secret", detail).help("The first element is the program."));
        return None;
    }
    if words.iter().any(Text::is_sensitive) {
        let detail = "An argument of the command is sensitive, and everybody on this machine can read arguments.";
        diagnostics
            .push(r.error("command", "A secret in an argument", detail).help("Let the program read it from a file or its environment."));
        return None;
    }
    let words = words.iter().map(|w| w.known().map(String::from)).collect::<Option<Vec<_>>>()?;
    Some(SecretRef::Command { words, whole: r.flag("whole", false), timeout })
}

/// The secrets of an app block beside everything else that has a name there.
pub struct SecretScope<'a> {
    outer: &'a dyn Scope,
    values: BTreeMap<Name, Value>,
    /// In a `secret` block itself.
    inside: bool,
}

impl<'a> SecretScope<'a> {
    /// For the secrets that a block declares, and the values that were fetched.
    #[must_use]
    pub fn new(outer: &'a dyn Scope, block: &Block, fetched: &BTreeMap<Name, String>) -> Self {
        let declared = block.body.blocks_of("secret").filter_map(|b| b.labels.first());
        let value = |name: &Name| match fetched.get(name) {
            Some(text) => Value::string(text).sensitive(),
            None => Value::unknown_not_null(Type::String).sensitive(),
        };
        SecretScope { outer, values: declared.map(|l| (l.name.clone(), value(&l.name))).collect(), inside: false }
    }

    fn secret(&self, name: &Name, span: Span) -> Result<Value, Diagnostic> {
        if self.inside {
            let detail = format!("secret.{name} is not known in a secret block: secrets are fetched all at once.");
            return Err(Diagnostic::error("A secret that needs a secret", detail).at(span));
        }
        self.values.get(name).cloned().ok_or_else(|| undeclared_secret(name, self.values.keys().map(AsRef::as_ref), span))
    }
}

/// A reference to a secret that the app block does not declare.
#[must_use]
pub fn undeclared_secret<'n>(name: &str, known: impl IntoIterator<Item = &'n str>, span: Span) -> Diagnostic {
    let error =
        Diagnostic::error("Reference to undeclared secret", format!("No secret named {name:?} is declared in this app block.")).at(span);
    match closest(name, known) {
        Some(near) => error.help(format!("Did you mean secret.{near}?")),
        None => error.help(format!("Declare it in the app block: secret \"{name}\" {{ env = \"...\" }}")),
    }
}

impl Scope for SecretScope<'_> {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        match subject {
            Subject::Resource { mode: Mode::Managed, kind, name } if kind.as_ref() == "secret" => self.secret(name, span),
            _ => self.outer.resolve(subject, span),
        }
    }

    fn resolve_instance(&self, subject: &Subject, key: &Key, span: Span) -> Option<Result<Value, Diagnostic>> {
        self.outer.resolve_instance(subject, key, span)
    }

    fn functions(&self) -> &FunctionTable {
        self.outer.functions()
    }

    fn provisional(&self) -> bool {
        self.outer.provisional()
    }

    fn call_env(&self) -> &CallEnv {
        self.outer.call_env()
    }
}
