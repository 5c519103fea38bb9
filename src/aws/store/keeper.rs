//! Keeps a held lock alive, and knows when it is not certainly ours any more.

use super::beat::{MARGIN, Rhythm, boottime};
use super::lock::{Locks, Renewal};
use crate::provider::FenceCheck;
use crate::store::{StoreError, StoreErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// The background task of a held lock; it ends with this value.
pub(super) struct Keeper {
    pulse: Arc<Pulse>,
    task: Option<JoinHandle<()>>,
}

/// What is known of our lock.
#[derive(Debug)]
struct Pulse {
    lease: Duration,
    /// Boot time before the last call that confirmed the lock was sent.
    confirmed: Mutex<Duration>,
    lost: Mutex<Option<String>>,
}

impl Pulse {
    /// A renewal that was sent at `sent` and is known to have succeeded at `now`. One that comes
    /// too late changes nothing: a contender may have counted us as dead meanwhile.
    fn confirm(&self, sent: Duration, now: Duration) {
        if self.check(now).is_ok() {
            *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = sent;
        }
    }

    /// For good; the first reason stays.
    fn lose(&self, why: String) {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    fn check(&self, now: Duration) -> Result<(), StoreError> {
        let silent = now.saturating_sub(*self.confirmed.lock().unwrap_or_else(PoisonError::into_inner));
        if silent > self.lease.saturating_sub(MARGIN) {
            self.lose(format!("for {} s it could not be confirmed that the lock is still ours", silent.as_secs()));
        }
        match self.lost.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            None => Ok(()),
            Some(why) => {
                let detail = format!("Nothing more is changed: {why}.");
                Err(StoreError::new(StoreErrorKind::LockLost, "The lock was lost", detail)
                    .help("Look who holds the lock (envctl lock show), then run the command again: it finds what this one did."))
            }
        }
    }
}

impl Keeper {
    /// Starts to renew the lock that was taken with `info` by a call sent at `taken` (boot time).
    pub fn start(locks: Locks, info: String, taken: Duration) -> Self {
        let rhythm = locks.rhythm;
        if !locks.enabled() {
            return Keeper::of_nothing(rhythm);
        }
        let pulse = Arc::new(Pulse { lease: rhythm.lease, confirmed: Mutex::new(taken), lost: Mutex::new(None) });
        let shared = pulse.clone();
        let task = tokio::spawn(async move {
            let mut wait = rhythm.every;
            loop {
                tokio::time::sleep(wait).await;
                let sent = boottime();
                if shared.check(sent).is_err() {
                    return;
                }
                // An answer that comes too late is worth as little as none.
                let renewed = tokio::time::timeout(rhythm.every, locks.renew(&info)).await;
                wait = match renewed.unwrap_or(Err(Renewal::Unknown)) {
                    Ok(()) => {
                        shared.confirm(sent, boottime());
                        if shared.check(boottime()).is_err() {
                            return;
                        }
                        rhythm.every
                    }
                    Err(Renewal::Unknown) => rhythm.every / 3,
                    Err(Renewal::Lost(why)) => return shared.lose(why),
                };
            }
        });
        Keeper { pulse, task: Some(task) }
    }

    /// Where there is no lock there is nothing to lose.
    pub fn of_nothing(rhythm: Rhythm) -> Self {
        let pulse = Arc::new(Pulse { lease: rhythm.lease, confirmed: Mutex::default(), lost: Mutex::new(None) });
        Keeper { pulse, task: None }
    }

    /// Whether a lock is kept.
    pub fn keeps(&self) -> bool {
        self.task.is_some()
    }

    /// Fails when the lock is not certainly ours any more.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.task.is_none() { Ok(()) } else { self.pulse.check(boottime()) }
    }

    /// The same question for others; it can be asked after the keeper is gone.
    pub fn fence(&self) -> FenceCheck {
        let (pulse, held) = (self.pulse.clone(), self.task.is_some());
        Arc::new(move || if held { pulse.check(boottime()).map_err(Into::into) } else { Ok(()) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_fences_ten_seconds_before_the_lease_ends() {
        let at = Duration::from_secs;
        let pulse = Pulse { lease: at(90), confirmed: Mutex::new(at(1000)), lost: Mutex::new(None) };
        assert!(pulse.check(at(1080)).is_ok());
        assert_eq!(pulse.check(at(1081)).unwrap_err().kind, StoreErrorKind::LockLost);
    }

    #[test]
    fn a_beat_in_time_keeps_the_lock_and_one_too_late_does_not_bring_it_back() {
        let at = Duration::from_secs;
        let pulse = Pulse { lease: at(90), confirmed: Mutex::new(at(1000)), lost: Mutex::new(None) };
        pulse.confirm(at(1079), at(1080));
        assert!(pulse.check(at(1159)).is_ok());
        pulse.confirm(at(1100), at(1160));
        assert!(pulse.check(at(1161)).unwrap_err().detail.contains("81 s"));
        pulse.lose("somebody broke it".into());
        assert!(pulse.check(at(1100)).unwrap_err().detail.contains("81 s"), "the first reason stays");
    }

    #[test]
    fn a_broken_lock_is_lost_at_once() {
        let at = Duration::from_secs;
        let pulse = Pulse { lease: at(90), confirmed: Mutex::new(at(1000)), lost: Mutex::new(None) };
        pulse.lose("somebody broke it".into());
        assert!(pulse.check(at(1001)).unwrap_err().detail.contains("somebody broke it"));
    }
}
