//! Durations of `timeouts` blocks and of `assume_role`: Go's notation (`1h30m`, `90s`, `500ms`).

use crate::schema::{BlockSchema, NestedBlock, string};
use std::time::Duration;

/// Parses a duration; `None` when it is none.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let unit_len = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(unit_len)?;
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" => 0.000_001,
            "ns" => 0.000_000_001,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = next;
    }
    if text.trim().is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

/// The `timeouts` block with the operations a type has.
#[must_use]
pub fn block(operations: &[&str]) -> NestedBlock {
    operations.iter().fold(BlockSchema::new(), |b, o| b.attr(o, string().optional())).single()
}

/// Minutes.
#[must_use]
pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_durations() {
        assert_eq!(parse("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse("90s"), Some(Duration::from_secs(90)));
        assert_eq!(parse("1.5h"), Some(Duration::from_secs(5400)));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        for wrong in ["", "10", "m", "10 m", "10x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
