//! How bad a difference is that no rule speaks of: a table, first match wins. `docs/compare.md` shows it.

use super::glob::fits;
use std::fmt;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// To know.
    Low,
    /// To look at.
    Medium,
    /// To explain or mend.
    High,
    /// To mend now.
    Critical,
}

impl Risk {
    /// All of them, the least first.
    pub const ALL: [Risk; 4] = [Risk::Low, Risk::Medium, Risk::High, Risk::Critical];

    /// In one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
            Risk::Critical => "critical",
        }
    }

    /// From that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Risk> {
        Risk::ALL.into_iter().find(|r| r.name() == text)
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Pattern over item names, risk, what it is about.
pub const RISKS: &[(&str, Risk, &str)] = &[
    ("resource:*:publicly_accessible", Risk::Critical, "who can reach a database"),
    ("resource:*:deletion_protection*", Risk::High, "protection from deletion"),
    ("resource:*:*encrypt*", Risk::High, "encryption of stored data"),
    ("resource:*:*kms_key*", Risk::High, "encryption of stored data"),
    ("resource:*:*sse_algorithm", Risk::High, "encryption of stored data"),
    ("resource:*aws_security_group*", Risk::High, "who can reach what"),
    ("resource:*aws_vpc_security_group_*", Risk::High, "who can reach what"),
    ("resource:*aws_network_acl*", Risk::High, "who can reach what"),
    ("resource:*security_group_ids*", Risk::High, "who can reach what"),
    ("resource:*public_access_block*", Risk::High, "who can reach a bucket"),
    ("resource:*bucket_policy*", Risk::High, "who can reach a bucket"),
    ("resource:*aws_iam_*", Risk::High, "who may do what"),
    ("resource:*:iam_instance_profile", Risk::High, "who may do what"),
    ("resource:*:metadata_options*", Risk::High, "who gets the machine's credentials"),
    ("resource:*:engine", Risk::High, "which program stores the data"),
    ("resource:*:*engine_version*", Risk::High, "which version stores the data"),
    ("resource:*:backup_retention_period", Risk::High, "how far back data can be restored"),
    ("resource:*:skip_final_snapshot", Risk::High, "whether data survives a deletion"),
    ("resource:*:tags*", Risk::Low, "labels"),
    ("resource:*:*description", Risk::Low, "labels"),
    ("resource:*:*instance_type", Risk::Medium, "size"),
    ("resource:*:*instance_class", Risk::Medium, "size"),
    ("resource:*:*allocated_storage", Risk::Medium, "size"),
    ("resource:*:*volume_size", Risk::Medium, "size"),
    ("resource:*:multi_az", Risk::Medium, "what a failed zone stops"),
    ("resource:*:*user_data*", Risk::Medium, "how a machine is set up"),
    ("resource:*:ami", Risk::Medium, "which image runs"),
    ("resource:*", Risk::Medium, "an object of the infrastructure"),
    ("file:*", Risk::Medium, "how the application is configured"),
    ("service:*:privileged", Risk::High, "what a container may do"),
    ("service:*:volumes*", Risk::Medium, "where a service keeps its data"),
    ("service:*", Risk::Medium, "how a service runs"),
    ("lock:*", Risk::Medium, "which libraries run"),
    ("commit:*:dirty", Risk::High, "code that is in no commit"),
    ("commit:*", Risk::Medium, "which code runs"),
    ("ref:*", Risk::Medium, "which code is deployed next"),
    ("fact:*", Risk::Medium, "what runs"),
    ("provider:*", Risk::Medium, "which provider makes the objects"),
    ("module:*", Risk::Medium, "which module makes the objects"),
    ("output:*", Risk::Low, "what others read of it"),
    ("variable:*", Risk::Low, "an input; what it changes is listed with that"),
];

/// Risk of a difference, and what it is about.
#[must_use]
pub fn risk_of(name: &str) -> (Risk, &'static str) {
    let found = RISKS.iter().find(|(pattern, ..)| fits(pattern, name));
    found.map_or((Risk::Medium, "a difference"), |(_, risk, about)| (*risk, about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_reached_by_some_name_and_documented() {
        let page = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compare.md")).unwrap();
        for (at, (pattern, risk, about)) in RISKS.iter().enumerate() {
            let earlier = RISKS.iter().take(at).find(|(p, ..)| p == pattern);
            assert!(earlier.is_none(), "{pattern} stands twice");
            assert!(page.contains(&format!("| `{pattern}` | {risk} | {about} |")), "docs/compare.md lacks {pattern}");
        }
        assert_eq!(risk_of("resource:aws_db_instance.main:storage_encrypted").0, Risk::High);
        assert_eq!(risk_of("resource:aws_instance.web:tags.Name").0, Risk::Low);
        assert_eq!(risk_of("variable:size").0, Risk::Low);
    }
}
