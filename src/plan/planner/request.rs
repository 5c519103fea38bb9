//! What the planner asks of the world, and what it is answered.

use crate::addr::{InstanceAddr, ProviderConfigAddr};
use crate::diag::Diagnostic;
use crate::schema::ProviderFacts;
use crate::state::DeposedKey;
use crate::value::Value;

/// An object: its address and, when it was replaced, its deposed key.
pub type ObjectId = (InstanceAddr, Option<DeposedKey>);

/// A question.
#[derive(Clone, Debug)]
pub enum Request {
    /// Configure a provider; where parts of the configuration are unknown, only say what can be
    /// known of it.
    Provider {
        /// Which.
        addr: ProviderConfigAddr,
        /// Its configuration, without marks.
        config: Value,
    },
    /// Read an object again.
    Read {
        /// Which.
        id: ObjectId,
        /// Its provider configuration.
        provider: ProviderConfigAddr,
        /// As the state has it, without marks.
        attributes: Value,
        /// Provider bytes.
        private: Option<Vec<u8>>,
    },
    /// Read an object that is not in the state, by the id its provider knows it by.
    Import {
        /// Where it shall be.
        addr: InstanceAddr,
        /// Its provider configuration.
        provider: ProviderConfigAddr,
        /// The id.
        id: String,
    },
    /// Read a data source.
    Data {
        /// Which.
        addr: InstanceAddr,
        /// Its provider configuration.
        provider: ProviderConfigAddr,
        /// Wholly known, without marks.
        config: Value,
    },
    /// Open an ephemeral resource until the plan is made.
    Open {
        /// Which.
        addr: InstanceAddr,
        /// Its provider configuration.
        provider: ProviderConfigAddr,
        /// Wholly known, without marks.
        config: Value,
    },
}

/// What reading an object found.
#[derive(Clone, Debug)]
pub enum ReadAnswer {
    /// As it is now.
    Found {
        /// Conforms to the schema.
        attributes: Value,
        /// Provider bytes.
        private: Option<Vec<u8>>,
    },
    /// It does not exist any more.
    Gone,
    /// It could not be read.
    Failed(Diagnostic),
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Request::Provider`].
    Provider {
        /// Which.
        addr: ProviderConfigAddr,
        /// What it knows; an error stops what needs it.
        facts: Result<ProviderFacts, Diagnostic>,
        /// Whether it can be called (its configuration was wholly known).
        callable: bool,
    },
    /// To [`Request::Read`].
    Read {
        /// Which.
        id: ObjectId,
        /// What was found.
        found: ReadAnswer,
    },
    /// To [`Request::Import`].
    Import {
        /// Which.
        addr: InstanceAddr,
        /// What was found.
        found: ReadAnswer,
    },
    /// To [`Request::Data`].
    Data {
        /// Which.
        addr: InstanceAddr,
        /// Its result, conforming to the schema.
        result: Result<Value, Diagnostic>,
    },
    /// To [`Request::Open`].
    Opened {
        /// Which.
        addr: InstanceAddr,
        /// Its value, conforming to the schema.
        result: Result<Value, Diagnostic>,
    },
}
