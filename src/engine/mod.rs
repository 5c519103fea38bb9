//! Refresh, plan rounds, apply, events: what drives the pure core with the world's answers.


mod apply;
mod configured;
mod events;
mod order;
mod ledger;
mod perform;
mod read;
mod schedule;
mod writer;

pub use apply::{ApplyInput, ApplyResult, Done, Final, Resolve, apply};
pub use configured::ConfiguredProviders;
pub use events::{Event, Events, Phase, Silent};
pub use read::{DataRequest, ReadRequest, read_data, read_objects};
pub use writer::StateWriter;
