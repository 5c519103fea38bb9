//! What a snapshot rule has to be allowed, for the policy of an environment.
//!
//! Actions and their resources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html>.

use super::name::identifier;
use super::rule::Rule;

/// Actions with the resources that they are limited to, as in the last part of an ARN of RDS.
#[must_use]
pub fn permissions(rule: &Rule, environment: &str) -> Vec<(&'static str, String)> {
    let database = format!("db:{}", rule.instance.as_deref().unwrap_or("*"));
    let own = format!("snapshot:{}-*", identifier(&format!("{environment}-{}", rule.name)));
    vec![
        ("rds:DescribeDBInstances", database.clone()),
        ("rds:DescribeDBSnapshots", database.clone()),
        ("rds:DescribeDBSnapshots", "snapshot:*".to_string()),
        ("rds:CreateDBSnapshot", database),
        ("rds:CreateDBSnapshot", own.clone()),
        ("rds:AddTagsToResource", own.clone()),
        ("rds:DeleteDBSnapshot", own),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Before;
    use super::*;
    use crate::diag::{FileId, Span};
    use std::time::Duration;

    #[test]
    fn a_rule_may_remove_its_own_snapshots_only() {
        let rule = Rule {
            name: "main".into(),
            instance: Some("prod-db".into()),
            before: vec![Before::Apply],
            keep: 1,
            timeout: Duration::from_secs(1),
            tags: Default::default(),
            span: Span::new(FileId(0), 0, 0),
        };
        let all = permissions(&rule, "prod");
        assert!(all.contains(&("rds:DeleteDBSnapshot", "snapshot:prod-main-*".into())));
        assert!(all.contains(&("rds:CreateDBSnapshot", "db:prod-db".into())));
        assert!(permissions(&Rule { instance: None, ..rule }, "prod").contains(&("rds:DescribeDBInstances", "db:*".into())));
    }
}
