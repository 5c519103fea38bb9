//! An environment from another one: its files with the name replaced, without its secrets.

use super::declared::{Declared, attribute, declared};
use super::words::{rename, rename_hcl};
use super::{NewFile, tidy};
use crate::diag::{Diagnostic, Diagnostics, FileId};
use crate::syntax::{Attribute, Body, parse_file};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file of the environment that is copied, relative to its folder.
pub struct Source {
    /// Where.
    pub path: PathBuf,
    /// What; `None`: no text.
    pub text: Option<String>,
    /// Git ignores it.
    pub ignored: bool,
}

/// What was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// A file, or a variable of a file.
    pub what: String,
    /// Why.
    pub why: &'static str,
}

/// The files of environment `to`, from those of `from`, and what was left out.
///
/// # Errors
/// `-set` of something that does not fit.
pub fn copy(
    from: &str,
    to: &str,
    sources: &[Source],
    region: Option<&str>,
    set: &[String],
) -> Result<(Vec<NewFile>, Vec<Left>), Diagnostics> {
    let folder = Path::new("environments").join(to);
    let is_code = |s: &&Source| matches!(ending(&s.path), "tf" | "tofu" | "hcl");
    let variables = declared(sources.iter().filter(is_code).filter_map(|s| s.text.as_deref()));
    let (mut files, mut left) = (Vec::new(), Vec::new());
    for source in sources {
        let shown = source.path.display().to_string();
        let mut leave = |why| left.push(Left { what: shown.clone(), why });
        let path = folder.join(rename(&shown, from, to));
        let Some(text) = &source.text else {
            leave("it is no text");
            continue;
        };
        let name = source.path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if is_env(name) {
            leave("it holds values that do not belong into git");
            let sampled = [".sample", ".example"].iter().any(|end| sources.iter().any(|s| s.path == Path::new(&format!("{shown}{end}"))));
            if !sampled {
                let path = folder.join(rename(&format!("{shown}.sample"), from, to));
                files.push(NewFile { path, text: emptied(text) });
            }
        } else if source.ignored {
            leave("git ignores it");
        } else if name.ends_with(".tfvars.json") && variables.iter().any(|v| v.sensitive) {
            leave("it may hold secrets");
        } else if name.ends_with(".tfvars") {
            let (text, dropped) = without_secrets(text, &variables);
            left.extend(dropped.into_iter().map(|v| Left { what: format!("{shown}: {v}"), why: "it is sensitive" }));
            files.push(NewFile { path, text: rename_hcl(&text, from, to) });
        } else {
            files.push(NewFile { path, text: renamed(&source.path, text, from, to) });
        }
    }
    if let Some(region) = region {
        environment_region(&mut files, region);
    }
    given(&mut files, &folder, &variables, region, set)?;
    Ok((files, left))
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default()
}

/// `.env`, `stage.env`, `.env.local`; samples and examples are none.
fn is_env(name: &str) -> bool {
    let sample = name.ends_with(".sample") || name.ends_with(".example");
    !sample && (name.ends_with(".env") || name.starts_with(".env"))
}

fn renamed(path: &Path, text: &str, from: &str, to: &str) -> String {
    match ending(path) {
        "tf" | "tofu" | "hcl" => rename_hcl(text, from, to),
        "json" | "sample" | "example" => rename(text, from, to),
        _ => text.to_string(),
    }
}

/// The names of an env file without values; comments stay.
fn emptied(text: &str) -> String {
    let line = |l: &str| match l.split_once('=') {
        Some((name, _)) if !l.trim_start().starts_with('#') => format!("{name}=\n"),
        _ if l.trim().is_empty() || l.trim_start().starts_with('#') => format!("{l}\n"),
        // The rest of a value that goes on.
        _ => String::new(),
    };
    text.lines().map(line).collect()
}

fn without_secrets(text: &str, variables: &[Declared]) -> (String, Vec<String>) {
    let body = parse_file(FileId(0), text, &mut Diagnostics::new());
    let is_secret = |a: &&Attribute| variables.iter().any(|v| v.sensitive && v.name == a.name.name.as_ref());
    let secret: Vec<&Attribute> = body.attributes.iter().filter(is_secret).collect();
    let mut out = text.to_string();
    for attr in secret.iter().rev() {
        let rest = out.get(attr.span.end as usize..).unwrap_or_default();
        let line = rest.find('\n').map_or(rest.len(), |n| n + 1);
        replace(&mut out, attr.span.start as usize..attr.span.end as usize + line, "");
    }
    (out, secret.iter().map(|a| a.name.name.to_string()).collect())
}

fn replace(text: &mut String, range: Range<usize>, with: &str) {
    if text.get(range.clone()).is_some() {
        text.replace_range(range, with);
    }
}

/// `environment { region }`, where it is written.
fn environment_region(files: &mut [NewFile], region: &str) {
    for file in files.iter_mut().filter(|f| matches!(ending(&f.path), "hcl" | "tf" | "tofu")) {
        let body: Body = parse_file(FileId(0), &file.text, &mut Diagnostics::new());
        let Some(attr) = body.blocks_of("environment").find_map(|b| b.body.attribute("region")) else { continue };
        let with = hcl::format::to_string(&hcl::Expression::from(region)).unwrap_or_default();
        replace(&mut file.text, attr.expr.span.start as usize..attr.expr.span.end as usize, with.trim_end());
    }
}

/// `-set` and `-region` go into `terraform.tfvars`.
fn given(files: &mut Vec<NewFile>, folder: &Path, variables: &[Declared], region: Option<&str>, set: &[String]) -> Result<(), Diagnostics> {
    let mut wrong = Diagnostics::new();
    let region = region.filter(|_| variables.iter().any(|v| v.name == "region")).map(|r| format!("region={r}"));
    let parsed = region.iter().chain(set).map(|text| attribute(text, variables).map_err(|d: Diagnostic| wrong.push(d)).ok());
    let wanted: Vec<hcl::Attribute> = parsed.collect::<Vec<_>>().into_iter().flatten().collect();
    if wrong.has_errors() {
        return Err(wrong);
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let path = folder.join("terraform.tfvars");
    let text = files.iter().position(|f| f.path == path).map(|i| files.remove(i).text).unwrap_or_default();
    let mut text = text;
    for attribute in wanted {
        let body = parse_file(FileId(0), &text, &mut Diagnostics::new());
        let line = hcl::to_string(&hcl::Body::builder().add_attribute(attribute.clone()).build()).unwrap_or_default();
        match body.attribute(attribute.key()) {
            Some(old) => replace(&mut text, old.span.start as usize..old.span.end as usize, line.trim_end()),
            None => text += &line,
        }
    }
    files.push(NewFile { path, text: tidy(text) });
    Ok(())
}
