//! A database passes through `creating`, `modifying`, `renaming`, `deleting` and the like; it has no endpoint while it is created, is seen
//! while it is deleted, and takes no changes meanwhile. moto is done at once.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Shows the states on the way, and what is being deleted.
#[derive(Default)]
pub struct DatabaseStates {
    ghosts: Memory<Option<Node>>,
}

const CHANGES: &[(&str, &str)] = &[
    ("CreateDBInstance", "creating"),
    ("ModifyDBInstance", "modifying"),
    ("DeleteDBInstance", "deleting"),
    ("StartDBInstance", "starting"),
    ("StopDBInstance", "stopping"),
    ("RebootDBInstance", "rebooting"),
    ("RestoreDBInstanceFromDBSnapshot", "creating"),
    ("RestoreDBInstanceToPointInTime", "creating"),
];

/// The name that a database has after a call.
fn name_after(call: &Call) -> String {
    let names = ["NewDBInstanceIdentifier", "TargetDBInstanceIdentifier", "DBInstanceIdentifier"];
    names.iter().find_map(|name| call.get(name)).unwrap_or_default().to_lowercase()
}

fn show(database: &mut Node, state: &str) {
    database.set("DBInstanceStatus", state);
    if state == "creating" {
        database.remove("Endpoint");
    }
}

impl DatabaseStates {
    fn describe(&self, call: &Call, answer: Answer, context: &Context, wanted: &str) -> Answer {
        let mut held = context.databases();
        let mut ghosts: Vec<Node> = held
            .ids(&call.region, "deleting")
            .into_iter()
            .filter(|id| wanted.is_empty() || wanted == id)
            .filter_map(|id| self.ghosts.get(&call.region, &id))
            .collect();
        if ghosts.is_empty() && !answer.status.is_success() {
            return answer;
        }
        let mut tree = answer.tree().unwrap_or_else(|| Node::new("DescribeDBInstancesResponse"));
        let databases = tree.ensure("DescribeDBInstancesResult").items_mut("DBInstances");
        databases.append(&mut ghosts);
        for database in databases {
            if let Some(state) = held.show(&call.region, database.text_at("DBInstanceIdentifier")) {
                show(database, &state);
            }
        }
        Answer::xml(&tree)
    }
}

#[async_trait]
impl Rule for DatabaseStates {
    fn name(&self) -> &'static str {
        "database-states"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html"
    }

    fn applies(&self, call: &Call) -> bool {
        CHANGES.iter().any(|(operation, _)| call.is("rds", &[operation])) || call.is("rds", &["DescribeDBInstances"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let id = call.text("DBInstanceIdentifier").to_lowercase();
        let held = context.databases().peek(&call.region, &id).map(str::to_owned);
        let deleting = held.as_deref() == Some("deleting");
        match call.operation.as_str() {
            "DescribeDBInstances" => None,
            "CreateDBInstance" => deleting.then(|| Answer::refuse(call, "DBInstanceAlreadyExists", "DB instance already exists")),
            "DeleteDBInstance" if !deleting => {
                let tree = context.upstream.query(call, "DescribeDBInstances", &[("DBInstanceIdentifier", &id)]).await?;
                let ghost = tree.at("DescribeDBInstancesResult/DBInstances/DBInstance").cloned();
                self.ghosts.change(&call.region, &id, |held| *held = ghost);
                None
            }
            _ => {
                let message = format!("Instance {id} is not in available state.");
                held.map(|_| Answer::refuse(call, "InvalidDBInstanceState", &message))
            }
        }
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let settings = context.settings();
        let id = name_after(call);
        if call.operation == "DescribeDBInstances" {
            return self.describe(call, answer, context, &id);
        }
        let state = match CHANGES.iter().find(|(operation, _)| *operation == call.operation) {
            Some(_) if call.get("NewDBInstanceIdentifier").is_some() => "renaming",
            Some((_, state)) => *state,
            None => "",
        };
        let at_once = call.operation == "ModifyDBInstance" && call.text("ApplyImmediately") != "true";
        if !answer.status.is_success() || at_once {
            return answer;
        }
        context.databases().hold(&call.region, &id, state, settings.database_describes, settings.database_ms);
        let held = context.databases().peek(&call.region, &id).is_some();
        answer.edit(|tree| {
            tree.each_mut("DBInstance", &mut |database| {
                if held && call.operation != "ModifyDBInstance" {
                    show(database, state);
                }
            });
        })
    }
}
