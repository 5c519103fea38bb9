//! Deleting a database needs a name for the last snapshot, or word that none is wanted. moto deletes without either.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Refuses a deletion that says neither.
pub struct DatabaseDelete;

#[async_trait]
impl Rule for DatabaseDelete {
    fn name(&self) -> &'static str {
        "database-delete"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", &["DeleteDBInstance"])
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        let named = call.get("FinalDBSnapshotIdentifier").is_some();
        let skipped = call.text("SkipFinalSnapshot") == "true";
        let message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.";
        (named == skipped).then(|| Answer::refuse(call, "InvalidParameterCombination", message))
    }
}
