//! Which files of a folder are configuration (DESIGN.md, "What a user's tree looks like").

use super::decode::Parsed;
use super::overrides;
use super::read::Reader;
use crate::diag::{Diagnostic, Diagnostics};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// What a file's name makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// `*.tf`, `*.tofu`
    Native,
    /// `*.tf.json`, `*.tofu.json`
    Json,
    /// A `.hcl` file that is ours by name.
    Own,
    /// A `.hcl` file that is ours if it has blocks.
    OwnIfBlocks,
}

/// A chosen file.
struct Chosen {
    path: PathBuf,
    name: String,
    role: Role,
}

impl Chosen {
    fn overrides(&self) -> bool {
        matches!(self.role, Role::Native | Role::Json) && is_override(&self.name)
    }
}

/// Reads the configuration files of a folder in name order. `environment`: whether the folder lies
/// directly under `environments/`.
pub(super) fn read_folder(dir: &Path, environment: bool, reader: &mut Reader<'_>, diags: &mut Diagnostics) -> Vec<Parsed> {
    let chosen = match choose(dir, environment, reader) {
        Ok(chosen) => chosen,
        Err(e) => {
            diags.push(Diagnostic::error("Folder not readable", format!("The folder {} cannot be read: {e}.", reader.shown(dir))));
            return Vec::new();
        }
    };
    let (overriding, plain): (Vec<&Chosen>, Vec<&Chosen>) = chosen.iter().partition(|file| file.overrides());
    let mut read = |list: Vec<&Chosen>| -> Vec<Parsed> { list.into_iter().filter_map(|file| read_file(file, reader, diags)).collect() };
    let (mut files, overriding) = (read(plain), read(overriding));
    overrides::merge(&mut files, overriding, diags);
    files
}

/// Whether a folder has configuration at all, judged by names alone.
pub(super) fn is_module(dir: &Path, reader: &Reader<'_>) -> bool {
    choose(dir, true, reader).is_ok_and(|files| !files.is_empty())
}

fn choose(dir: &Path, environment: bool, reader: &Reader<'_>) -> io::Result<Vec<Chosen>> {
    let mut files = Vec::new();
    for path in reader.files.list(dir)? {
        let Some(name) = path.file_name().and_then(|n| n.to_str()).map(str::to_string) else { continue };
        if let Some(role) = role_of(&name, environment)
            && !reader.files.is_dir(&path)
        {
            files.push(Chosen { path, name, role });
        }
    }
    let tofu: BTreeSet<String> = files.iter().map(|f| f.name.clone()).filter(|n| n.contains(".tofu")).collect();
    files.retain(|file| !tofu.contains(&shadowing(&file.name)));
    Ok(files)
}

/// The name that would shadow this one: `main.tofu` for `main.tf`.
fn shadowing(name: &str) -> String {
    match (name.strip_suffix(".tf"), name.strip_suffix(".tf.json")) {
        (Some(stem), _) => format!("{stem}.tofu"),
        (_, Some(stem)) => format!("{stem}.tofu.json"),
        _ => String::new(),
    }
}

fn role_of(name: &str, environment: bool) -> Option<Role> {
    let ignored = name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    if ignored {
        return None;
    }
    if name.ends_with(".tf") || name.ends_with(".tofu") {
        return Some(Role::Native);
    }
    if name.ends_with(".tf.json") || name.ends_with(".tofu.json") {
        return Some(Role::Json);
    }
    if name == "envctl.hcl" || name.ends_with(".envctl.hcl") {
        return Some(Role::Own);
    }
    let others = [".tftest.hcl", ".tofutest.hcl", ".pkr.hcl"];
    let foreign = name.starts_with("terragrunt") || others.iter().any(|end| name.ends_with(end));
    (environment && name.ends_with(".hcl") && !foreign).then_some(Role::OwnIfBlocks)
}

fn is_override(name: &str) -> bool {
    let stem = name.split(".tf").next().unwrap_or(name).split(".tofu").next().unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

fn read_file(file: &Chosen, reader: &mut Reader<'_>, diags: &mut Diagnostics) -> Option<Parsed> {
    match file.role {
        Role::Json => reader.json_body(&file.path, diags).map(|body| Parsed { body, hcl: false }),
        Role::Native => reader.body(&file.path, diags).map(|body| Parsed { body, hcl: false }),
        Role::Own => reader.body(&file.path, diags).map(|body| Parsed { body, hcl: true }),
        Role::OwnIfBlocks => {
            let mut own = Diagnostics::new();
            let body = reader.body(&file.path, &mut own)?;
            if body.blocks.is_empty() {
                return None;
            }
            diags.extend(own);
            Some(Parsed { body, hcl: true })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, is_override, role_of};

    #[test]
    fn roles_by_name() {
        for (name, environment, want) in [
            ("main.tf", false, Some(Role::Native)),
            ("main.tofu", false, Some(Role::Native)),
            ("main.tf.json", false, Some(Role::Json)),
            ("apps.hcl", false, None),
            ("apps.hcl", true, Some(Role::OwnIfBlocks)),
            ("envctl.hcl", false, Some(Role::Own)),
            ("dash.envctl.hcl", false, Some(Role::Own)),
            ("x.tftest.hcl", true, None),
            ("x.tofutest.hcl", true, None),
            ("image.pkr.hcl", true, None),
            ("terragrunt.hcl", true, None),
            (".terraform.lock.hcl", true, None),
            (".hidden.tf", true, None),
            ("main.tf~", true, None),
            ("#main.tf#", true, None),
            ("stage.tfvars", true, None),
        ] {
            assert_eq!(role_of(name, environment), want, "{name}");
        }
        assert!(is_override("override.tf") && is_override("net_override.tf.json") && is_override("a_override.tofu"));
        assert!(!is_override("overrides.tf") && !is_override("main.tf"));
    }
}
