//! The result of `policy -check` as text and as JSON.

use super::Style;
use crate::ops::policy::{Checked, Denial, Unknown};
use crate::provider::DecidingStatement;
use serde_json::{Value as Json, json as object};
use std::collections::BTreeMap;

/// Who was asked for, and for what.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Environment.
    pub environment: String,
    /// `apply`
    pub purpose: String,
    /// The user or role whose policies were simulated.
    pub principal: String,
    /// Whose credentials they are.
    pub caller: String,
    /// What is to be known of the question.
    pub notes: Vec<String>,
}

/// What a simulation leaves out.
const LIMITS: &str = "IAM simulates the policies of the user or role, its boundary and its organization. Policies of a session, of buckets and of keys are no part of it.";

/// Text for people: what is denied, what is not known, the sum.
#[must_use]
pub fn text(subject: &Subject, checked: &Checked, style: &Style) -> String {
    let title = format!("Permissions of {} for {} of {}", subject.principal, subject.purpose, subject.environment);
    let mut out = format!("{}\n", style.bold(&title));
    subject.notes.iter().for_each(|note| out.push_str(&style.dim(&format!("  {note}\n"))));
    let denied = checked.denied.iter().map(|d| (reason(d), d.action.as_str(), d.resource.as_str()));
    out.push_str(&section(&style.alert(&format!("denied ({})", checked.denied.len())), denied));
    let unknown = checked.unknown.iter().map(|u| (u.why.clone(), u.action.as_str(), u.resource.as_str()));
    out.push_str(&section(&style.alert(&format!("not known ({})", checked.unknown.len())), unknown));
    out.push_str(&format!("\n{}\n{}\n", style.dim(LIMITS), end(checked, style)));
    out
}

/// Actions by what is said of them; nothing when there are none.
fn section<'a>(title: &str, items: impl Iterator<Item = (String, &'a str, &'a str)>) -> String {
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (reason, action, resource) in items {
        by_reason.entry(reason).or_default().push(format!("    {action} on {resource}\n"));
    }
    if by_reason.is_empty() {
        return String::new();
    }
    let groups = by_reason.iter().map(|(reason, lines)| format!("  {reason}:\n{}", lines.concat()));
    format!("\n{title}\n{}", groups.collect::<String>())
}

/// Why an action is denied, as IAM tells.
fn reason(denial: &Denial) -> String {
    let mut parts = Vec::new();
    if denial.explicit && !denial.statements.is_empty() {
        let by: Vec<String> = denial.statements.iter().map(statement).collect();
        parts.push(format!("denied explicitly by {}", by.join(" and ")));
    } else if denial.explicit {
        parts.push("denied explicitly".to_string());
    }
    if denial.organization {
        parts.push("not allowed by the organization's service control policies".to_string());
    }
    if denial.boundary {
        parts.push("not allowed by the permissions boundary".to_string());
    }
    if parts.is_empty() {
        parts.push("not granted: no statement allows it".to_string());
    }
    parts.join("; ")
}

fn statement(s: &DecidingStatement) -> String {
    let name = if s.policy.is_empty() { "a policy".to_string() } else { s.policy.clone() };
    let details: Vec<String> =
        [Some(s.kind.clone()).filter(|k| !k.is_empty()), s.line.map(|l| format!("line {l}"))].into_iter().flatten().collect();
    if details.is_empty() { name } else { format!("{name} ({})", details.join(", ")) }
}

fn end(checked: &Checked, style: &Style) -> String {
    let (asked, denied, unknown) = (checked.asked(), checked.denied.len(), checked.unknown.len());
    match (denied, unknown) {
        (0, 0) => style.good(&format!("All {asked} are allowed.")),
        _ => style.alert(&format!("{} of {asked} are allowed, {denied} denied, {unknown} not known.", checked.allowed)),
    }
}

/// The document for programs.
#[must_use]
pub fn json(subject: &Subject, checked: &Checked) -> Json {
    let statement = |s: &DecidingStatement| object!({"policy": s.policy, "type": s.kind, "line": s.line});
    let denial = |d: &Denial| {
        object!({
            "action": d.action, "resource": d.resource, "decision": if d.explicit { "explicit" } else { "not granted" },
            "statements": d.statements.iter().map(statement).collect::<Vec<_>>(),
            "organization": d.organization, "boundary": d.boundary, "message": reason(d),
        })
    };
    let unknown = |u: &Unknown| object!({"action": u.action, "resource": u.resource, "missing": u.missing, "why": u.why});
    object!({
        "format": 1,
        "environment": subject.environment,
        "for": subject.purpose,
        "simulated": true,
        "principal": subject.principal,
        "caller": subject.caller,
        "all_allowed": checked.all_allowed(),
        "asked": checked.asked(),
        "allowed": checked.allowed,
        "denied": checked.denied.iter().map(denial).collect::<Vec<_>>(),
        "unknown": checked.unknown.iter().map(unknown).collect::<Vec<_>>(),
        "notes": subject.notes.iter().map(String::as_str).chain([LIMITS]).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            environment: "stage".into(),
            purpose: "apply".into(),
            principal: "arn:aws:iam::1:role/ci".into(),
            caller: "arn:aws:sts::1:assumed-role/ci/run".into(),
            notes: Vec::new(),
        }
    }

    fn denial(action: &str, explicit: bool) -> Denial {
        Denial { action: action.into(), resource: "*".into(), explicit, statements: Vec::new(), organization: false, boundary: false }
    }

    #[test]
    fn what_is_denied_stands_under_its_reason() {
        let statements = vec![DecidingStatement { policy: "NoVpc".into(), kind: "user".into(), line: Some(3) }];
        let checked = Checked {
            allowed: 4,
            denied: vec![
                denial("ec2:CreateVpc", false),
                Denial { statements, boundary: true, ..denial("ec2:DeleteVpc", true) },
                Denial { organization: true, ..denial("ec2:CreateSubnet", false) },
                denial("ec2:ModifyVpcAttribute", false),
            ],
            unknown: vec![Unknown { action: "s3:GetObject".into(), resource: "x".into(), missing: Vec::new(), why: "no answer".into() }],
        };
        let text = text(&subject(), &checked, &Style { color: false, show_sensitive: false, width: 0 });
        assert!(text.starts_with("Permissions of arn:aws:iam::1:role/ci for apply of stage\n\ndenied (4)\n"), "{text}");
        assert!(
            text.contains(
                "  denied explicitly by NoVpc (user, line 3); not allowed by the permissions boundary:\n    ec2:DeleteVpc on *\n"
            ),
            "{text}"
        );
        assert!(text.contains("no statement allows it:\n    ec2:CreateVpc on *\n    ec2:ModifyVpcAttribute on *\n"), "{text}");
        assert!(text.contains("service control policies:\n    ec2:CreateSubnet on *\n"), "{text}");
        assert!(text.contains("not known (1)\n  no answer:\n    s3:GetObject on x\n"), "{text}");
        assert!(text.ends_with("4 of 9 are allowed, 4 denied, 1 not known.\n"), "{text}");
        let json = json(&subject(), &checked);
        assert_eq!((json["all_allowed"].as_bool(), json["denied"][1]["decision"].as_str()), (Some(false), Some("explicit")));
        assert_eq!(json["denied"][1]["statements"][0]["line"], 3);
    }

    #[test]
    fn that_all_is_allowed_is_said_only_then() {
        let style = Style { color: false, show_sensitive: false, width: 0 };
        let all = Checked { allowed: 3, ..Checked::default() };
        assert!(text(&subject(), &all, &style).ends_with("All 3 are allowed.\n"));
        let noted = Subject { notes: vec!["The state could not be read.".into()], ..subject() };
        assert!(text(&noted, &all, &style).contains("\n  The state could not be read.\n"));
        assert_eq!(json(&noted, &all)["notes"][0], "The state could not be read.");
    }
}
