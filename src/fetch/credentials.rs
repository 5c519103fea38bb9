//! Tokens of registries, and services of hosts: what the CLI configuration and the environment say.
//!
//! Read are `TF_TOKEN_<host>`, then `credentials` and `host` blocks of the file `TF_CLI_CONFIG_FILE`
//! names, else of `~/.tofurc` or `~/.terraformrc`, then what `login` wrote to
//! `~/.terraform.d/credentials.tfrc.json`. Other settings there concern provider plugins.

use crate::diag::{Diagnostics, SourceMap};
use crate::syntax::{Body, Expr, ExprKind, parse_file};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is known of hosts.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    tokens: BTreeMap<String, String>,
    services: BTreeMap<String, BTreeMap<String, String>>,
}

impl Hosts {
    /// Reads the environment and the files it leads to. What cannot be read is as if not there.
    #[must_use]
    pub fn read(env: &BTreeMap<String, String>) -> Hosts {
        let mut hosts = Hosts::default();
        let home = env.get("HOME").map(PathBuf::from);
        if let Some(home) = &home {
            hosts.login_file(&home.join(".terraform.d/credentials.tfrc.json"));
        }
        if let Some(file) = config_file(env, home.as_deref()) {
            hosts.config(&std::fs::read_to_string(file).unwrap_or_default());
        }
        for (name, token) in env {
            if let Some(host) = name.strip_prefix("TF_TOKEN_").filter(|_| !token.is_empty()) {
                hosts.tokens.insert(host_of_variable(host), token.clone());
            }
        }
        hosts
    }

    /// The token of a host.
    #[must_use]
    pub fn token(&self, host: &str) -> Option<&str> {
        self.tokens.get(host).map(String::as_str)
    }

    /// The services of a host as a `host` block gives them, instead of asking it.
    #[must_use]
    pub fn services(&self, host: &str) -> Option<&BTreeMap<String, String>> {
        self.services.get(host)
    }

    /// Every token, to be masked in what is printed.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.tokens.values().map(String::as_str)
    }

    fn login_file(&mut self, file: &Path) {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let all = json.get("credentials").and_then(|c| c.as_object());
        for (host, entry) in all.into_iter().flatten() {
            if let Some(token) = entry.get("token").and_then(|t| t.as_str()) {
                self.tokens.insert(host.to_ascii_lowercase(), token.to_string());
            }
        }
    }

    fn config(&mut self, text: &str) {
        let sources = SourceMap::new();
        let body = parse_file(sources.add("CLI configuration", text), text, &mut Diagnostics::new());
        for (host, body) in labelled(&body, "credentials") {
            if let Some(token) = body.attribute("token").and_then(|a| a.expr.literal_str()) {
                self.tokens.insert(host, token.to_string());
            }
        }
        for (host, body) in labelled(&body, "host") {
            let services = body.attribute("services").map(|a| texts(&a.expr)).unwrap_or_default();
            self.services.insert(host, services);
        }
    }
}

fn labelled<'a>(body: &'a Body, kind: &'a str) -> impl Iterator<Item = (String, &'a Body)> {
    body.blocks_of(kind).filter_map(|b| Some((b.labels.first()?.name.to_ascii_lowercase(), &b.body)))
}

fn texts(expr: &Expr) -> BTreeMap<String, String> {
    let ExprKind::Object(items) = &*expr.kind else { return BTreeMap::new() };
    items.iter().filter_map(|i| Some((i.key.literal_str()?.to_string(), i.value.literal_str()?.to_string()))).collect()
}

fn config_file(env: &BTreeMap<String, String>, home: Option<&Path>) -> Option<PathBuf> {
    let named = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"].iter().find_map(|n| env.get(*n).filter(|v| !v.is_empty()));
    if let Some(file) = named {
        return Some(PathBuf::from(file));
    }
    let home = home?;
    let config = env.get("XDG_CONFIG_HOME").filter(|v| !v.is_empty()).map_or_else(|| home.join(".config"), PathBuf::from);
    [home.join(".tofurc"), home.join(".terraformrc"), config.join("opentofu/tofurc")].into_iter().find(|p| p.is_file())
}

/// `app_terraform_io` is app.terraform.io; two underscores are a hyphen.
fn host_of_variable(name: &str) -> String {
    name.replace("__", "-").replace('_', ".").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_file_and_that_over_login() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".terraform.d/credentials.tfrc.json", r#"{"credentials":{"a.example":{"token":"one"},"b.example":{"token":"one"}}}"#);
        write(
            ".tofurc",
            "plugin_cache_dir = \"x\"\ncredentials \"B.example\" {\n  token = \"two\"\n}\ncredentials \"c-d.example\" {\n token = \"two\"\n}\n\
             host \"r.example\" {\n  services = {\n    \"modules.v1\" = \"http://127.0.0.1:1/v1/\"\n  }\n}\n",
        );
        let mut env = BTreeMap::from([("HOME".to_string(), home.path().display().to_string())]);
        env.insert("TF_TOKEN_c__d_example".into(), "three".into());
        let hosts = Hosts::read(&env);
        let tokens: Vec<_> = ["a.example", "b.example", "c-d.example", "e.example"].map(|h| hosts.token(h)).to_vec();
        assert_eq!(tokens, [Some("one"), Some("two"), Some("three"), None]);
        assert_eq!(hosts.services("r.example").unwrap()["modules.v1"], "http://127.0.0.1:1/v1/");

        let other = home.path().join("other.rc");
        std::fs::write(&other, "credentials \"z.example\" {\n token = \"four\"\n}\n").unwrap();
        env.insert("TF_CLI_CONFIG_FILE".into(), other.display().to_string());
        let hosts = Hosts::read(&env);
        assert_eq!((hosts.token("z.example"), hosts.services("r.example")), (Some("four"), None));
    }
}
