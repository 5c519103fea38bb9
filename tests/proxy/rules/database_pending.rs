//! Without ApplyImmediately a modification waits for the maintenance window, and is seen in PendingModifiedValues.
//! moto applies everything at once.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Holds back what waits; the next immediate modification brings it along.
#[derive(Default)]
pub struct DatabasePending {
    pending: Memory<BTreeMap<String, String>>,
}

const WAITING: &[&str] = &[
    "DBInstanceClass",
    "AllocatedStorage",
    "EngineVersion",
    "MultiAZ",
    "StorageType",
    "Iops",
    "StorageThroughput",
    "CACertificateIdentifier",
];

#[async_trait]
impl Rule for DatabasePending {
    fn name(&self) -> &'static str {
        "database-pending"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", &["ModifyDBInstance", "DescribeDBInstances", "DeleteDBInstance"])
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        if call.operation != "ModifyDBInstance" {
            return None;
        }
        let id = call.text("DBInstanceIdentifier").to_lowercase();
        let (mut waiting, mut form): (Vec<_>, Vec<_>) = call.form.drain(..).partition(|(name, _)| WAITING.contains(&name.as_str()));
        let at_once = form.iter().any(|(name, value)| name == "ApplyImmediately" && value == "true");
        let mut pending = self.pending.get(&call.region, &id);
        pending.extend(waiting.drain(..));
        if at_once {
            form.extend(std::mem::take(&mut pending));
        }
        self.pending.change(&call.region, &id, |held| *held = pending);
        call.set_form(form);
        None
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        if call.operation == "DeleteDBInstance" && answer.status.is_success() {
            self.pending.forget(&call.region, &call.text("DBInstanceIdentifier").to_lowercase());
        }
        answer.edit(|tree| {
            tree.each_mut("DBInstance", &mut |database| {
                let pending = self.pending.get(&call.region, database.text_at("DBInstanceIdentifier"));
                let shown = database.ensure("PendingModifiedValues");
                pending.iter().for_each(|(name, value)| shown.set(name, value));
            });
        })
    }
}
