//! The local state store.

use crate::conformance;
use envctl::disk::LocalStore;
use std::sync::Arc;

#[tokio::test]
async fn conforms() {
    let dir = tempfile::tempdir().unwrap();
    conformance::all(&|| Arc::new(LocalStore::new(dir.path().join("sub/terraform.tfstate")))).await;
}
