//! Which snapshots of a rule are one too many.

use super::take::belongs;
use super::{diagnostic, wait::Tell};
use crate::diag::{Diagnostic, Diagnostics};
use crate::provider::{Databases, Snapshot, Standing};

/// The complete snapshots that this rule took beyond the newest `keep`, newest first. Those of
/// other rules, of people and of the service's own backups are never among them.
#[must_use]
pub fn surplus<'s>(snapshots: &'s [Snapshot], environment: &str, rule: &str, keep: usize) -> Vec<&'s Snapshot> {
    let complete = |s: &&Snapshot| s.standing == Standing::Ready && s.created.is_some() && belongs(s, environment, rule);
    let mut own: Vec<&Snapshot> = snapshots.iter().filter(complete).collect();
    own.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    own.split_off(keep.min(own.len()))
}

/// Removes snapshots. What could not be removed is a warning: it costs money, and nothing is lost.
pub async fn prune(databases: &dyn Databases, ids: &[String], tell: &dyn Tell) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    for id in ids {
        match databases.delete_snapshot(id).await {
            Ok(()) => tell.line(&format!("removed the snapshot {id}")),
            Err(e) => {
                let d = diagnostic(e);
                let detail = format!("The snapshot {id} stays: {}", d.detail);
                let help = d.help.unwrap_or_else(|| "Remove it later with `envctl snapshot prune`.".into());
                warnings.push(Diagnostic::warning("A snapshot was not removed", detail).help(help));
            }
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::super::{ENVIRONMENT, RULE};
    use super::*;
    use jiff::Timestamp;

    fn snapshot(id: &str, second: i64, rule: &str) -> Snapshot {
        Snapshot {
            id: id.into(),
            instance: "main".into(),
            kind: "manual".into(),
            status: "available".into(),
            standing: Standing::Ready,
            progress: None,
            created: Timestamp::from_second(second).ok(),
            size: None,
            encrypted: false,
            engine_version: String::new(),
            tags: [(ENVIRONMENT.to_string(), "prod".to_string()), (RULE.to_string(), rule.to_string())].into(),
        }
    }

    #[test]
    fn only_the_oldest_complete_ones_of_the_rule_go() {
        let mut all = vec![snapshot("a", 1, "main"), snapshot("c", 3, "main"), snapshot("b", 2, "main"), snapshot("other", 0, "weekly")];
        all.push(Snapshot { standing: Standing::Working, ..snapshot("half", 0, "main") });
        all.push(Snapshot { kind: "automated".into(), ..snapshot("auto", 0, "main") });
        all.push(Snapshot { tags: [(RULE.to_string(), "main".to_string())].into(), ..snapshot("other-env", 0, "main") });
        let ids = |keep| surplus(&all, "prod", "main", keep).iter().map(|s| s.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids(1), ["b", "a"]);
        assert_eq!(ids(2), ["a"]);
        assert!(ids(3).is_empty() && ids(9).is_empty());
    }
}
