//! `local_file` and `local_sensitive_file`: a file on this machine.
//!
//! Attributes are those of hashicorp/local 2.x. The id is the SHA-1 of the content: a file that is
//! gone or was edited counts as gone, so that the next apply writes it again.

use super::object::{settle, text, with};
use super::random_rules::permission;
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, Trace, UpdateRequest,
};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, TypeRules, string};
use crate::value::{Path as Place, Value};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

/// One of the two file types; they differ in masking and default permissions.
pub(super) struct LocalFile {
    name: &'static str,
    schema: Arc<ResourceSchema>,
}

/// `local_file`
pub(super) fn file() -> LocalFile {
    LocalFile { name: "local_file", schema: schema(false) }
}

/// `local_sensitive_file`
pub(super) fn sensitive_file() -> LocalFile {
    LocalFile { name: "local_sensitive_file", schema: schema(true) }
}

const HASHES: [&str; 6] =
    ["content_md5", "content_sha1", "content_sha256", "content_base64sha256", "content_sha512", "content_base64sha512"];

fn schema(sensitive: bool) -> Arc<ResourceSchema> {
    let body = || if sensitive { string().optional().force_new().sensitive() } else { string().optional().force_new() };
    let mode = || {
        let default = if sensitive { "0700" } else { "0777" };
        string().optional().computed().force_new().default(Value::string(default))
    };
    let mut block = BlockSchema::new()
        .attr("id", string().computed())
        .attr("filename", string().required().force_new())
        .attr("content", body())
        .attr("content_base64", body())
        .attr("source", string().optional().force_new())
        .attr("file_permission", mode())
        .attr("directory_permission", mode());
    if !sensitive {
        let old = "Use the local_sensitive_file resource instead.";
        block = block.attr("sensitive_content", string().optional().force_new().sensitive().deprecated(old));
    }
    for hash in HASHES {
        block = block.attr(hash, string().computed());
    }
    let rules = TypeRules { validate: vec![if sensitive { sensitive_rules } else { rules }], ..TypeRules::default() };
    Arc::new(ResourceSchema { rules, ..ResourceSchema::new(0, block) })
}

/// Where the content comes from, and permissions, as hashicorp/local documents them.
fn rules(config: &Value) -> Vec<RuleError> {
    refused(config, &["content", "sensitive_content", "content_base64", "source"])
}

fn sensitive_rules(config: &Value) -> Vec<RuleError> {
    refused(config, &["content", "content_base64", "source"])
}

fn refused(config: &Value, contents: &[&str]) -> Vec<RuleError> {
    let mut found: Vec<RuleError> = ["file_permission", "directory_permission"].iter().filter_map(|n| permission(config, n)).collect();
    let given =
        |unknown: bool| contents.iter().filter(|n| config.get(n).is_some_and(|v| !v.is_null() && v.is_unknown() == unknown)).count();
    match given(false) {
        0 if given(true) == 0 => found.push(one_content(contents, "one of {} is required")),
        0 | 1 => {}
        _ => found.push(one_content(contents, "only one of {} may be written")),
    }
    if text(config, "content_base64").is_some_and(|t| STANDARD.decode(t).is_err()) {
        found.push(RuleError { path: Place::attr("content_base64"), message: "it is no base64".into() });
    }
    found
}

fn one_content(contents: &[&str], message: &str) -> RuleError {
    RuleError { path: Place::default(), message: message.replace("{}", &contents.join(", ")) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn failed(what: &str, path: &str, why: impl ToString) -> ProviderError {
    let detail = format!("{path}: {}.", why.to_string());
    ProviderError::new(ErrorKind::Other, format!("{what} failed"), detail).at("filename")
}

/// The bytes the configuration asks for.
fn content(planned: &Value) -> Result<Vec<u8>, ProviderError> {
    if let Some(plain) = text(planned, "content").or_else(|| text(planned, "sensitive_content")) {
        return Ok(plain.as_bytes().to_vec());
    }
    if let Some(encoded) = text(planned, "content_base64") {
        return STANDARD.decode(encoded).map_err(|e| failed("Decoding content_base64", "content_base64", e));
    }
    match text(planned, "source") {
        Some(path) => std::fs::read(path).map_err(|e| failed("Reading the source file", path, e)),
        None => Ok(Vec::new()),
    }
}

fn mode(planned: &Value, name: &str) -> Result<u32, ProviderError> {
    let written = text(planned, name).unwrap_or("0777");
    u32::from_str_radix(written, 8).map_err(|_| {
        let detail = format!("{name} = {written:?} is not an octal number such as \"0640\".");
        ProviderError::new(ErrorKind::Invalid, "Invalid permission", detail).at(name)
    })
}

fn write(path: &str, bytes: &[u8], file_mode: u32, dir_mode: u32) -> Result<(), ProviderError> {
    if let Some(dir) = Path::new(path).parent().filter(|d| !d.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(dir_mode).create(dir);
        made.map_err(|e| failed("Creating the folder", &dir.display().to_string(), e))?;
    }
    let opened = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(file_mode).open(path);
    let mut out = opened.map_err(|e| failed("Writing the file", path, e))?;
    std::io::Write::write_all(&mut out, bytes).map_err(|e| failed("Writing the file", path, e))?;
    let permissions = std::fs::Permissions::from_mode(file_mode);
    out.set_permissions(permissions).map_err(|e| failed("Setting the permission", path, e))
}

fn hashes(bytes: &[u8]) -> [(&'static str, Value); 7] {
    let (sha1, sha256, sha512) = (Sha1::digest(bytes), Sha256::digest(bytes), Sha512::digest(bytes));
    [
        ("id", Value::string(hex(&sha1))),
        ("content_sha1", Value::string(hex(&sha1))),
        ("content_md5", Value::string(hex(&md5::Md5::digest(bytes)))),
        ("content_sha256", Value::string(hex(&sha256))),
        ("content_sha512", Value::string(hex(&sha512))),
        ("content_base64sha256", Value::string(STANDARD.encode(sha256))),
        ("content_base64sha512", Value::string(STANDARD.encode(sha512))),
    ]
}

fn make(planned: &Value) -> Result<Object, ProviderError> {
    let path = text(planned, "filename").unwrap_or_default().to_string();
    let bytes = content(planned)?;
    write(&path, &bytes, mode(planned, "file_permission")?, mode(planned, "directory_permission")?)?;
    Ok(Object::new(settle(&with(planned, hashes(&bytes)))))
}

fn look(prior: &Object) -> ReadOutcome {
    let path = prior.str("filename").unwrap_or_default();
    match std::fs::read(path) {
        Ok(bytes) if prior.id() == Some(hex(&Sha1::digest(&bytes)).as_str()) => ReadOutcome::Found(Box::new(prior.clone())),
        Ok(_) => ReadOutcome::Gone,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => ReadOutcome::Gone,
        Err(e) => ReadOutcome::Failed(failed("Reading the file", path, e)),
    }
}

#[async_trait]
impl ResourceType for LocalFile {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> Arc<ResourceSchema> {
        self.schema.clone()
    }

    fn iam(&self) -> IamActions {
        IamActions::default()
    }

    fn trace(&self) -> Trace {
        Trace::Machine
    }

    async fn read(&self, _ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        priors.iter().map(|p| look(p.object)).collect()
    }

    async fn create(&self, _ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        make(request.planned).map_or_else(Applied::failed, Applied::ok)
    }

    async fn update(&self, _ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        make(request.planned).map_or_else(|e| Applied::partial(request.prior.clone(), e), Applied::ok)
    }

    async fn delete(&self, _ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let path = request.prior.str("filename").unwrap_or_default();
        match std::fs::remove_file(path) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(failed("Removing the file", path, e)),
        }
    }

    /// A file is written whole: what lies at the path with the planned content is ours.
    async fn locate(&self, _ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let find = |intent: &Intent| {
            let planned = &intent.planned;
            let bytes = content(planned).ok()?;
            let there = std::fs::read(text(planned, "filename")?).ok()?;
            (there == bytes).then(|| Object::new(settle(&with(planned, hashes(&bytes)))))
        };
        Ok(intents.iter().map(|i| find(i).map_or(Located::NotFound, |o| Located::Found(Box::new(o)))).collect())
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let detail = format!("{} cannot be imported: its content would not be known to the state ({id}).", self.name);
        Err(ProviderError::new(ErrorKind::Invalid, "Import is not possible", detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_permissions_are_checked_before_anything_is_written() {
        let config = |members: &[(&str, &str)]| Value::object(members.iter().map(|(n, v)| ((*n).into(), Value::string(*v))).collect());
        let count = |members: &[(&str, &str)]| rules(&config(members)).len();
        assert_eq!(count(&[("content", "x"), ("file_permission", "9999")]), 1);
        assert_eq!(count(&[("content", "x"), ("directory_permission", "rwx")]), 1);
        assert_eq!(count(&[("content", "x"), ("file_permission", "0640")]), 0);
        assert_eq!(count(&[]), 1);
        assert_eq!(count(&[("content", "x"), ("source", "y")]), 1);
        assert_eq!(count(&[("content_base64", "%")]), 1);
        let later = Value::object([("content".into(), Value::unknown(crate::value::Type::String))].into());
        assert!(rules(&later).is_empty());
        assert_eq!(file().schema.rules.validate.len() + sensitive_file().schema.rules.validate.len(), 2);
    }

    #[test]
    fn a_file_that_was_edited_counts_as_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/x.txt");
        let planned = Value::object(
            [
                ("filename", Value::string(path.to_str().unwrap())),
                ("content", Value::string("hello")),
                ("file_permission", Value::string("0600")),
            ]
            .map(|(n, v)| (n.into(), v))
            .into(),
        );
        let object = make(&planned).unwrap();
        assert_eq!(object.id(), Some("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(look(&object), ReadOutcome::Found(_)));
        std::fs::write(&path, "other").unwrap();
        assert!(matches!(look(&object), ReadOutcome::Gone));
    }
}
