//! The state: what envctl knows of the objects it manages.
//!
//! The snapshot keeps attributes as the JSON that was read, so that fields and schema versions
//! of other tools survive a round trip; values are decoded where a schema is at hand.

mod check;
mod codec;
pub mod edit;
mod error;
mod model;
pub mod object;
pub mod seal;
mod secrets;

pub use check::{Finding, check, check_objects};
pub use codec::{Style, parse_provider_addr, read, read_object, to_text, write, write_object};
pub use error::{StateError, StateErrorKind};
pub use model::{DeposedKey, InstanceState, ObjectState, OutputState, ResourceState, State, Status};
pub use secrets::{Secret, secret_places, secret_texts, secrets};
