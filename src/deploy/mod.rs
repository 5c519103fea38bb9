//! Carries app plans out: reads hosts, asks the pure `app` layer what is to be done, does it step
//! by step, and keeps the record.
//!
//! [`plan`] changes nothing. [`run`] waits for the host, reads it again and does what the same pure
//! function says about the commit that was approved, so that a host that changed meanwhile stops
//! the deploy instead of being overwritten, and an interrupted deploy goes on where it stopped.
//! One host is served by one connection and its apps one after the other; hosts run in parallel,
//! and a failed app stops no other. Of several hosts of an app the first is the canary.
//!
//! A deploy holds a lease on its host. It is a release from its first change on: health checks gate
//! it, and one that fails them gives way to the release before.

mod apply;
mod canary;
mod connect;
mod events;
mod facts;
mod folder;
mod gate;
pub mod glance;
mod hooks;
mod identity;
mod inputs;
mod install;
mod lease;
pub mod observe;
mod planning;
mod preview;
pub mod reach;
mod records;
mod release;
mod request;
mod restore;
mod run;
mod secrets;

pub use events::{DeployEvent, DeploySink, WaitingFor};
pub use identity::{Identity, identity};
pub use planning::plan;
pub use preview::{HostSight, Preview, look, preview};
pub use records::{LockRecords, RecordSink, forget, read_records, recorded_apps};
pub use request::{AppOutcome, AppRequest, Context, Done, RunOptions};
pub use run::run;
pub use secrets::RunSecrets;
