//! From an `app` block to an [`AppSpec`], with every mistake at its place.

use super::reader::Reader;
use super::schema::{file_schema, schema};
use super::spec::{AppSpec, FileContent, FileSpec, InstallSpec, ReadySpec, SourceSpec, SshSpec};
use super::text::Text;
use super::{env_file, fact, health, hook, hosts, log, release, secret, services};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::{Scope, decode_body};
use crate::schema::BlockSchema;
use crate::syntax::Block;
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long apply waits for SSH and for the marker file unless the block says otherwise.
const DEFAULT_WAIT: Duration = Duration::from_secs(600);
/// Blocks with a label; they have schemas of their own.
const LABELLED: [&str; 4] = ["file", "hook", "secret", "fact"];

/// Evaluates an `app` block. Parts that only apply will know stay unknown. With errors in
/// `diagnostics` the result is only good for finding more of them.
///
/// # Errors (as diagnostics)
/// What the schema refuses, labels, contradictions between arguments, values out of range.
#[must_use]
pub fn decode(block: &Block, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> AppSpec {
    decode_with(block, scope, &BTreeMap::new(), diagnostics)
}

/// [`decode`] with the secrets of the block that were fetched; the others stay unknown.
#[must_use]
pub fn decode_with(block: &Block, scope: &dyn Scope, secrets: &BTreeMap<Name, String>, diagnostics: &mut Diagnostics) -> AppSpec {
    let _ = secret::secret_specs(block, scope, diagnostics);
    let scope = &secret::SecretScope::new(scope, block, secrets);
    let value = decode_body(&block.body, block.header, &schema(), &LABELLED, scope, diagnostics);
    let files = labelled(block, "file", &file_schema(), scope, diagnostics);
    let hooks = labelled(block, "hook", &hook::schema(), scope, diagnostics);
    let mut spec = from_values(block, &value, &files, &hooks, diagnostics);
    let facts = labelled(block, "fact", &fact::schema(), scope, diagnostics);
    spec.facts = fact::decode_all(&facts, diagnostics);
    spec
}

/// The labelled blocks of a kind with their values.
fn labelled<'a>(
    block: &'a Block,
    kind: &'a str,
    schema: &BlockSchema,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<(&'a Block, Value)> {
    block.body.blocks_of(kind).map(|b| (b, decode_body(&b.body, b.header, schema, &[], scope, diagnostics))).collect()
}

/// The spec from evaluated bodies.
fn from_values(
    block: &Block,
    value: &Value,
    files: &[(&Block, Value)],
    hooks: &[(&Block, Value)],
    diagnostics: &mut Diagnostics,
) -> AppSpec {
    let name = block.labels.first().map_or_else(|| "".into(), |l| l.name.clone());
    let app = Reader { value, body: &block.body, at: block.header };
    let releases = app.child("releases").map(|r| release::decode(&r, diagnostics));
    let link = releases.as_ref().map(|_| release::CURRENT.to_string());
    let source = app.child("source").map(|r| SourceSpec { link, ..source(&r, diagnostics) });
    let (host, hosts) = hosts::decode(&app, diagnostics);
    let spec = AppSpec {
        host,
        hosts,
        instance: None,
        ssh: app.child("ssh").map(|r| ssh(&r, diagnostics)).unwrap_or_default(),
        ready: app.child("ready").map(|r| ReadySpec {
            file: r.text("file").unwrap_or_else(Text::unknown),
            timeout: r.duration("timeout", diagnostics).unwrap_or(DEFAULT_WAIT),
        }),
        install: app.child("install").map(|r| install(&r, diagnostics)),
        files: files.iter().filter_map(|(block, value)| file(block, value, source.as_ref(), diagnostics)).collect(),
        releases,
        health: app.children("health").iter().filter_map(|r| health::decode(r, diagnostics)).collect(),
        hooks: hooks.iter().filter_map(|(block, value)| hook::decode(block, value, diagnostics)).collect(),
        log: app.child("log").and_then(|r| log::decode(&r, diagnostics)),
        services: app.child("services").map(|r| services::decode(&r)),
        facts: Vec::new(),
        rollback: app.get("rollback").and_then(Value::as_bool),
        span: block.header,
        source,
        name,
    };
    if spec.releases.is_some() && spec.source.is_none() {
        let detail = "Releases are folders of the source, and this app has no source block.";
        diagnostics.push(Diagnostic::error("Releases without source", detail).at(block.header));
    }
    repeated_files(&spec, diagnostics);
    spec
}

fn ssh(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> SshSpec {
    let host_key = r.text("host_key");
    if let Some(bad) = host_key.as_ref().and_then(Text::known).filter(|k| !is_host_key(k)) {
        let detail = format!("{bad:?} is not a host key.");
        diagnostics.push(
            r.error("host_key", "Invalid host key", detail).help("Write type and key as ssh-keyscan shows them: \"ssh-ed25519 AAAA...\"."),
        );
    }
    // Variables that default to "" mean that nothing is set.
    let part = |name: &str| r.text(name).filter(|t| t.known() != Some(""));
    SshSpec {
        host_key,
        user: part("user"),
        port: r.number("port", 1, diagnostics),
        key: part("key"),
        jump: part("jump"),
        config: part("config"),
        timeout: r.duration("timeout", diagnostics),
    }
}

fn source(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> SourceSpec {
    let git = r.text("git").unwrap_or_else(Text::unknown);
    if let Some(problem) = git.known().and_then(|url| url_problem(url, git.is_sensitive())) {
        let help = "git and its helpers show the URL in the process list. Use a deploy key, a credential helper, \
                    or git_config with an http.<url>.extraHeader (it travels in the environment).";
        diagnostics.push(r.error("git", "Repository URL cannot be used", problem).help(help));
    }
    let git_config = r.map("git_config");
    for key in git_config.keys().filter(|k| !k.contains('.') || k.contains(['\n', '\0'])) {
        let detail = format!("{key:?} is not the name of a git setting: those have a section, like \"http.proxy\".");
        diagnostics.push(r.error("git_config", "Invalid git setting", detail));
    }
    let path = r.text("path").unwrap_or_else(Text::unknown);
    if let Some(bad) = path.known().filter(|p| p.is_empty() || *p == "/" || *p == "~" || *p == "~/" || p.split('/').any(|s| s == "..")) {
        let detail = format!("{bad:?} cannot be the folder of a checkout.");
        diagnostics.push(r.error("path", "Invalid source path", detail).help("Name a folder of its own, like \"/srv/app\"."));
    }
    if let Some(bad) =
        r.text("ref").as_ref().and_then(Text::known).filter(|t| t.is_empty() || t.starts_with('-') || t.contains(char::is_whitespace))
    {
        diagnostics.push(r.error("ref", "Invalid ref", format!("{bad:?} is not a branch, a tag or a commit.")));
    }
    SourceSpec {
        git,
        reference: r.text("ref"),
        path,
        submodules: r.flag("submodules", true),
        git_config,
        discard_changes: r.flag("discard_changes", false),
        depth: r.number("depth", 1, diagnostics),
        link: None,
    }
}

fn install(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> InstallSpec {
    let env = r.environment("env", diagnostics);
    let run = r.text("run");
    let always = match run.as_ref().and_then(Text::known) {
        None | Some("on_change") => false,
        Some("always") => true,
        Some(other) => {
            let detail = format!("run = {other:?} is not known: \"on_change\" or \"always\".");
            diagnostics.push(r.error("run", "Invalid argument value", detail));
            false
        }
    };
    // An unknown environment makes the command itself unknown: nothing can be said about it yet.
    let command = if r.is_unknown("env") { None } else { r.text("command") };
    InstallSpec { command: command.unwrap_or_else(Text::unknown), dir: r.text("dir"), sudo: r.flag("sudo", false), env, always }
}

fn file(block: &Block, value: &Value, source: Option<&SourceSpec>, diagnostics: &mut Diagnostics) -> Option<FileSpec> {
    let r = Reader { value, body: &block.body, at: block.header };
    let [label] = block.labels.as_slice() else {
        let detail = format!("A file block has one label, the path of the file; this one has {}.", block.labels.len());
        diagnostics
            .push(Diagnostic::error("Wrong number of labels", detail).at(block.header).help("Write it like: file \"config/.env\" { ... }"));
        return None;
    };
    let path = label.name.to_string();
    let relative = !path.starts_with('/') && !path.starts_with("~/");
    if path.is_empty() || path.ends_with('/') || path.contains('\0') || path.split('/').any(|s| s == "..") {
        let detail = format!("{path:?} is not the path of a file (empty, ends with \"/\" or leads upwards).");
        diagnostics.push(Diagnostic::error("Invalid file path", detail).at(label.span).within(block.header));
    } else if relative && source.is_none() {
        let detail = format!("{path:?} is relative to the source, and this app has no source block.");
        diagnostics
            .push(Diagnostic::error("Invalid file path", detail).at(label.span).help("Write an absolute path, or one below \"~/\"."));
    }
    let sudo = r.flag("sudo", false);
    let owner = r.text("owner");
    if owner.is_some() && !sudo {
        diagnostics.push(r.error("owner", "Owner needs sudo", "Only root may give a file to somebody.").help("Add sudo = true."));
    }
    Some(FileSpec { path, content: content(&r, source, diagnostics)?, mode: mode(&r, diagnostics), sudo, owner, span: block.header })
}

fn mode(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> u32 {
    let text = r.text("mode");
    let Some(text) = text.as_ref().and_then(Text::known) else { return 0o600 };
    let digits = (3..=4).contains(&text.len()).then(|| u32::from_str_radix(text, 8).ok()).flatten();
    if digits.is_none() {
        let detail = format!("mode = {text:?} is not an octal file mode.");
        diagnostics.push(r.error("mode", "Invalid file mode", detail).help("Write it like \"0600\" or \"0644\"."));
    }
    digits.unwrap_or(0o600)
}

fn content(r: &Reader<'_>, source: Option<&SourceSpec>, diagnostics: &mut Diagnostics) -> Option<FileContent> {
    let kinds: Vec<&str> = ["template", "content", "base"].into_iter().filter(|k| r.get(k).is_some()).collect();
    let &[kind] = kinds.as_slice() else {
        let detail = if kinds.is_empty() {
            "None of template, content and base is given.".into()
        } else {
            format!("{} exclude each other.", kinds.join(" and "))
        };
        let help = "template (with vars) renders a file of the project, content is the text itself, base (with set) takes a .env file of the source.";
        diagnostics.push(Diagnostic::error("A file needs exactly one content", detail).at(r.at).help(help));
        return None;
    };
    for (argument, wants) in [("vars", "template"), ("set", "base")] {
        if r.get(argument).is_some() && kind != wants {
            diagnostics.push(r.error(argument, "Argument without effect", format!("{argument} belongs to {wants}, not to {kind}.")));
        }
    }
    Some(match kind {
        "template" => template(r, diagnostics),
        "content" => FileContent::Inline(r.text("content")?),
        _ => base(r, source, diagnostics)?,
    })
}

fn template(r: &Reader<'_>, diagnostics: &mut Diagnostics) -> FileContent {
    let vars = r.get("vars").cloned().unwrap_or_else(|| Value::object(BTreeMap::new()));
    if !vars.is_unknown() && vars.members().is_none() {
        diagnostics.push(r.error("vars", "Wrong type", "vars must be an object: names and values."));
    }
    FileContent::Template { path: r.text("template").unwrap_or_else(Text::unknown), vars, span: r.span("template") }
}

fn base(r: &Reader<'_>, source: Option<&SourceSpec>, diagnostics: &mut Diagnostics) -> Option<FileContent> {
    let base = r.text("base")?;
    if source.is_none() {
        diagnostics.push(r.error(
            "base",
            "Base without source",
            "base names a file of the checked-out source, and this app has no source block.",
        ));
    }
    if let Some(bad) = base.known().filter(|p| p.is_empty() || p.starts_with(['/', '~']) || p.split('/').any(|s| s == "..")) {
        diagnostics.push(r.error("base", "Invalid base path", format!("{bad:?} is not a path inside the source.")));
    }
    let set = r.map("set");
    for key in set.keys().filter(|key| !env_file::is_key(key)) {
        let detail = format!("{key:?} cannot be the name of a variable.");
        diagnostics.push(r.error("set", "Invalid variable name", detail).help("Letters, digits and underscores, not a digit first."));
    }
    let unknown = r.is_unknown("set");
    Some(FileContent::Base { base: if unknown { Text::unknown() } else { base }, set, span: r.span("base") })
}

fn repeated_files(spec: &AppSpec, diagnostics: &mut Diagnostics) {
    let target = |file: &FileSpec| spec.on_host(&file.path).unwrap_or_else(|| file.path.clone());
    for (i, file) in spec.files.iter().enumerate() {
        if let Some(first) = spec.files.iter().take(i).find(|f| target(f) == target(file)) {
            let detail = format!("{:?} is written twice in app {:?}.", file.path, spec.name);
            diagnostics.push(Diagnostic::error("Duplicate file", detail).at(file.span).within(first.span));
        }
    }
}

/// User and password of a repository's URL as it is written, to be masked where its line is shown; what is made of
/// other values is theirs.
#[must_use]
pub fn url_secrets(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return Vec::new() };
    let authority = rest.split(['/', '?', '#', '"']).next().unwrap_or("");
    let Some((user, _)) = authority.rsplit_once('@') else { return Vec::new() };
    let http = scheme.contains("http");
    let parts: Vec<&str> = match user.split_once(':') {
        Some((name, password)) if password.is_empty() || password == "x-oauth-basic" => vec![name],
        Some((_, password)) => vec![password],
        None if http => vec![user],
        None => Vec::new(),
    };
    parts.into_iter().filter(|p| !p.is_empty() && !p.contains("${")).map(str::to_string).collect()
}

/// Why a URL would put a password into process lists.
fn url_problem(url: &str, sensitive: bool) -> Option<&'static str> {
    if sensitive {
        return Some("The URL is sensitive.");
    }
    if url.is_empty() || url.starts_with('-') || url.contains(char::is_whitespace) {
        return Some("It is empty, starts with \"-\" or contains white space.");
    }
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or("");
    let user = authority.rsplit_once('@').map(|(user, _)| user)?;
    (scheme.starts_with("http") || user.contains(':')).then_some("The URL contains credentials.")
}

/// Whether text is a type and a key, as known_hosts has them.
fn is_host_key(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let plain = |w: &str| w.chars().all(|c| c.is_ascii_alphanumeric() || "-+/=@.".contains(c));
    let kind = words.next().is_some_and(|w| plain(w) && w.contains('-'));
    kind && words.next().is_some_and(|w| plain(w) && w.len() > 20) && words.next().is_none() && !text.contains('\n')
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
