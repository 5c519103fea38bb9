//! A restored database has what a new one has where the restore does not say otherwise: one zone, no protection against deletion, no
//! tags, no monitoring, a maintenance window of its own, and (from a snapshot) the default groups. moto copies all but the groups.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Takes away what a restore does not keep.
pub struct DatabaseRestore;

/// Parameter of the restore, and what the database has without it.
const DEFAULTS: &[(&str, &str)] = &[("DeletionProtection", "false"), ("MultiAZ", "false"), ("CopyTagsToSnapshot", "false")];
/// What no restore can say.
const NEW: &[(&str, &str)] = &[("PreferredMaintenanceWindow", "wed:06:38-wed:07:08"), ("MonitoringInterval", "0")];

fn target(call: &Call) -> String {
    let name = if call.operation == "RestoreDBInstanceToPointInTime" { "TargetDBInstanceIdentifier" } else { "DBInstanceIdentifier" };
    call.text(name).to_lowercase()
}

#[async_trait]
impl Rule for DatabaseRestore {
    fn name(&self) -> &'static str {
        "database-restore"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", &["RestoreDBInstanceFromDBSnapshot", "RestoreDBInstanceToPointInTime"])
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if !answer.status.is_success() {
            return answer;
        }
        let id = target(call);
        let mut params = vec![("DBInstanceIdentifier", id.as_str()), ("ApplyImmediately", "true")];
        params.extend(NEW);
        params.extend(DEFAULTS.iter().filter(|(name, _)| call.get(name).is_none()));
        let tree = context.upstream.query(call, "ModifyDBInstance", &params).await;
        let arn = tree.as_ref().map(|t| t.text_at("ModifyDBInstanceResult/DBInstance/DBInstanceArn").to_owned()).unwrap_or_default();
        if call.get("Tags.Tag.1.Key").is_none() && !arn.is_empty() {
            let tags = context.upstream.query(call, "ListTagsForResource", &[("ResourceName", &arn)]).await.unwrap_or_default();
            let keys: Vec<String> =
                tags.items("ListTagsForResourceResult/TagList").iter().map(|t: &Node| t.text_at("Key").to_owned()).collect();
            let names: Vec<String> = (1..=keys.len()).map(|n| format!("TagKeys.member.{n}")).collect();
            let mut params = vec![("ResourceName", arn.as_str())];
            params.extend(names.iter().map(String::as_str).zip(keys.iter().map(String::as_str)));
            context.upstream.query(call, "RemoveTagsFromResource", &params).await;
        }
        answer
    }
}
