//! Contracts of providers: what a resource type, a data source and a provider promise.
//!
//! Free of AWS types, so that a plugin host can be one more edge. Reading and locating are
//! plural: a type answers a group of objects in as few calls as its API allows.

mod context;
mod data;
mod databases;
mod ephemeral;
mod error;
mod fence;
mod intent;
mod mock;
mod registry;
mod resource;
mod simulation;

pub use context::{Checkpoint, Ctx, NoCheckpoint, Timeouts};
pub use data::DataSource;
pub use databases::{
    Database, DatabaseChange, DatabaseTags, Databases, RestoreRequest, RestoreSource, Restored, Setting, Settings, Snapshot, Standing,
};
pub use ephemeral::{EphemeralType, Lease};
pub use error::{ErrorKind, ProviderError};
pub use fence::{Fence, FenceCheck};
pub use intent::{Intent, Located, Operation};
pub use mock::MockProvider;
pub use registry::{Configured, Provider, Registry};
pub use resource::{Applied, CreateRequest, DeleteRequest, IamActions, Object, Prior, ReadOutcome, ResourceType, Trace, UpdateRequest};
pub use simulation::{Answer, CallerIdentity, DecidingStatement, Decision, Principal, Question, Simulator};
