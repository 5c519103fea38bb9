//! Signs of life of a lock: which process holds it, and a random beat that it renews.
//!
//! A contender takes over only from a holder that is dead: a process of this machine that does not
//! exist any more, or a beat that stayed the same for a whole lease and ten seconds more on the
//! contender's own CLOCK_BOOTTIME. Wall clocks are never compared. OpenTofu's locks have no beat
//! and never expire.

use crate::aws::settings::Env;
use crate::store::ProcessId;
use aws_sdk_dynamodb::types::AttributeValue;
use nix::time::{ClockId, clock_gettime};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::time::Duration;

/// What stays after the last beat before the holder stops, and after the lease before a contender
/// takes over.
pub(super) const MARGIN: Duration = Duration::from_secs(10);

/// How long a lock lives without a beat, and how often it beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rhythm {
    pub lease: Duration,
    pub every: Duration,
}

impl Rhythm {
    /// 90 s and 15 s, unless `ENVCTL_LOCK_LEASE` and `ENVCTL_LOCK_BEAT` (seconds) say otherwise; a
    /// beat is at most a third of what is left of the lease.
    pub fn of(env: &Env) -> Self {
        let seconds = |name: &str, default: u64| env.get(name).and_then(|v| v.parse::<u64>().ok()).filter(|n| *n > 0).unwrap_or(default);
        let lease = Duration::from_secs(seconds("ENVCTL_LOCK_LEASE", 90)).max(MARGIN + Duration::from_secs(3));
        let every = Duration::from_secs(seconds("ENVCTL_LOCK_BEAT", 15)).min((lease - MARGIN) / 3);
        Rhythm { lease, every }
    }
}

/// Who holds a lock, and its last sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Beat {
    pub process: ProcessId,
    /// Seconds.
    pub lease: u64,
    pub value: String,
}

impl Beat {
    /// The first beat of this process.
    pub fn first(rhythm: Rhythm) -> Self {
        Beat { process: ProcessId::current(), lease: rhythm.lease.as_secs(), value: random() }
    }

    /// Attributes of the lock item beside `Info`.
    pub fn attributes(&self) -> [(&'static str, AttributeValue); 6] {
        [
            ("EnvctlBoot", AttributeValue::S(self.process.boot_id.clone())),
            ("EnvctlPidNamespace", AttributeValue::S(self.process.pid_namespace.clone())),
            ("EnvctlPid", AttributeValue::N(self.process.pid.to_string())),
            ("EnvctlStart", AttributeValue::N(self.process.start_time.to_string())),
            ("EnvctlLease", AttributeValue::N(self.lease.to_string())),
            ("EnvctlBeat", AttributeValue::S(self.value.clone())),
        ]
    }

    pub fn from_item(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<u64>().ok();
        let process = ProcessId {
            boot_id: text("EnvctlBoot")?,
            pid_namespace: text("EnvctlPidNamespace")?,
            pid: u32::try_from(number("EnvctlPid")?).ok()?,
            start_time: number("EnvctlStart")?,
        };
        Some(Beat { process, lease: number("EnvctlLease")?, value: text("EnvctlBeat")? })
    }

    /// The beat object beside an S3 lock; `id` ties it to that lock.
    pub fn to_json(&self, id: &str) -> String {
        let p = &self.process;
        json!({"id": id, "boot": p.boot_id, "pid_namespace": p.pid_namespace, "pid": p.pid, "start": p.start_time, "lease": self.lease, "beat": self.value}).to_string()
    }

    /// Reads a beat object of the lock `id`.
    pub fn from_json(bytes: &[u8], id: &str) -> Option<Self> {
        let json: Json = serde_json::from_slice(bytes).ok()?;
        let text = |name: &str| json.get(name)?.as_str().map(str::to_string);
        let number = |name: &str| json.get(name)?.as_u64();
        if json.get("id")?.as_str()? != id {
            return None;
        }
        let process = ProcessId {
            boot_id: text("boot")?,
            pid_namespace: text("pid_namespace")?,
            pid: u32::try_from(number("pid")?).ok()?,
            start_time: number("start")?,
        };
        Some(Beat { process, lease: number("lease")?, value: text("beat")? })
    }
}

/// A beat: random, used once.
pub(super) fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Time since boot, suspended time included.
pub(super) fn boottime() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from).unwrap_or_default()
}

/// Watches a held lock until its holder is certainly dead.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: Option<(String, String, Duration)>,
}

impl Watch {
    /// Whether the holder that was just seen is dead. `now` is this machine's boot time.
    pub fn is_dead(&mut self, info: &str, beat: Option<&Beat>, now: Duration) -> bool {
        let Some(beat) = beat else {
            self.seen = None;
            return false;
        };
        if beat.process.is_certainly_dead() {
            return true;
        }
        match &self.seen {
            Some((i, b, since)) if i == info && *b == beat.value => now.saturating_sub(*since) > Duration::from_secs(beat.lease) + MARGIN,
            _ => {
                self.seen = Some((info.to_string(), beat.value.clone(), now));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(value: &str) -> Beat {
        let process = ProcessId { boot_id: "elsewhere".into(), pid_namespace: "n".into(), pid: 7, start_time: 9 };
        Beat { process, lease: 90, value: value.into() }
    }

    #[test]
    fn both_forms_read_back() {
        let b = beat("x");
        assert_eq!(Beat::from_json(b.to_json("id").as_bytes(), "id"), Some(b.clone()));
        assert_eq!(Beat::from_json(b.to_json("id").as_bytes(), "other"), None);
        let item = b.attributes().into_iter().map(|(k, v)| (k.to_string(), v)).collect();
        assert_eq!(Beat::from_item(&item), Some(b));
        assert_eq!(Beat::from_item(&HashMap::new()), None);
    }

    #[test]
    fn only_silence_for_a_whole_lease_and_ten_seconds_is_death() {
        let at = Duration::from_secs;
        let mut watch = Watch::default();
        assert!(!watch.is_dead("i", Some(&beat("a")), at(1000)));
        assert!(!watch.is_dead("i", Some(&beat("a")), at(1099)));
        assert!(!watch.is_dead("i", Some(&beat("b")), at(1100)), "it beat");
        assert!(!watch.is_dead("i", Some(&beat("b")), at(1200)));
        assert!(watch.is_dead("i", Some(&beat("b")), at(1201)));
        assert!(!watch.is_dead("other", Some(&beat("b")), at(1202)), "another holder");
        assert!(!watch.is_dead("tofu", None, at(99_999)), "a lock without a beat never expires");
    }

    #[test]
    fn the_rhythm_leaves_room_for_three_beats() {
        let of = |pairs: &[(&str, &str)]| Rhythm::of(&pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect());
        assert_eq!(of(&[]), Rhythm { lease: Duration::from_secs(90), every: Duration::from_secs(15) });
        assert_eq!(of(&[("ENVCTL_LOCK_LEASE", "40"), ("ENVCTL_LOCK_BEAT", "30")]).every, Duration::from_secs(10));
        assert_eq!(
            of(&[("ENVCTL_LOCK_LEASE", "1"), ("ENVCTL_LOCK_BEAT", "0")]),
            Rhythm { lease: Duration::from_secs(13), every: Duration::from_secs(1) }
        );
    }

    #[test]
    fn boot_time_runs() {
        let before = boottime();
        std::thread::sleep(Duration::from_millis(5));
        assert!(boottime() > before && before > Duration::ZERO);
    }
}
