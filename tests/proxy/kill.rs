//! Kill points: a process dies at a chosen mutating call, at a chosen moment of it.

use super::call::Call;
use super::faults::matches;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// When in a call the process dies.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// AWS has not seen the call.
    BeforeForward,
    /// Neither has it yet, but the call is under way, and arrives when the process is long dead.
    ArrivesLate,
    /// AWS has done it; the process has not heard.
    BeforeAnswer,
    /// The process has the answer and has called nothing since.
    AfterAnswer,
}

/// A kill point, and whether it fired.
#[derive(Clone, Debug, Deserialize)]
pub struct KillPoint {
    pid: i32,
    call: usize,
    at: Moment,
    #[serde(default = "every")]
    operation: String,
    /// How long a call that arrives late is under way.
    #[serde(default)]
    late_ms: u64,
    #[serde(skip)]
    seen: usize,
    #[serde(skip)]
    fired: Option<String>,
    #[serde(skip)]
    armed: bool,
}

fn every() -> String {
    "*".to_owned()
}

impl KillPoint {
    /// Counts a call; says when the process dies in it, if it does.
    pub fn count(&mut self, call: &Call) -> Option<Moment> {
        if self.fired.is_some() || !call.mutating() || !matches(&self.operation, &call.name()) {
            return None;
        }
        self.seen += 1;
        if self.seen != self.call {
            return None;
        }
        self.fired = Some(call.name());
        self.armed = true;
        Some(self.at)
    }

    /// Kills now, once; says whether it did.
    pub fn fire(&mut self) -> bool {
        let armed = std::mem::take(&mut self.armed);
        if armed {
            // A process that is gone already is as dead as wanted.
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGKILL);
        }
        armed
    }

    /// How long a call that arrives late is under way.
    pub fn late(&self) -> Duration {
        Duration::from_millis(self.late_ms)
    }

    /// For `GET /_proxy/kill`.
    pub fn json(&self) -> Value {
        json!({"fired": self.fired.is_some(), "operation": self.fired, "seen": self.seen})
    }

    /// Counting starts again.
    pub fn restart(&mut self) {
        self.seen = 0;
    }
}
