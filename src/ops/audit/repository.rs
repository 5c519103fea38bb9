//! Family: what git has and should not, and what it does not leave out.

use super::rules::{Finding, Level};
use super::secrets::split;
use super::source::{Kind, Source};
use crate::ops::looks::{placeholder, secret_name};
use std::collections::BTreeSet;

/// A file that must be ignored where it could appear: an example of it, the line, and who makes it.
pub const IGNORES: [(&str, &str, bool); 5] = [
    (".env", ".env", false),
    ("terraform.tfstate", "*.tfstate", true),
    ("terraform.tfstate.backup", "*.tfstate.*", true),
    ("stage.tfplan", "*.tfplan", true),
    (".envctl/x", ".envctl/", true),
];

/// What lies in git by its name.
pub fn check(source: &Source, out: &mut Vec<Finding>) {
    if !source.tracked {
        return;
    }
    let name = source.path.rsplit('/').next().unwrap_or("");
    let state = name.ends_with(".tfstate") || name.contains(".tfstate.") || source.path.contains(".tfstate.d/");
    if state {
        let holds = source.text.as_deref().is_none_or(|t| t.contains("\"resources\"") && !t.contains("\"resources\": []"));
        let finding = Finding::new("state-in-git", &source.path, 0, "git has a state");
        out.push(if holds { finding } else { finding.at_level(Level::Medium) });
    }
    if name.ends_with(".tfplan") || name == "tfplan" {
        out.push(Finding::new("plan-in-git", &source.path, 0, "git has a saved plan"));
    }
    if source.path.split('/').any(|part| part == ".envctl" || part == ".terraform") {
        out.push(Finding::new("own-folder-in-git", &source.path, 0, "git has a file of a tool's cache"));
    }
    if source.kind() == Kind::Hcl && name.contains(".tfvars") {
        for (number, line) in source.live_lines() {
            let Some((key, value)) = split(line) else { continue };
            if secret_name(key) && !value.is_empty() && placeholder(value).is_none() && !value.starts_with(['[', '{']) {
                out.push(Finding::new("tfvars-secret", &source.path, number, format!("{key} has a value here")));
            }
        }
    }
}

/// Lines that `.gitignore` lacks. `ignored` are the examples that git would leave out.
#[must_use]
pub fn missing_ignores(sources: &[Source], ignored: &BTreeSet<String>) -> Vec<Finding> {
    let has_configuration = sources.iter().any(|s| s.kind() == Kind::Hcl && !s.path.ends_with(".terraform.lock.hcl"));
    let has_env = sources.iter().any(|s| matches!(s.kind(), Kind::Env | Kind::Compose));
    let matters = |configuration: bool| if configuration { has_configuration } else { has_env || has_configuration };
    let lacking = IGNORES.iter().filter(|(example, _, configuration)| matters(*configuration) && !ignored.contains(*example));
    lacking.map(|(_, line, _)| Finding::new("missing-ignore", ".gitignore", 0, format!("there is no rule for {line}"))).collect()
}
