//! The application layer, pure: what an `app` block says, what its files must contain, how that
//! differs from a host, and the commands that make it so, as values.
//!
//! Nothing here waits, reads a disk or a clock. `deploy` gathers the facts, asks [`plan`] what is
//! to be done, and carries it out over a `Remote`.

pub mod checks;
pub mod commands;
mod decode;
mod describe;
pub mod diff;
pub mod env_file;
mod fact;
pub mod facts;
pub mod folders;
mod health;
mod hook;
mod host_drift;
mod host_secrets;
mod hosts;
pub mod keep;
pub mod lease;
mod log;
pub mod observe;
mod plan;
mod reader;
mod record;
mod release;
mod render;
pub mod required;
mod schema;
mod script;
mod secret;
mod services;
pub mod shell;
mod spec;
pub mod template;
pub mod text;

pub use decode::{decode, decode_with, url_secrets};
pub use describe::{describe, short};
pub use diff::{FileAction, FileChange, KeyChange, LineChange, Shown};
pub use fact::{Expected, FactKind, FactSpec};
pub use facts::{Checkout, RemoteFacts, RemoteFile};
pub use health::{Check, HealthSpec};
pub use hook::{HookSpec, Moment};
pub use host_drift::{CheckoutDrift, FactDrift, FileEdit, HostDrift, file_edit, host_drift};
pub use host_secrets::secrets_on_host;
pub use hosts::{HostEntry, Instance};
pub use log::{LogRequest, LogSource, LogSpec};
pub use observe::{FactValue, Facts};
pub use plan::{AppPlan, Contact, InstallChange, PlanInput, SourceChange, Target, plan};
pub use record::{AppRecord, FactRecord, FileRecord, HostRecord, SourceRecord, Step};
pub use release::{KEEP, ReleaseRecord, ReleaseResult, ReleasesSpec};
pub use render::{BaseFile, EnvEntry, Rendered, Shape};
pub use schema::{file_schema, schema};
pub use script::script;
pub use secret::{SecretRef, SecretSpec, secret_specs, undeclared_secret};
pub use services::{Container, ServicesSpec};
pub use shell::RemoteCommand;
pub use spec::{AppSpec, FileContent, FileSpec, InstallSpec, ReadySpec, SourceSpec, SshSpec};
pub use text::{Redactor, Text};
