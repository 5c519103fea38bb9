//! A snapshot is `creating` for a while, and neither restored nor deleted meanwhile; a database that is busy has none taken.
//! moto is done at once.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Shows the state on the way, and refuses what has to wait for its end.
pub struct SnapshotStates;

const OPERATIONS: &[&str] = &["CreateDBSnapshot", "DescribeDBSnapshots", "DeleteDBSnapshot", "RestoreDBInstanceFromDBSnapshot"];

fn show(snapshot: &mut Node, state: Option<&str>) {
    if let Some(state) = state {
        snapshot.set("Status", state);
    }
    snapshot.set("PercentProgress", if state.is_some() { "50" } else { "100" });
}

#[async_trait]
impl Rule for SnapshotStates {
    fn name(&self) -> &'static str {
        "snapshot-states"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", OPERATIONS)
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let snapshot = call.text("DBSnapshotIdentifier").to_lowercase();
        let instance = call.text("DBInstanceIdentifier").to_lowercase();
        let busy = match call.operation.as_str() {
            "CreateDBSnapshot" => context.databases().peek(&call.region, &instance).is_some(),
            _ => false,
        };
        if busy {
            let message = format!("Instance {instance} is not currently available.");
            return Some(Answer::refuse(call, "InvalidDBInstanceState", &message));
        }
        let half = context.snapshots().peek(&call.region, &snapshot).is_some();
        let wants_whole = ["DeleteDBSnapshot", "RestoreDBInstanceFromDBSnapshot"].contains(&call.operation.as_str());
        let message = format!("The snapshot {snapshot} is not available.");
        (half && wants_whole).then(|| Answer::refuse(call, "InvalidDBSnapshotState", &message))
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let settings = context.settings();
        if call.operation == "CreateDBSnapshot" && answer.status.is_success() {
            let id = call.text("DBSnapshotIdentifier").to_lowercase();
            context.snapshots().hold(&call.region, &id, "creating", settings.database_describes, settings.database_ms);
        }
        let counts = call.operation == "DescribeDBSnapshots";
        answer.edit(|tree| {
            let mut held = context.snapshots();
            tree.each_mut("DBSnapshot", &mut |snapshot| {
                let id = snapshot.text_at("DBSnapshotIdentifier").to_owned();
                let state = if counts { held.show(&call.region, &id) } else { held.peek(&call.region, &id).map(str::to_owned) };
                show(snapshot, state.as_deref());
            });
        })
    }
}
