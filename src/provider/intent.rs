//! Intents: what is about to be done, durable before it is done.

use super::Object;
use crate::addr::InstanceAddr;
use crate::value::Value;
use std::collections::BTreeSet;

/// What a call will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Create an object.
    Create,
    /// Change one.
    Update,
    /// Remove one.
    Delete,
}

/// A mutating call whose effect is not yet durable. Random parts are drawn once, when it is written.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Names the intent in the journal.
    pub id: String,
    /// The object.
    pub addr: InstanceAddr,
    /// The old object's deposed key when the address is occupied.
    pub deposed: Option<String>,
    /// What will be done.
    pub operation: Operation,
    /// At most 64 ASCII characters: client token, value of the intent tag, suffix of generated
    /// names. Used once.
    pub token: String,
    /// The planned object, wholly known where the request needs it.
    pub planned: Value,
    /// The prior object for updates and deletes.
    pub prior: Option<Value>,
    /// Where the object had to be made without its intent tag (tags are denied, or as many as AWS takes are planned): ids
    /// of all objects of its type at that moment. What is there since then and is as planned, is taken for it.
    pub existing: Option<BTreeSet<String>>,
}

/// What became of an intent that was found in the journal.
#[derive(Clone, Debug)]
pub enum Located {
    /// It happened: this is the object (complete or half-made).
    Found(Box<Object>),
    /// One of these ids may be it, and others as well: a stranger's object is never taken.
    Doubtful(Vec<String>),
    /// No trace of it (yet).
    NotFound,
}
