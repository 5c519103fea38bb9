//! Rules that all stores share: names of records, and how long to wait between tries.

use super::{StoreError, StoreErrorKind};
use std::time::Duration;

/// A record's name is a relative path without tricks: it becomes part of a key or a file name.
///
/// # Errors
/// For an empty name or part, `.`, `..`, a leading slash, or control characters.
pub fn check_record_name(name: &str) -> Result<(), StoreError> {
    let bad = |part: &str| part.is_empty() || part == "." || part == ".." || part.chars().any(|c| c.is_control() || c == '\\');
    if name.split('/').any(bad) {
        return Err(StoreError::new(StoreErrorKind::Other, "Invalid record name", format!("{name:?} cannot name a record.")));
    }
    Ok(())
}

/// Waits between tries for a lock: 1 s, 2 s, ... 16 s, as OpenTofu does.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff { next: Duration::from_secs(1), longest: Duration::from_secs(16) }
    }
}

impl Backoff {
    /// For a lock on this machine, where asking again costs nothing: 50 ms to 1 s.
    #[must_use]
    pub fn near() -> Self {
        Backoff { next: Duration::from_millis(50), longest: Duration::from_secs(1) }
    }

    /// All waits by a factor (tests set a small one).
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Backoff { next: self.next.mul_f64(factor), longest: self.longest.mul_f64(factor) }
    }

    /// The next wait; never longer than `left`.
    pub fn next(&mut self, left: Duration) -> Duration {
        let wait = self.next;
        self.next = (self.next * 2).min(self.longest);
        wait.min(left)
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, check_record_name};
    use std::time::Duration;

    #[test]
    fn names() {
        for good in ["apps/dashboard.json", "journal/8f/00000001", "x"] {
            assert!(check_record_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/x", "x/", "a//b", "../x", "a/./b", "a\nb", "a\\b"] {
            assert!(check_record_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn waits_double_up_to_sixteen_seconds() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..6).map(|_| backoff.next(Duration::from_secs(60)).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 16]);
        assert_eq!(backoff.next(Duration::from_millis(5)), Duration::from_millis(5));
        let mut short = Backoff::default().scaled(0.1);
        assert_eq!((0..6).map(|_| short.next(Duration::from_secs(60)).as_millis()).sum::<u128>(), 100 + 200 + 400 + 800 + 1600 + 1600);
    }
}
