//! Modules that `tofu init` or `terraform init` fetched: `.terraform/modules/modules.json`.
//!
//! Where source and version are what the configuration says, their folders serve as well, and a tree
//! that is used with both tools needs no second copy.

use crate::config::{Constraint, ModuleFolder, ModuleRequest, Version};
use crate::files::clean;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// One module of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Installed {
    source: String,
    version: Option<String>,
    dir: PathBuf,
}

/// The list, by path of calls (`vpc.flow_logs`).
#[derive(Clone, Debug, Default)]
pub struct InstalledModules {
    data_dir: PathBuf,
    modules: BTreeMap<String, Installed>,
}

impl InstalledModules {
    /// Reads the list below `.terraform` (or `TF_DATA_DIR`); none is as good as an empty one.
    #[must_use]
    pub fn read(data_dir: &Path, root_dir: &Path) -> Self {
        let text = std::fs::read_to_string(data_dir.join("modules/modules.json")).unwrap_or_default();
        let json: Json = serde_json::from_str(&text).unwrap_or_default();
        let list = json.get("Modules").and_then(Json::as_array);
        let one = |entry: &Json| {
            let text = |name: &str| entry.get(name).and_then(Json::as_str).filter(|t| !t.is_empty()).map(str::to_string);
            let dir = clean(&root_dir.join(text("Dir")?));
            Some((text("Key")?, Installed { source: text("Source")?, version: text("Version"), dir }))
        };
        InstalledModules { data_dir: clean(data_dir), modules: list.into_iter().flatten().filter_map(one).collect() }
    }

    /// The folder of a call, if what was installed for it is what it asks for.
    #[must_use]
    pub fn find(&self, request: &ModuleRequest, constraint: Option<&Constraint>) -> Option<ModuleFolder> {
        let key = request.path.0.join(".");
        let installed = self.modules.get(&key)?;
        let same_version = match (constraint, &installed.version) {
            (None, _) => true,
            (Some(constraint), Some(version)) => Version::parse(version).is_some_and(|v| constraint.allows(&v)),
            (Some(_), None) => false,
        };
        if !same_version || plain(&installed.source) != plain(&request.source) || !installed.dir.is_dir() {
            return None;
        }
        Some(ModuleFolder { package: self.package(&installed.dir)?, dir: installed.dir.clone() })
    }

    /// The folder right below `.terraform/modules`.
    fn package(&self, dir: &Path) -> Option<PathBuf> {
        let modules = self.data_dir.join("modules");
        match dir.strip_prefix(&modules).ok()?.components().next()? {
            Component::Normal(name) => Some(modules.join(name)),
            _ => None,
        }
    }
}

/// A source without the host that both tools write out for their default registry.
fn plain(source: &str) -> &str {
    ["registry.opentofu.org/", "registry.terraform.io/"].iter().find_map(|host| source.strip_prefix(host)).unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::ModulePath;
    use crate::diag::{SourceMap, Span};

    #[test]
    fn what_was_installed_serves_while_source_and_version_are_the_same() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join(".terraform");
        std::fs::create_dir_all(data.join("modules/vpc/modules/x")).unwrap();
        let list = r#"{"Modules":[
            {"Key":"","Source":"","Dir":"."},
            {"Key":"vpc","Source":"registry.opentofu.org/a/vpc/aws","Version":"5.1.0","Dir":".terraform/modules/vpc"},
            {"Key":"vpc.x","Source":"git::https://h/r.git//modules/x","Dir":".terraform/modules/vpc/modules/x"},
            {"Key":"gone","Source":"a/gone/aws","Version":"1.0.0","Dir":".terraform/modules/gone"}]}"#;
        std::fs::write(data.join("modules/modules.json"), list).unwrap();
        let installed = InstalledModules::read(&data, root.path());
        let span = Span::new(SourceMap::new().add("x", ""), 0, 0);
        let found = |path: &[&str], source: &str, version: Option<&str>| {
            let path = path.iter().fold(ModulePath::root(), |p, n| p.child(n));
            let request =
                ModuleRequest { path, source: source.into(), version: None, source_span: span, version_span: None, call_span: span };
            let constraint = version.map(|v| Constraint::parse(v).unwrap());
            installed.find(&request, constraint.as_ref()).map(|f| (f.dir, f.package))
        };
        let vpc = data.join("modules/vpc");
        assert_eq!(found(&["vpc"], "a/vpc/aws", Some("~> 5.0")), Some((vpc.clone(), vpc.clone())));
        assert_eq!(found(&["vpc"], "a/vpc/aws", Some("~> 6.0")), None);
        assert_eq!(found(&["vpc"], "b/vpc/aws", None), None);
        assert_eq!(found(&["vpc", "x"], "git::https://h/r.git//modules/x", None), Some((vpc.join("modules/x"), vpc)));
        assert_eq!(found(&["gone"], "a/gone/aws", None), None);
        assert_eq!(found(&["other"], "a/vpc/aws", None), None);
    }
}
