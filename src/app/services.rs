//! `services { }`: what runs under docker compose, and how it fares.

use super::commands::quote_path;
use super::reader::Reader;
use super::shell::quote;
use super::spec::AppSpec;
use super::text::Text;
use crate::schema::{BlockSchema, boolean, string};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// `services { }`
#[derive(Clone, Debug)]
pub struct ServicesSpec {
    /// The compose file, below `dir`.
    pub file: Text,
    /// Its folder: absolute, below `~/`, or relative to the source; the source without it.
    pub dir: Option<Text>,
    /// Name of the project; what compose makes of the folder without it.
    pub project: Option<Text>,
    /// docker is root's.
    pub sudo: bool,
}

/// A container of a service as docker tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// The service, with a number from its second container on.
    pub service: String,
    /// `running`, `exited`, `restarting`, ...
    pub state: String,
    /// `healthy`, `unhealthy`, `starting`; empty without a health check.
    pub health: String,
    /// Exit code of one that ended.
    pub exit_code: i64,
    /// How often it was restarted.
    pub restarts: Option<i64>,
    /// Name of its image.
    pub image: String,
    /// Content of its image: `sha256:...`.
    pub digest: Option<String>,
    /// Published ports.
    pub ports: Vec<String>,
    /// Limit of memory in bytes, where there is one.
    pub memory: Option<i64>,
}

/// What may stand in the block.
pub(super) fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("compose", string().optional())
        .attr("dir", string().optional())
        .attr("project", string().optional())
        .attr("sudo", boolean().optional())
}

pub(super) fn decode(r: &Reader<'_>) -> ServicesSpec {
    ServicesSpec {
        file: r.text("compose").unwrap_or_else(|| Text::plain("docker-compose.yml")),
        dir: r.text("dir"),
        project: r.text("project"),
        sudo: r.flag("sudo", false),
    }
}

impl ServicesSpec {
    /// `cd ... && docker compose -f ...`, to be completed; `None` while something in it is unknown.
    #[must_use]
    pub fn compose(&self, app: &AppSpec) -> Option<String> {
        let dir = match &self.dir {
            Some(dir) => Some(app.on_host(dir.known()?)?),
            None => match &app.source {
                Some(source) => Some(source.root()?),
                None => None,
            },
        };
        let enter = dir.map(|d| format!("cd {} && ", quote_path(&d))).unwrap_or_default();
        let project = match &self.project {
            Some(project) => format!(" --project-name {}", quote(project.known()?)),
            None => String::new(),
        };
        Some(format!("{enter}{}docker compose --file {}{project}", self.root(), quote(self.file.known()?)))
    }

    fn root(&self) -> &'static str {
        if self.sudo { "r " } else { "" }
    }

    /// Lists the containers, then what `docker inspect` knows of each, one line each; `None` while it is unknown.
    #[must_use]
    pub fn look(&self, app: &AppSpec) -> Option<String> {
        let (compose, root) = (self.compose(app)?, self.root());
        let format = "{{.Name}}\t{{.RestartCount}}\t{{.Image}}\t{{.HostConfig.Memory}}";
        Some(format!(
            "({compose} ps --all --format json) || exit\necho\nids=$({compose} ps --all --quiet)\n[ -z \"$ids\" ] || {root}docker inspect --format {} $ids\n",
            quote(&format!("inspected\t{format}"))
        ))
    }
}

/// Reads the answer of [`ServicesSpec::look`]. Versions of compose differ: one JSON list, or one object a line.
#[must_use]
pub fn parse(answer: &str) -> Vec<Container> {
    let (inspected, listed): (Vec<&str>, Vec<&str>) = answer.lines().partition(|l| l.starts_with("inspected\t"));
    let whole = listed.join("\n");
    let objects: Vec<Json> = match serde_json::from_str::<Json>(&whole) {
        Ok(Json::Array(all)) => all,
        _ => listed.iter().filter_map(|l| serde_json::from_str(l).ok()).collect(),
    };
    let details: BTreeMap<&str, Vec<&str>> = inspected
        .iter()
        .filter_map(|line| {
            let mut parts = line.split('\t').skip(1);
            Some((parts.next()?.trim_start_matches('/'), parts.collect()))
        })
        .collect();
    let mut containers: Vec<Container> = objects.iter().filter_map(|o| container(o, &details)).collect();
    containers.sort_by(|a, b| a.service.cmp(&b.service));
    containers
}

fn container(object: &Json, details: &BTreeMap<&str, Vec<&str>>) -> Option<Container> {
    let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or("").to_string();
    let (name, service) = (text("Name"), text("Service"));
    let number = name.rsplit(['-', '_']).next().filter(|n| *n != "1" && n.chars().all(|c| c.is_ascii_digit()) && !n.is_empty());
    let detail = |i: usize| details.get(name.as_str()).and_then(|d| d.get(i)).copied();
    let mut ports: Vec<String> = object.get("Publishers").and_then(Json::as_array).into_iter().flatten().filter_map(port).collect();
    ports.sort();
    ports.dedup();
    (!service.is_empty()).then(|| Container {
        service: number.map_or_else(|| service.clone(), |n| format!("{service}-{n}")),
        state: text("State"),
        health: text("Health"),
        exit_code: object.get("ExitCode").and_then(Json::as_i64).unwrap_or(0),
        restarts: detail(0).and_then(|d| d.parse().ok()),
        image: text("Image"),
        digest: detail(1).filter(|d| !d.is_empty()).map(String::from),
        memory: detail(2).and_then(|d| d.parse().ok()).filter(|m| *m > 0),
        ports,
    })
}

fn port(publisher: &Json) -> Option<String> {
    let number = |name: &str| publisher.get(name).and_then(Json::as_i64).filter(|n| *n > 0);
    let url = publisher.get("URL").and_then(Json::as_str).unwrap_or("");
    let protocol = publisher.get("Protocol").and_then(Json::as_str).unwrap_or("tcp");
    Some(format!("{url}:{}->{}/{protocol}", number("PublishedPort")?, number("TargetPort")?))
}

impl Container {
    /// What is told of it, by name.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("state", self.state.clone())];
        if !self.health.is_empty() {
            facts.push(("health", self.health.clone()));
        }
        facts.extend(self.restarts.map(|n| ("restarts", n.to_string())));
        facts.push(("image", self.image.clone()));
        facts.extend(self.digest.clone().map(|d| ("digest", d)));
        if !self.ports.is_empty() {
            facts.push(("ports", self.ports.join(", ")));
        }
        facts.extend(self.memory.map(|m| ("memory", m.to_string())));
        facts
    }

    /// What is wrong with it. One that did its work and ended is none.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match (self.state.as_str(), self.health.as_str()) {
            ("exited", _) if self.exit_code == 0 => None,
            ("exited", _) => Some(format!("it ended with code {}", self.exit_code)),
            ("running", "unhealthy") => Some("its health check fails".into()),
            ("running" | "created", _) => None,
            (state, _) => Some(format!("it is {state}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"Name":"shop-web-1","Service":"web","State":"running","Health":"healthy","ExitCode":0,"Image":"shop:1","Publishers":[{"URL":"0.0.0.0","TargetPort":80,"PublishedPort":8080,"Protocol":"tcp"},{"URL":"","TargetPort":9000,"PublishedPort":0,"Protocol":"tcp"}]}
{"Name":"shop-db-1","Service":"db","State":"restarting","Health":"","ExitCode":1,"Image":"postgres:16"}
inspected	/shop-web-1	3	sha256:aa	536870912
inspected	/shop-db-1	17	sha256:bb	0
"#;

    #[test]
    fn both_forms_of_compose_are_read() {
        let found = parse(LINES);
        assert_eq!(found.len(), 2);
        let [db, web] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((web.restarts, web.digest.as_deref(), web.memory), (Some(3), Some("sha256:aa"), Some(536_870_912)));
        assert_eq!(web.ports, ["0.0.0.0:8080->80/tcp"]);
        assert_eq!((web.problem(), db.problem()), (None, Some("it is restarting".into())));
        assert_eq!((db.restarts, db.memory), (Some(17), None));
        let objects: Vec<&str> = LINES.lines().take(2).collect();
        let list = format!("[{}]\n{}", objects.join(","), LINES.lines().skip(2).collect::<Vec<_>>().join("\n"));
        assert_eq!(parse(&list), found);
        assert_eq!(parse("no configuration file provided"), []);
    }
}
