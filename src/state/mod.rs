//! The state: what envctl knows of the objects it manages.
//!
//! The snapshot keeps attributes as the JSON that was read, so that fields and schema versions
//! of other tools survive a round trip; values are decoded where a schema is at hand.

mod model;

pub use model::{DeposedKey, InstanceState, ObjectState, OutputState, ResourceState, State, Status};
