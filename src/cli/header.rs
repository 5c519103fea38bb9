//! The plan's header: which environment, account and region, and where its state lies.

use super::project::Project;
use crate::store::StoreDescription;
use crate::value::Value;

/// `Environment stage · account 123456789012 · eu-central-1 · state s3://bucket/key`
#[must_use]
pub fn text(project: &Project, place: &StoreDescription, account: Option<&str>, region: Option<&str>) -> String {
    let mut parts = vec![format!("Environment {}", project.config.name)];
    if project.workspace != "default" {
        parts.push(format!("workspace {}", project.workspace));
    }
    parts.extend(account.map(|a| format!("account {a}")));
    let stored = project.backend.settings.get("region").and_then(Value::as_str);
    parts.extend(region.or(stored).map(str::to_string));
    let scheme = if place.kind == "s3" { "s3://" } else { "" };
    parts.push(format!("state {scheme}{}/{}", place.container, place.key));
    format!("{}\n\n", parts.join(" · "))
}
