//! An environment from a template: the files that values go into are written by hcl-rs.

use super::declared::{Declared, attribute, declared};
use super::templates::{MODULES, Template};
use super::{NewFile, tidy};
use crate::diag::{Diagnostic, Diagnostics};
use hcl::format::{Format, Formatter};
use hcl::{Attribute, Block, Body, Identifier};
use std::path::{Path, PathBuf};

/// What is asked for.
pub struct Request<'a> {
    /// Name of the environment.
    pub name: &'a str,
    /// Name of the project, for the names of everything.
    pub project: &'a str,
    /// AWS region.
    pub region: &'a str,
    /// A bucket name for states, if the project has no `environments/backend.hcl`.
    pub bucket: &'a str,
    /// `-set`
    pub set: &'a [String],
    /// Whether a path of the project exists.
    pub exists: &'a dyn Fn(&Path) -> bool,
}

/// Ranges that nobody comes from (RFC 5737), so that SSH is closed until somebody says from where.
const NOWHERE: &str = "203.0.113.0/32";

/// The files of an environment, its backend's and its modules' where there are none.
///
/// # Errors
/// `-set` of something that does not fit.
pub fn made(template: &Template, request: &Request<'_>) -> Result<Vec<NewFile>, Diagnostics> {
    let folder = Path::new("environments").join(request.name);
    let variables = declared(template.files.iter().map(|(_, text)| *text));
    let mut files = vec![
        file(folder.join("terraform.tf"), &terraform(request.name)),
        file(folder.join("environment.hcl"), &environment(request)),
        file(folder.join("terraform.tfvars"), &values(request, &variables)?),
        NewFile { path: folder.join(format!("{}.env.sample", request.name)), text: sample(request.name, &variables) },
    ];
    files.extend(template.files.iter().map(|(name, text)| NewFile { path: folder.join(name), text: (*text).to_string() }));
    let backend = PathBuf::from("environments/backend.hcl");
    if !(request.exists)(&backend) {
        let text = Body::builder()
            .add_attribute(("bucket", request.bucket))
            .add_attribute(("region", request.region))
            .add_attribute(("encrypt", true))
            .add_attribute(("use_lockfile", true));
        files.push(file(backend, &text.build()));
    }
    for (name, texts) in MODULES.iter().filter(|(name, _)| template.modules.contains(name)) {
        let module = Path::new("modules").join(name);
        if !(request.exists)(&module) {
            files.extend(texts.iter().map(|(file, text)| NewFile { path: module.join(file), text: (*text).to_string() }));
        }
    }
    let ignore = PathBuf::from(".gitignore");
    if !(request.exists)(&ignore) {
        files.push(NewFile { path: ignore, text: "*.env\n.envctl/\n.terraform/\n*.tfstate\n*.tfstate.*\n*.tfplan\n".into() });
    }
    Ok(files)
}

fn file(path: PathBuf, body: &Body) -> NewFile {
    let mut lines = Formatter::builder().compact_arrays(true).build_vec();
    NewFile { path, text: tidy(body.format_string(&mut lines).unwrap_or_default()) }
}

fn terraform(name: &str) -> Body {
    let aws = [("source", "hashicorp/aws"), ("version", ">= 5.0")];
    let aws = hcl::Object::from(aws.map(|(k, v)| (hcl::ObjectKey::Identifier(Identifier::sanitized(k)), v.into())));
    let providers = Block::builder("required_providers").add_attribute(("aws", hcl::Expression::Object(aws))).build();
    let backend = Block::builder("backend").add_label("s3").add_attribute(("key", format!("{name}/terraform.tfstate"))).build();
    let terraform =
        Block::builder("terraform").add_attribute(("required_version", ">= 1.6")).add_block(providers).add_block(backend).build();
    let full = hcl::TemplateExpr::from(format!("${{var.project}}-{name}"));
    let locals = Block::builder("locals").add_attribute(("environment", name)).add_attribute(("name", hcl::Expression::from(full))).build();
    Body::builder().add_block(terraform).add_block(locals).build()
}

fn environment(request: &Request<'_>) -> Body {
    let backend = hcl::Expression::from(vec!["environments/backend.hcl"]);
    let block = Block::builder("environment")
        .add_attribute(("description", request.name))
        .add_attribute(("region", request.region))
        .add_attribute(("backend_config", backend));
    Body::builder().add_block(block.build()).build()
}

/// The variable file: what is given, and what has to be there.
fn values(request: &Request<'_>, variables: &[Declared]) -> Result<Body, Diagnostics> {
    let mut wrong = Diagnostics::new();
    let mut given: Vec<Attribute> = Vec::new();
    for text in request.set {
        match attribute(text, variables) {
            Ok(attribute) if attribute.key() == "region" && attribute.expr() != &hcl::Expression::from(request.region) => {
                let d = Diagnostic::error("Contradicting options", "-set region and the region of the environment differ.");
                wrong.push(d.help("Use -region alone."));
            }
            Ok(attribute) => given.push(attribute),
            Err(d) => wrong.push(d),
        }
    }
    if wrong.has_errors() {
        return Err(wrong);
    }
    let mut body = vec![Attribute::new("region", request.region), Attribute::new("project", request.project)];
    if variables.iter().any(|v| v.name == "admin_cidr_blocks") {
        body.push(Attribute::new("admin_cidr_blocks", hcl::Expression::from(vec![NOWHERE])));
    }
    for attribute in given {
        match body.iter_mut().find(|a| a.key() == attribute.key()) {
            Some(old) => *old = attribute,
            None => body.push(attribute),
        }
    }
    Ok(Body::builder().add_attributes(body).build())
}

/// What nobody but the people of the environment know.
fn sample(name: &str, variables: &[Declared]) -> String {
    let known = ["region", "project", "admin_cidr_blocks"];
    let asked = variables.iter().filter(|v| !v.optional && !known.contains(&v.name.as_str()));
    let lines: String = asked.map(|v| format!("{}=\"\"\n", v.name)).collect();
    format!(
        "# Values of {name} that do not belong into git. Copy to {name}.env (git ignores it), fill in; envctl reads it by itself.\n{lines}"
    )
}
