//! A database has a resource id of its own, by which it is found, and answers its insights, network, certificate and licence.
//! In moto all databases share one resource id, and these fields are missing or old.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Completes databases and filters by what it completed.
#[derive(Default)]
pub struct DatabaseFields {
    set: Memory<BTreeMap<&'static str, String>>,
    /// The name that a renamed database had first.
    born: Memory<Option<String>>,
}

const OPERATIONS: &[&str] = &[
    "CreateDBInstance",
    "ModifyDBInstance",
    "DescribeDBInstances",
    "DeleteDBInstance",
    "RebootDBInstance",
    "StartDBInstance",
    "StopDBInstance",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceToPointInTime",
];

const FILTERS: &[&str] = &["db-instance-id", "dbi-resource-id"];

/// Field and default (`""`: only when it was set).
const FIELDS: &[(&str, &str)] = &[
    ("PerformanceInsightsEnabled", "false"),
    ("PerformanceInsightsRetentionPeriod", ""),
    ("PerformanceInsightsKMSKeyId", ""),
    ("NetworkType", "IPV4"),
    ("DedicatedLogVolume", "false"),
    ("EngineLifecycleSupport", "open-source-rds-extended-support"),
    ("DatabaseInsightsMode", "standard"),
];

/// `db-` and 26 characters, the same for the life of a database, whatever it is renamed to.
fn resource_id(call: &Call, name: &str, database: &Node) -> String {
    let born = format!("{} {name} {}", call.region, database.text_at("InstanceCreateTime"));
    let digest = Sha256::digest(born.as_bytes());
    let letter = |byte: &u8| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(byte % 32)]);
    format!("db-{}", digest.iter().take(26).map(letter).collect::<String>())
}

fn matches(call: &Call, filter: &str, database: &Node) -> bool {
    let element = if filter == "dbi-resource-id" { "DbiResourceId" } else { "DBInstanceIdentifier" };
    call.notes.get(filter).is_none_or(|wanted| wanted.iter().any(|value| value == database.text_at(element)))
}

impl DatabaseFields {
    /// What is known of a database goes with it.
    fn renamed(&self, region: &str, from: &str, to: &str) {
        let (set, born) = (self.set.get(region, from), self.born.get(region, from).unwrap_or_else(|| from.to_owned()));
        self.set.forget(region, from);
        self.born.forget(region, from);
        self.set.change(region, to, |held| *held = set);
        self.born.change(region, to, |held| *held = Some(born));
    }

    fn complete(&self, call: &Call, database: &mut Node) {
        let name = database.text_at("DBInstanceIdentifier").to_owned();
        let id = resource_id(call, &self.born.get(&call.region, &name).unwrap_or(name), database);
        database.set("DbiResourceId", &id);
        let held = self.set.get(&call.region, database.text_at("DBInstanceIdentifier"));
        for (name, default) in FIELDS {
            let value = held.get(name).map_or(*default, String::as_str);
            if !value.is_empty() {
                database.set(name, value);
            }
        }
        database.set("BackupTarget", "region");
        if let Some(endpoint) = database.child_mut("Endpoint") {
            endpoint.set("HostedZoneId", "Z1RLNUO7B9Q6NB");
        }
        let replace = [
            ("CACertificateIdentifier", "rds-ca-default", "rds-ca-rsa2048-g1".to_owned()),
            (
                "KmsKeyId",
                "default_kms_key_id",
                format!("arn:aws:kms:{}:123456789012:key/00000000-0000-4000-8000-000000000001", call.region),
            ),
        ];
        for (name, old, new) in replace {
            if database.text_at(name) == old {
                database.set(name, &new);
            }
        }
        if database.text_at("Engine") == "postgres" {
            database.set("LicenseModel", "postgresql-license");
        }
    }
}

#[async_trait]
impl Rule for DatabaseFields {
    fn name(&self) -> &'static str {
        "database-fields"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", OPERATIONS)
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        if call.operation != "DescribeDBInstances" {
            return None;
        }
        for filter in FILTERS {
            let number = (1..).map_while(|n| Some((n, call.get(&format!("Filters.Filter.{n}.Name"))?))).find(|(_, name)| name == filter);
            if let Some((n, _)) = number {
                let values = call.list(&format!("Filters.Filter.{n}.Values.Value"));
                call.notes.insert(filter, values);
            }
        }
        let form = call.form.iter().filter(|(name, _)| !name.starts_with("Filters.")).cloned().collect();
        call.set_form(form);
        None
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        if let Some(name) = call.get("NewDBInstanceIdentifier").filter(|_| answer.status.is_success()) {
            self.renamed(&call.region, &call.text("DBInstanceIdentifier").to_lowercase(), &name.to_lowercase());
        }
        if answer.status.is_success() && call.operation != "DescribeDBInstances" {
            let id = call.text("DBInstanceIdentifier").to_lowercase();
            for (name, _) in FIELDS {
                let parameter = if *name == "PerformanceInsightsEnabled" { "EnablePerformanceInsights" } else { name };
                if let Some(value) = call.get(parameter) {
                    self.set.change(&call.region, &id, |held| drop(held.insert(name, value.to_owned())));
                }
            }
        }
        answer.edit(|tree| {
            tree.each_mut("DBInstance", &mut |database| self.complete(call, database));
            if call.operation == "DescribeDBInstances" {
                let databases = tree.ensure("DescribeDBInstancesResult").items_mut("DBInstances");
                databases.retain(|database| FILTERS.iter().all(|filter| matches(call, filter, database)));
            }
        })
    }
}
