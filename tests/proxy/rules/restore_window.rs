//! An automated backup says from when to when its database can be restored. moto leaves that out.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreWindow.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Adds the window: since the database was made, until now.
pub struct RestoreWindow;

#[async_trait]
impl Rule for RestoreWindow {
    fn name(&self) -> &'static str {
        "restore-window"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreWindow.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", &["DescribeDBInstanceAutomatedBackups"])
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let databases = context.upstream.query(call, "DescribeDBInstances", &[]).await.unwrap_or_default();
        let databases = databases.items("DescribeDBInstancesResult/DBInstances").to_vec();
        answer.edit(|tree| {
            tree.each_mut("DBInstanceAutomatedBackup", &mut |backup| {
                let id = backup.text_at("DBInstanceIdentifier");
                let Some(database) = databases.iter().find(|d| d.text_at("DBInstanceIdentifier") == id) else { return };
                let leaf = |name, of| Node::leaf(name, database.text_at(of));
                let window = vec![leaf("EarliestTime", "InstanceCreateTime"), leaf("LatestTime", "LatestRestorableTime")];
                backup.put(Node::with("RestoreWindow", window));
            });
        })
    }
}
