//! The document: actions by what they are limited to.

use super::scope::scope;
use crate::value::Value;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Characters that AWS lets a managed policy have, white space not counted.
const LIMIT: usize = 6144;
/// Services whose calls name a region.
const REGIONAL: [&str; 8] = ["cloudwatch", "dynamodb", "ec2", "logs", "rds", "secretsmanager", "sns", "ssm"];

/// What an object or a data source needs.
pub struct Need<'a> {
    /// Its type.
    pub kind: &'a str,
    /// Actions.
    pub actions: Vec<&'static str>,
    /// What is known of it.
    pub value: Option<&'a Value>,
}

/// Where ARNs lie.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Account; any where it is not known.
    pub account: Option<String>,
    /// Region; any where it is not known.
    pub region: Option<String>,
}

impl Place {
    /// The ARN of a resource part.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let any = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".into());
        let (region, account) = match service {
            "s3" => (String::new(), String::new()),
            "iam" => (String::new(), any(&self.account)),
            _ => (any(&self.region), any(&self.account)),
        };
        format!("arn:{}:{service}:{region}:{account}:{resource}", self.partition())
    }

    fn partition(&self) -> &'static str {
        match self.region.as_deref() {
            Some(r) if r.starts_with("cn-") => "aws-cn",
            Some(r) if r.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

/// Actions by ARN.
#[derive(Clone, Debug, Default)]
pub struct Document {
    by_arn: BTreeMap<String, BTreeSet<String>>,
    region: Option<String>,
}

/// Actions of a service, each allowed on each of the resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// `ec2`
    pub service: &'a str,
    /// `ec2:RunInstances`
    pub actions: Vec<&'a str>,
    /// ARNs.
    pub resources: Vec<&'a str>,
}

/// The permissions of everything that needs some. Without `group_reads` objects are read one by one
/// where the API can limit that to names.
#[must_use]
pub fn document(needs: &[Need<'_>], place: &Place, group_reads: bool) -> Document {
    let mut document = Document { region: place.region.clone(), ..Document::default() };
    for need in needs {
        for action in &need.actions {
            for arn in scope(action, need.kind, need.value, place, group_reads) {
                document.allow(arn, action);
            }
        }
    }
    document
}

impl Document {
    /// Allows an action on an ARN.
    pub fn allow(&mut self, arn: impl Into<String>, action: &str) {
        self.by_arn.entry(arn.into()).or_default().insert(action.to_string());
    }

    /// What the document allows: actions of one service that share their resources.
    #[must_use]
    pub fn statements(&self) -> Vec<Statement<'_>> {
        let mut alike: BTreeMap<(&str, Vec<&str>), Vec<&str>> = BTreeMap::new();
        for (arn, actions) in &self.by_arn {
            // Any object says nothing about the service, so that services stand apart there.
            let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for action in actions.iter().filter(|a| arn == "*" || !self.everywhere(a)) {
                services.entry(action.split(':').next().unwrap_or_default()).or_default().push(action);
            }
            for (service, actions) in services {
                alike.entry((service, actions)).or_default().push(arn);
            }
        }
        alike.into_iter().map(|((service, actions), resources)| Statement { service, actions, resources }).collect()
    }

    /// The document as AWS takes it.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let statements: Vec<Json> = self
            .statements()
            .into_iter()
            .map(|Statement { service, actions, resources }| {
                let n = counts.entry(service).and_modify(|n| *n += 1).or_insert(1);
                let mut statement = json!({"Sid": sid(service, *n), "Effect": "Allow", "Action": actions, "Resource": resources});
                let region = self.region.as_ref().filter(|_| resources == ["*"] && REGIONAL.contains(&service));
                if let (Some(region), Some(object)) = (region, statement.as_object_mut()) {
                    object.insert("Condition".into(), json!({"StringEquals": {"aws:RequestedRegion": region}}));
                }
                statement
            })
            .collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    /// Whether an action is allowed on everything anyway.
    fn everywhere(&self, action: &str) -> bool {
        self.by_arn.get("*").is_some_and(|all| all.contains(action))
    }

    /// What people should know of it: what could not be limited, and that it is too long.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut wide: BTreeMap<&str, usize> = BTreeMap::new();
        for action in self.by_arn.get("*").into_iter().flatten() {
            *wide.entry(action.split(':').next().unwrap_or_default()).or_default() += 1;
        }
        let wide: Vec<String> = wide.iter().map(|(service, n)| format!("{n} of {service}")).collect();
        let mut notes = Vec::new();
        if !wide.is_empty() {
            let region = if self.region.is_some() { "; services with regions are limited to the environment's region" } else { "" };
            notes.push(format!("Actions that AWS limits to no name, or to ids that it draws: {}{region}.", wide.join(", ")));
        }
        let any = |arn: &&String| {
            arn.split(':').nth(5).is_some_and(|r| r == "*" || r.ends_with("/*") && r.split('/').count() == 2 && !r.starts_with("aws"))
        };
        let unnamed: Vec<&String> = self.by_arn.keys().filter(any).filter(|a| !a.contains(":s3:")).collect();
        if !unnamed.is_empty() {
            let listed: Vec<&str> = unnamed.iter().map(|a| a.as_str()).collect();
            notes.push(format!("Names that are not known before they are made, so any is allowed: {}.", listed.join(", ")));
        }
        let length = self.json().to_string().chars().filter(|c| !c.is_whitespace()).count();
        if length > LIMIT {
            notes.push(format!("It has {length} characters, and a managed policy may have {LIMIT}: split it by statements, or attach it to a role as several."));
        }
        notes
    }
}

/// `Ec2`, `Iam2`
fn sid(service: &str, n: usize) -> String {
    let mut chars = service.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let number = if n == 1 { String::new() } else { n.to_string() };
    format!("{first}{}{number}", chars.as_str())
}
