//! A database is not renamed to a name that is taken. moto drops the other one.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Refuses names that are taken.
pub struct DatabaseRename;

#[async_trait]
impl Rule for DatabaseRename {
    fn name(&self) -> &'static str {
        "database-rename"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", &["ModifyDBInstance"]) && call.get("NewDBInstanceIdentifier").is_some()
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let name = call.text("NewDBInstanceIdentifier").to_lowercase();
        let taken = context.upstream.query(call, "DescribeDBInstances", &[("DBInstanceIdentifier", &name)]).await.is_some();
        taken.then(|| Answer::refuse(call, "DBInstanceAlreadyExists", "DB instance already exists"))
    }
}
