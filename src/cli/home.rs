//! No run removes the home of states that still exist.
//!
//! A bucket or lock table that some environment's backend names is not destroyed while states or
//! locks lie in it, whatever `force_destroy` says.

use super::args::InputArgs;
use super::project::{Need, Project, disk, open};
use super::session::Session;
use super::wire::Edges;
use crate::config::{Backend, list_environments};
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{Action, Plan, ResourceChange};
use crate::value::Value;

/// Types that make a home of states, and the attribute that names it.
const HOMES: [(&str, &str, &str); 2] = [("aws_s3_bucket", "bucket", "bucket"), ("aws_dynamodb_table", "name", "dynamodb_table")];

/// Refuses a plan that destroys a home of states that is in use.
///
/// # Errors
/// Which object, and what lies in it; or the home cannot be looked into.
pub async fn keep_homes(session: &Session, project: &Project, plan: &Plan) -> Result<(), Diagnostics> {
    let doomed: Vec<(&ResourceChange, &str, &str)> = plan.changes.iter().filter_map(doomed).collect();
    if doomed.is_empty() {
        return Ok(());
    }
    let mut homes = vec![(project.backend.clone(), project.edges.clone())];
    homes.extend(others(session, project));
    for (backend, edges) in &homes {
        let names = |key: &str, name: &str| backend.settings.get(key).and_then(Value::as_str) == Some(name);
        let Some((change, ..)) = doomed.iter().find(|(_, key, name)| backend.kind.as_ref() == "s3" && names(key, name)) else { continue };
        look(backend, edges).await.map_err(|d| d.address(&change.addr))?;
    }
    Ok(())
}

/// The backend's setting and the name of a home that this change removes.
fn doomed(change: &ResourceChange) -> Option<(&ResourceChange, &'static str, &str)> {
    let removed = matches!(change.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete);
    let (_, attribute, setting) = HOMES.iter().find(|(kind, ..)| *kind == change.addr.resource.kind.as_ref())?;
    let name = change.before.as_ref()?.get(attribute)?.as_str()?;
    removed.then_some((change, *setting, name))
}

/// The backends of the project's environments; one that does not load has no say.
fn others(session: &Session, project: &Project) -> Vec<(Backend, Edges)> {
    let root = &project.config.project_dir;
    let mut all = Vec::new();
    for name in list_environments(root, disk().as_ref()) {
        if std::env::set_current_dir(root).is_err() {
            break;
        }
        if let Ok(other) = open(session, Some(&name), &InputArgs::default(), Need::Backend) {
            all.push((other.backend, other.edges));
        }
    }
    let _ = std::env::set_current_dir(&project.config.root_dir);
    all
}

#[cfg(feature = "aws")]
async fn look(backend: &Backend, edges: &Edges) -> Result<(), Diagnostic> {
    let admin = crate::aws::store::S3Admin::open(&backend.settings, &edges.env, edges.stats.clone()).await;
    let admin = admin.map_err(|e| e.diagnostic())?;
    crate::ops::bootstrap::refuse_if_used(&admin).await.map_err(|e| e.diagnostic())
}

#[cfg(not(feature = "aws"))]
#[allow(clippy::unused_async)]
async fn look(_backend: &Backend, _edges: &Edges) -> Result<(), Diagnostic> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::{ModulePath, ProviderConfigAddr, ProviderSource, parse_instance};
    use crate::value::Members;

    fn change(addr: &str, action: Action, attribute: &str) -> ResourceChange {
        let provider =
            ProviderConfigAddr { module: ModulePath::root(), source: ProviderSource::default_for("aws"), alias: None, key: None };
        ResourceChange {
            addr: parse_instance(addr).unwrap(),
            previous_addr: None,
            deposed: None,
            provider,
            action,
            reason: None,
            before: Some(Value::object(Members::from([(attribute.into(), Value::string("team"))]))),
            after: None,
            replace: vec![],
            notes: vec![],
            dependencies: vec![],
            private: None,
            create_before_destroy: false,
            importing: None,
        }
    }

    #[test]
    fn only_removed_buckets_and_tables_are_homes() {
        let found = |addr: &str, action, attribute: &str| {
            let change = change(addr, action, attribute);
            super::doomed(&change).map(|(_, setting, name)| (setting, name.to_string()))
        };
        assert_eq!(found("aws_s3_bucket.state", Action::Delete, "bucket"), Some(("bucket", "team".into())));
        assert_eq!(found("aws_dynamodb_table.locks", Action::DeleteThenCreate, "name"), Some(("dynamodb_table", "team".into())));
        assert_eq!(found("aws_s3_bucket.state", Action::Update, "bucket"), None);
        assert_eq!(found("aws_vpc.main", Action::Delete, "bucket"), None);
    }
}
