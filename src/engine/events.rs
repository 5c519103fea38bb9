//! What happens during a run, as typed events. Terminal, JSON, history and tests are listeners.

use crate::addr::InstanceAddr;
use crate::plan::Action;
use crate::value::Value;
use std::time::Duration;

/// What is done with one object right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading it again before planning.
    Refresh,
    /// Reading a data source.
    Read,
    /// Making it.
    Create,
    /// Changing it in place.
    Update,
    /// Destroying it.
    Destroy,
}

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A group of objects of one type is being read in one go.
    Refreshing {
        /// How many.
        count: usize,
        /// `aws_vpc`
        kind: String,
        /// Which, with their ids; none for data sources.
        objects: Vec<(InstanceAddr, Option<String>)>,
    },
    /// A group of objects was read.
    Refreshed {
        /// Which, with their ids.
        objects: Vec<(InstanceAddr, Option<String>)>,
    },
    /// Work on an object began.
    Started {
        /// Which object.
        addr: InstanceAddr,
        /// Key of a replaced object that still exists.
        deposed: Option<String>,
        /// What is done.
        phase: Phase,
        /// As part of which action.
        action: Action,
        /// Its id, where it has one already.
        id: Option<String>,
    },
    /// Work on an object ended well.
    Finished {
        /// Which object.
        addr: InstanceAddr,
        /// Key of a replaced object that still exists.
        deposed: Option<String>,
        /// What was done.
        phase: Phase,
        /// Its id.
        id: Option<String>,
        /// How long it took.
        elapsed: Duration,
    },
    /// Work on an object failed.
    Failed {
        /// Which object.
        addr: InstanceAddr,
        /// What was tried.
        phase: Phase,
        /// How long it took.
        elapsed: Duration,
    },
    /// A provisioner of an object.
    Provision {
        /// Which object.
        addr: InstanceAddr,
        /// `local-exec`, `remote-exec`, `file`
        kind: &'static str,
        /// How far it is.
        step: ProvisionStep,
    },
    /// An ephemeral resource is opened, renewed or closed.
    Ephemeral {
        /// Which.
        addr: InstanceAddr,
        /// How far it is.
        step: EphemeralStep,
    },
    /// Not tried, because something it depends on failed or the run was interrupted.
    Skipped {
        /// Which object.
        addr: InstanceAddr,
    },
    /// The state was written.
    StateSaved {
        /// Its serial.
        serial: u64,
    },
}

/// How far a provisioner is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvisionStep {
    /// It began.
    Started,
    /// It wrote a line.
    Output(String),
    /// It ended well.
    Finished,
    /// It failed.
    Failed,
}

/// How far an ephemeral resource is, and how long that took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EphemeralStep {
    /// It is being opened.
    Opening,
    /// It is open.
    Opened(Duration),
    /// It is being kept alive.
    Renewing,
    /// It lives on.
    Renewed(Duration),
    /// It is being given back.
    Closing,
    /// It is gone.
    Closed(Duration),
}

impl EphemeralStep {
    /// OpenTofu's words for it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            EphemeralStep::Opening => "Opening...".into(),
            EphemeralStep::Opened(t) => format!("Open complete after {}s", t.as_secs()),
            EphemeralStep::Renewing => "Renewing...".into(),
            EphemeralStep::Renewed(t) => format!("Renew complete after {}s", t.as_secs()),
            EphemeralStep::Closing => "Closing...".into(),
            EphemeralStep::Closed(t) => format!("Close complete after {}s", t.as_secs()),
        }
    }

    /// Whether something ended.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self, EphemeralStep::Opened(_) | EphemeralStep::Renewed(_) | EphemeralStep::Closed(_))
    }
}

/// Listens.
pub trait Events: Send + Sync {
    /// Called for every event, from one task at a time.
    fn event(&self, event: &Event);

    /// A marked value that came up in the run and must not be shown from here on.
    fn secret(&self, _value: &Value) {}
}

/// Listens to nothing.
pub struct Silent;

impl Events for Silent {
    fn event(&self, _event: &Event) {}
}
