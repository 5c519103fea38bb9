//! Time as a trait, so that nothing below the edges reads a clock by itself.
//!
//! This is the only place that asks the machine for the time of day; tests and saved plans give
//! their own.

mod duration;

pub use duration::parse as parse_duration;

use jiff::Timestamp;

/// Something that knows the time of day.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl FixedClock {
    /// Stands at this many seconds after 1970; at 1970 itself where that is out of range.
    #[must_use]
    pub fn at_second(second: i64) -> Self {
        FixedClock(Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, FixedClock, SystemClock};

    #[test]
    fn fixed_stands_and_system_moves() {
        let fixed = FixedClock::at_second(1_700_000_000);
        assert_eq!(fixed.now().to_string(), "2023-11-14T22:13:20Z");
        let clock = SystemClock;
        assert!(clock.now() > fixed.now());
    }
}
