//! Refresh, plan rounds, apply, events: what drives the pure core with the world's answers.

mod apply;
mod configured;
mod ephemeral;
mod events;
mod fleeting;
mod ledger;
mod lost;
mod order;
mod perform;
mod planning;
mod promise;
mod provision;
mod read;
mod recover;
mod resolve;
mod schedule;
#[cfg(test)]
mod tests;
mod writer;

pub use apply::{ApplyInput, ApplyResult, Done, Final, Need, Resolve, apply};
pub use configured::ConfiguredProviders;
pub use ephemeral::OpenRequest;
pub use events::{EphemeralStep, Event, Events, Phase, ProvisionStep, Silent};
pub use planning::plan;
pub use read::{DataRequest, ReadRequest, read_data, read_objects};
pub use recover::{Finding, FindingKind, Leftover, RecoverInput, Recovered, Watched, read_leftover, recorded, recover};
pub use resolve::{ResolveInput, Resolver};
pub use writer::PAUSE;
pub use writer::StateWriter;
