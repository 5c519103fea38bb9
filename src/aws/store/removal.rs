//! Removing a state for good: what `workspace delete` does.
//!
//! An empty state is written before the object goes. In a bucket with versions the one below the delete
//! marker then says that the state was emptied on purpose, and nobody takes it for one that vanished.
//! The digest goes before the object: in the other order a run killed in between would leave a digest
//! without its state. The history stays: it tells what was done, not what is there.

use super::Inner;
use super::digest::holds_objects;
use super::errors::explain;
use crate::store::{HISTORY, StateMark, StoreError};
use serde_json::json;

impl Inner {
    /// Removes state, digest, journal and records; the history stays.
    pub(super) async fn remove_state(&self) -> Result<(), StoreError> {
        let doing = "Removing the state";
        let stored = self.objects.get(&self.backend.key, doing).await?;
        if let Some(stored) = stored.as_ref().filter(|s| !s.bytes.is_empty() && holds_objects(&s.bytes)) {
            self.accept_as_known().await?;
            self.write_state(&emptied(&stored.bytes)).await?;
        }
        for name in self.records("").await?.iter().filter(|n| !n.starts_with(HISTORY)) {
            self.delete_record(&self.written, name).await?;
        }
        if let Some(table) = &self.written_table {
            table.delete_digest().await?;
        }
        self.written.delete(&self.backend.key, None).await.map_err(|e| explain(e, doing, &self.backend))?;
        self.set_known(None);
        Ok(())
    }
}

/// The successor of a state without anything in it.
fn emptied(bytes: &[u8]) -> Vec<u8> {
    let mark = StateMark::of(bytes);
    let (serial, lineage) = mark.map_or((0, String::new()), |m| (m.serial, m.lineage));
    let version = format!("{}.0", crate::config::LANGUAGE_LEVEL);
    let state = json!({
        "version": 4, "terraform_version": version, "serial": serial + 1, "lineage": lineage,
        "outputs": {}, "resources": [], "check_results": null,
    });
    format!("{state}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_state_is_the_next_one_of_its_lineage() {
        for bytes in [
            &br#"{"version":4,"serial":7,"lineage":"l","resources":[{"mode":"managed"}]}"#[..],
            br#"{"serial":7,"lineage":"l","meta":{},"encrypted_data":"x","encryption_version":"v0"}"#,
        ] {
            assert!(holds_objects(bytes));
            let empty = emptied(bytes);
            assert!(!holds_objects(&empty));
            let state = crate::state::read(&empty).unwrap();
            assert_eq!((state.serial, state.lineage.as_str(), state.resources.len()), (8, "l", 0));
        }
    }
}
