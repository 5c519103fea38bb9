//! How tests ended.

use crate::addr::InstanceAddr;
use crate::diag::Diagnostics;
use crate::plan::Plan;
use crate::provider::Registry;
use crate::state::{DeposedKey, State};
use crate::value::Name;

/// How a run or a file ended; the later in this list, the more it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TestStatus {
    /// It never began.
    #[default]
    Pending,
    /// It was left out.
    Skip,
    /// Everything held.
    Pass,
    /// An assertion did not hold.
    Fail,
    /// It could not be carried out.
    Error,
}

impl TestStatus {
    /// What people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            TestStatus::Pending => "pending",
            TestStatus::Skip => "skip",
            TestStatus::Pass => "pass",
            TestStatus::Fail | TestStatus::Error => "fail",
        }
    }

    /// What programs read.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == TestStatus::Error { "error" } else { self.word() }
    }
}

/// What `-verbose` shows of a run.
pub enum Shown {
    /// The plan of a run that plans.
    Plan(Box<Plan>),
    /// The state after a run that applies.
    State(Box<State>),
}

/// A run.
pub struct RunResult {
    /// Its name.
    pub name: Name,
    /// How it ended.
    pub status: TestStatus,
    /// Everything found.
    pub diags: Diagnostics,
    /// What it made or planned.
    pub shown: Option<Shown>,
}

/// A real object that a test left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Leftover {
    /// The run that touched its state last.
    pub run: Name,
    /// Its address.
    pub addr: InstanceAddr,
    /// Its key, where it is a replaced object.
    pub deposed: Option<DeposedKey>,
    /// What its provider knows it by.
    pub id: Option<String>,
}

/// A test file.
pub struct FileResult {
    /// Its path as people are shown it.
    pub name: String,
    /// How it ended, clean-up included.
    pub status: TestStatus,
    /// Its runs.
    pub runs: Vec<RunResult>,
    /// What went wrong while cleaning up, by the run whose state it was.
    pub cleanup: Vec<(Name, Diagnostics)>,
    /// What is left, with ids.
    pub leftovers: Vec<Leftover>,
    /// The states that hold it, stand-ins taken out.
    pub left: Vec<State>,
    /// Schemas of everything that was used.
    pub registry: Registry,
    /// Whether it was interrupted.
    pub interrupted: bool,
}
