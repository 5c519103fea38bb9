//! Family: resources of AWS as the configuration writes them. What is not known is not reported.

use super::rules::{Finding, Level};
use super::scope::Constants;
use crate::addr::Mode;
use crate::config::{Config, Resource};
use crate::diag::{Diagnostics, Span};
use crate::lang::{CallEnv, evaluate};
use crate::syntax::{Block, Body};
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// What an argument says.
enum Said {
    /// It is not written.
    Nothing,
    /// It is not known here.
    Unknown,
    /// This.
    Value(Value),
}

impl Said {
    /// Certainly not true: false, or not written.
    fn is_off(&self) -> bool {
        match self {
            Said::Nothing => true,
            Said::Unknown => false,
            Said::Value(v) => v.is_null() || flag(v) == Some(false),
        }
    }

    fn is_on(&self) -> bool {
        matches!(self, Said::Value(v) if flag(v) == Some(true))
    }

    fn is_written(&self) -> bool {
        !matches!(self, Said::Nothing) && !matches!(self, Said::Value(v) if v.is_null())
    }

    fn text(&self) -> Option<&str> {
        if let Said::Value(v) = self { v.as_str() } else { None }
    }
}

fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str().and_then(|s| s.parse().ok()))
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|s| s.parse().ok()))
}

/// A body with the names it is written in.
struct View<'a> {
    body: &'a Body,
    scope: &'a Constants<'a>,
    header: Span,
}

impl<'a> View<'a> {
    fn said(&self, name: &str) -> Said {
        let Some(attribute) = self.body.attribute(name) else {
            let dynamic = self.body.blocks_of("dynamic").any(|b| b.labels.first().is_some_and(|l| l.name.as_ref() == name));
            return if dynamic { Said::Unknown } else { Said::Nothing };
        };
        let value = evaluate(&attribute.expr, self.scope, &mut Diagnostics::new()).unmark().0;
        if value.is_unknown() { Said::Unknown } else { Said::Value(value) }
    }

    fn at(&self, name: &str) -> Span {
        self.body.attribute(name).map_or(self.header, |a| a.span)
    }

    fn blocks(&self, kind: &'a str) -> Vec<View<'a>> {
        let view = |b: &'a Block| View { body: &b.body, scope: self.scope, header: b.header };
        self.body.blocks_of(kind).map(view).collect()
    }

    /// Whether there may be blocks that nobody can count here.
    fn is_dynamic(&self, kind: &str) -> bool {
        self.body.json
            || self.body.attribute(kind).is_some()
            || self.body.blocks_of("dynamic").any(|b| b.labels.first().is_some_and(|l| l.name.as_ref() == kind))
    }
}

struct Audit<'a> {
    config: &'a Config,
    root: &'a Path,
    protected: bool,
    out: Vec<Finding>,
}

/// Everything of this family in a configuration. `root` is the audited folder.
#[must_use]
pub fn check(config: &Config, variables: &BTreeMap<Name, Value>, env: &CallEnv, root: &Path) -> Vec<Finding> {
    let protected = config.environment.as_ref().is_some_and(|e| e.protected);
    let mut audit = Audit { config, root, protected, out: Vec::new() };
    for module in config.modules.values() {
        for resource in module.resources.values().filter(|r| r.addr.mode == Mode::Managed && r.addr.kind.starts_with("aws_")) {
            let scope = Constants::new(config, module, variables, env);
            if is_absent(resource, &scope) {
                continue;
            }
            audit.resource(resource, &View { body: &resource.body, scope: &scope, header: resource.span });
        }
    }
    audit.out
}

fn is_public_acl(acl: &str) -> bool {
    acl.starts_with("public-") || acl == "authenticated-read"
}

/// `count = 0`
fn is_absent(resource: &Resource, scope: &Constants<'_>) -> bool {
    let value = |e| evaluate(e, scope, &mut Diagnostics::new()).unmark().0;
    resource.count.as_ref().map(value).is_some_and(|v| !v.is_unknown() && number(&v) == Some(0))
}

impl Audit<'_> {
    fn report(&mut self, rule: &'static str, level: Option<Level>, at: Span, resource: &Resource, message: &str) {
        let name = self.config.sources.name(at.file).to_string();
        let path = Path::new(&name);
        let shown = path.strip_prefix(self.root).unwrap_or(path).display().to_string();
        let shown = shown.trim_start_matches("./").to_string();
        let finding = Finding::new(rule, &shown, self.config.sources.line_col(at).0, format!("{}: {message}", resource.addr));
        self.out.push(match level {
            Some(level) => finding.at_level(level),
            None => finding,
        });
    }

    fn resource(&mut self, resource: &Resource, view: &View<'_>) {
        match resource.addr.kind.as_ref() {
            "aws_security_group" => {
                for rule in view.blocks("ingress") {
                    self.opening(resource, &rule, &["cidr_blocks", "ipv6_cidr_blocks"], "protocol");
                }
            }
            "aws_security_group_rule" if view.said("type").text() == Some("ingress") => {
                self.opening(resource, view, &["cidr_blocks", "ipv6_cidr_blocks"], "protocol");
            }
            "aws_vpc_security_group_ingress_rule" => self.opening(resource, view, &["cidr_ipv4", "cidr_ipv6"], "ip_protocol"),
            "aws_db_instance" | "aws_rds_cluster" => self.database(resource, view),
            "aws_s3_bucket" | "aws_s3_bucket_acl" if view.said("acl").text().is_some_and(is_public_acl) => {
                self.report("bucket-public", None, view.at("acl"), resource, "its ACL is public");
            }
            "aws_s3_bucket_public_access_block" => self.access_block(resource, view),
            "aws_instance" => self.instance(resource, view),
            "aws_ebs_volume" if view.said("encrypted").is_off() && !view.said("snapshot_id").is_written() => {
                self.report("volume-unencrypted", None, view.at("encrypted"), resource, "it is not encrypted");
            }
            _ => {}
        }
    }

    fn opening(&mut self, resource: &Resource, view: &View<'_>, sources: &[&str], protocol: &str) {
        let everybody = |value: &Value| value.as_str().is_some_and(|s| s == "0.0.0.0/0" || s == "::/0");
        let open = sources.iter().find(|name| match view.said(name) {
            Said::Value(v) => everybody(&v) || v.items().is_some_and(|items| items.iter().any(everybody)),
            _ => false,
        });
        let Some(open) = open else { return };
        let port = |name: &str| match view.said(name) {
            Said::Value(v) => number(&v),
            _ => None,
        };
        let protocol = view.said(protocol).text().map(str::to_ascii_lowercase);
        if protocol.as_deref().is_some_and(|p| matches!(p, "icmp" | "icmpv6" | "1" | "58")) {
            return;
        }
        let all = protocol.as_deref().is_some_and(|p| p == "-1" || p == "all");
        let (from, to) = match (port("from_port"), port("to_port")) {
            _ if all => (0, 65535),
            (Some(from), Some(to)) => (from, to),
            _ => return,
        };
        if from == to && (from == 80 || from == 443) {
            return;
        }
        let sensitive = [22, 23, 3389, 5900, 2375, 3306, 5432, 5439, 1433, 1521, 27017, 6379, 9200, 11211, 5984, 9042];
        let hit = sensitive.iter().find(|p| (from..=to).contains(*p));
        let what = if all {
            "every port".to_string()
        } else if from == to {
            format!("port {from}")
        } else {
            format!("ports {from} to {to}")
        };
        let level = if hit.is_some() { Level::Critical } else { Level::High };
        self.report("open-to-world", Some(level), view.at(open), resource, &format!("{what} open to everybody"));
    }

    fn database(&mut self, resource: &Resource, view: &View<'_>) {
        let copy = ["replicate_source_db", "snapshot_identifier", "restore_to_point_in_time", "s3_import", "replication_source_identifier"];
        let copied = copy.iter().any(|name| view.said(name).is_written() || !view.blocks(name).is_empty());
        if !copied && view.said("storage_encrypted").is_off() {
            self.report("db-unencrypted", None, view.at("storage_encrypted"), resource, "its storage is not encrypted");
        }
        if view.said("publicly_accessible").is_on() {
            self.report("db-public", None, view.at("publicly_accessible"), resource, "it can be reached from the internet");
        }
        let days = view.said("backup_retention_period");
        let cluster = resource.addr.kind.as_ref() == "aws_rds_cluster";
        let none = match &days {
            Said::Nothing => !cluster && !copied,
            Said::Value(v) => number(v) == Some(0),
            Said::Unknown => false,
        };
        if none {
            let level = (!self.protected).then_some(Level::Medium);
            self.report("db-no-backup", level, view.at("backup_retention_period"), resource, "no backups are kept");
        }
        if self.protected && view.said("deletion_protection").is_off() {
            self.report(
                "db-unprotected",
                None,
                view.at("deletion_protection"),
                resource,
                "the environment is protected, and the database is not",
            );
        }
        if self.protected && view.said("skip_final_snapshot").is_on() {
            self.report("db-no-final-snapshot", None, view.at("skip_final_snapshot"), resource, "no snapshot is kept when it is deleted");
        }
    }

    fn access_block(&mut self, resource: &Resource, view: &View<'_>) {
        let settings = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
        let off: Vec<&str> = settings.into_iter().filter(|name| view.said(name).is_off()).collect();
        if let Some(first) = off.first() {
            self.report("bucket-public", None, view.at(first), resource, &format!("the public access block is off: {}", off.join(", ")));
        }
    }

    fn instance(&mut self, resource: &Resource, view: &View<'_>) {
        let metadata = view.blocks("metadata_options");
        let (said, at) = match metadata.first() {
            Some(options) if options.said("http_endpoint").text() == Some("disabled") => (Said::Unknown, options.header),
            Some(options) => (options.said("http_tokens"), options.at("http_tokens")),
            None if view.is_dynamic("metadata_options")
                || view.said("launch_template").is_written()
                || !view.blocks("launch_template").is_empty() =>
            {
                (Said::Unknown, view.header)
            }
            None => (Said::Nothing, view.header),
        };
        let optional = match &said {
            Said::Nothing => true,
            Said::Unknown => false,
            Said::Value(v) => v.as_str() != Some("required"),
        };
        if optional {
            self.report("imds-v1", None, at, resource, "it answers the first version of the metadata service");
        }
        for kind in ["root_block_device", "ebs_block_device"] {
            for disk in view.blocks(kind) {
                if disk.said("encrypted").is_off() && !disk.said("snapshot_id").is_written() {
                    self.report("volume-unencrypted", None, disk.at("encrypted"), resource, &format!("its {kind} is not encrypted"));
                }
            }
        }
        let template = view.said("launch_template").is_written() || !view.blocks("launch_template").is_empty();
        if view.blocks("root_block_device").is_empty() && !view.is_dynamic("root_block_device") && !template {
            self.report("volume-unencrypted", None, view.header, resource, "nothing says that its root disk is encrypted");
        }
    }
}
