//! How snapshots are called, and the tags by which they are found again.
//!
//! Identifiers of RDS have letters, digits and single hyphens, begin with a letter and do not end with a hyphen:
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html>.

use jiff::Timestamp;

/// The environment that a snapshot was taken for.
pub const ENVIRONMENT: &str = "envctl:environment";
/// The rule that asked for it.
pub const RULE: &str = "envctl:rule";
/// The run that took it: the id of its lock.
pub const RUN: &str = "envctl:run";
/// The commit of the configuration then.
pub const COMMIT: &str = "envctl:commit";

/// `<environment>-<rule>-<UTC time>`
#[must_use]
pub fn snapshot_name(environment: &str, rule: &str, now: Timestamp) -> String {
    let name = format!("{}-{}", identifier(&format!("{environment}-{rule}")), stamp(now));
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { format!("s-{}", name.trim_start_matches('-')) }
}

/// `20260102-030405`
#[must_use]
pub fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

/// Small letters, digits and single hyphens.
#[must_use]
pub fn identifier(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.trim_end_matches('-').to_string()
}

/// Text that a tag's value may have.
#[must_use]
pub fn tag_value(text: &str) -> String {
    text.chars().take(256).map(|c| if c.is_alphanumeric() || "_.:/=+-@ ".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        let at = Timestamp::new(1_767_323_045, 0).unwrap();
        assert_eq!(snapshot_name("prod", "main", at), "prod-main-20260102-030405");
        assert_eq!(snapshot_name("live/Prod_EU", "db--x", at), "live-prod-eu-db-x-20260102-030405");
        assert_eq!(snapshot_name(".", "1st", at), "s-1st-20260102-030405");
        assert_eq!(snapshot_name("", "", at), "s-20260102-030405");
        assert_eq!(tag_value("a{b}"), "a_b_");
    }
}
