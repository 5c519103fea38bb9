//! What a restore writes beside and into the state, under its lock.

use super::databases::managed;
use super::project::Project;
use super::session::Session;
use super::state::edit::{save, stored};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, ReadRequest, Silent, read_objects};
use crate::ops::snapshot::restore::{Keeper, Record};
use crate::ops::snapshot::{Halt, diagnostic};
use crate::provider::{Object, ReadOutcome};
use crate::schema::SchemaSource;
use crate::state::object::{ObjectMeta, decode, encode, mark_schema};
use crate::store::{LockGuard, StateStore};
use crate::value::{Members, Value};
use async_trait::async_trait;
use std::sync::atomic::{AtomicU64, Ordering};

/// Keeps a restore's record, and lets the state follow it.
pub struct Adopter<'a> {
    session: &'a Session,
    project: &'a Project,
    store: &'a dyn StateStore,
    guard: &'a dyn LockGuard,
    providers: ConfiguredProviders,
    serial: AtomicU64,
}

impl<'a> Adopter<'a> {
    /// For a held lock; `providers` has the one that manages the database.
    #[must_use]
    pub fn new(
        session: &'a Session,
        project: &'a Project,
        store: &'a dyn StateStore,
        guard: &'a dyn LockGuard,
        providers: ConfiguredProviders,
    ) -> Self {
        Adopter { session, project, store, guard, providers, serial: AtomicU64::new(0) }
    }

    /// The state's serial after this run.
    #[must_use]
    pub fn serial(&self, before: u64) -> u64 {
        self.serial.load(Ordering::Relaxed).max(before)
    }

    /// Reads the database of that resource id as the object at the old one's address.
    async fn write(&self, record: &Record, resource_id: &str) -> Result<(), Diagnostics> {
        let Some(mut state) = stored(self.store).await? else { return Ok(()) };
        let found = managed(&state).into_iter().find(|m| m.text("identifier") == Some(record.instance.as_str()));
        let Some(found) = found else {
            self.session.out(&format!("The state holds no database {}: it stays as it is.\n", record.instance));
            return Ok(());
        };
        let unusable = |detail: String| Diagnostics::from(Diagnostic::error("The state cannot follow", detail).address(&found.addr));
        let schema = self.project.edges.registry().schema(&found.provider.source, found.addr.resource.mode, &found.addr.resource.kind);
        let schema = schema.ok_or_else(|| unusable("The type of the database is not known.".into()))?;
        let old = decode(found.object, &schema).map_err(|e| unusable(format!("{}: {}.", e.path, e.message)))?;
        let mut members: Members = old.unmark_deep().0.members().cloned().unwrap_or_default();
        for name in ["id", "resource_id"] {
            members.insert(name.into(), Value::string(resource_id));
        }
        let object = Object { attributes: Value::object(members), private: found.object.private.clone() };
        let request = ReadRequest { addr: found.addr.clone(), provider: found.provider.clone(), object };
        let read = match read_objects(&self.providers, &[request], &Silent).await.pop() {
            Some(ReadOutcome::Found(read)) => read,
            Some(ReadOutcome::Failed(e)) => return Err(diagnostic(e).address(&found.addr).into()),
            _ => return Err(unusable(format!("The restored database {resource_id} was not found."))),
        };
        let meta = ObjectMeta {
            private: read.private,
            dependencies: found.object.dependencies.clone(),
            status: found.object.status,
            create_before_destroy: found.object.create_before_destroy,
        };
        let new = encode(&mark_schema(&read.attributes, &schema.block), &schema, meta);
        let new = crate::state::ObjectState { provider: found.object.provider.clone(), ..new };
        let (addr, provider) = (found.addr, found.provider);
        if state.current(&addr) != Some(&new) {
            state.instance_mut(&addr, &provider).current = Some(new);
            state.serial += 1;
            save(self.store, self.guard, &mut state).await?;
            self.serial.store(state.serial, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn halt(diags: Diagnostics) -> Halt {
    let error = diags.iter().find(|d| d.is_error()).cloned();
    Halt::Failed(error.unwrap_or_else(|| Diagnostic::error("The restore stopped", "Nobody knows why.")))
}

#[async_trait]
impl Keeper for Adopter<'_> {
    async fn save(&self, record: &Record) -> Result<(), Halt> {
        let failed = |e: crate::store::StoreError| Halt::Failed(e.diagnostic());
        self.guard.check().map_err(failed)?;
        self.guard.write_record(&Record::name_of(&record.instance), &record.to_bytes()).await.map_err(failed)
    }

    async fn adopt(&self, record: &Record, resource_id: &str) -> Result<(), Halt> {
        self.write(record, resource_id).await.map_err(halt)
    }
}
