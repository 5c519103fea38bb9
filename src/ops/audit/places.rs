//! Family: what binds a project to one machine. Absolute paths, addresses, relative databases, the mode of local runs.

use super::rules::{Finding, Level};
use super::source::{Kind, Source};
use regex::Regex;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

/// Accounts of images and containers: their homes are the same everywhere.
const ACCOUNTS: &[&str] = &[
    "ubuntu", "ec2-user", "debian", "admin", "centos", "fedora", "rocky", "app", "appuser", "node", "runner", "deploy", "www-data",
    "jenkins", "vscode", "git", "airflow", "jovyan", "postgres", "user", "pi", "nonroot",
];

static HOME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?:^|[\s"'=:(,\[`])/(?:home|Users)/([A-Za-z0-9._-]+)"#).ok());
static DRIVE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?:^|[\s"'=(,\[`])[A-Za-z]:\\{1,2}[A-Za-z0-9._ -]+\\"#).ok());
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^0-9A-Za-z.])((?:[0-9]{1,3}\.){3}[0-9]{1,3})([^0-9A-Za-z.]|$)").ok());
static CONNECT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)sqlite3?\.(?:connect|database|open)\(\s*f?["']([^"']+)["']"#).ok());
static DATABASE_FILE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*[=:]\s*["']?([^"'\s]+\.(?:db|sqlite|sqlite3))["']?\s*$"#).ok()
});

/// Everything of this family in a file.
pub fn check(source: &Source, out: &mut Vec<Finding>) {
    let kind = source.kind();
    if source.ignored {
        if kind == Kind::Env {
            live_mode(source, out);
        }
        return;
    }
    live_mode(source, out);
    if matches!(kind, Kind::Docs | Kind::Made | Kind::Docker) || source.is_test() {
        return;
    }
    for (number, line) in source.live_lines() {
        absolute_path(source, number, line, out);
        relative_sqlite(source, kind, number, line, out);
        if kind != Kind::Hcl {
            address(source, number, line, out);
        }
    }
}

fn absolute_path(source: &Source, number: usize, line: &str, out: &mut Vec<Finding>) {
    let shebang = number == 1 && line.starts_with("#!");
    let home = HOME.as_ref().and_then(|r| r.captures(line)).and_then(|c| c.get(1)).map(|m| m.as_str());
    if let Some(user) = home.filter(|u| !ACCOUNTS.contains(u) && !shebang) {
        out.push(Finding::new("absolute-path", &source.path, number, format!("a path below the home of {user}")));
    } else if DRIVE.as_ref().is_some_and(|r| r.is_match(line)) {
        out.push(Finding::new("absolute-path", &source.path, number, "a path on a Windows drive"));
    }
}

fn address(source: &Source, number: usize, line: &str, out: &mut Vec<Finding>) {
    let small = line.to_ascii_lowercase();
    if small.contains("version") {
        return;
    }
    let Some(found) = ADDRESS.as_ref().and_then(|r| r.captures(line)) else { return };
    // With a prefix length it is a network, not a host.
    let after = found.get(1).and_then(|m| line.get(m.end()..)).unwrap_or("");
    let network = after.strip_prefix('/').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let Some(ip) = found.get(1).and_then(|m| m.as_str().parse::<Ipv4Addr>().ok()).filter(|ip| !network && !is_common(*ip)) else { return };
    let finding = Finding::new("hard-coded-host", &source.path, number, format!("the address {ip}"));
    out.push(if ip.is_private() { finding } else { finding.at_level(Level::Medium) });
}

/// Addresses that mean the same everywhere.
fn is_common(ip: Ipv4Addr) -> bool {
    let resolvers = [[8, 8, 8, 8], [8, 8, 4, 4], [1, 1, 1, 1], [1, 0, 0, 1], [9, 9, 9, 9]];
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_broadcast()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || resolvers.contains(&ip.octets())
        || ip.octets()[0] == 0
        || ip.octets()[0] == 255
}

fn relative_sqlite(source: &Source, kind: Kind, number: usize, line: &str, out: &mut Vec<Finding>) {
    let url =
        line.find("sqlite").and_then(|at| line.get(at..)).and_then(|rest| rest.split_once("://").filter(|(scheme, _)| scheme.len() < 24));
    let relative_url = url.is_some_and(|(_, path)| {
        let mut chars = path.chars();
        chars.next() == Some('/') && chars.next().is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_')
    });
    let opened = CONNECT.as_ref().and_then(|r| r.captures(line)).and_then(|c| c.get(1)).map(|m| m.as_str());
    let assigned =
        DATABASE_FILE.as_ref().filter(|_| kind == Kind::Env).and_then(|r| r.captures(line)).and_then(|c| c.get(1)).map(|m| m.as_str());
    let relative = |path: &str| !path.starts_with(['/', '~', '$', '{', ':']) && !path.contains("://") && !path.contains(":memory:");
    if relative_url || opened.is_some_and(relative) || assigned.is_some_and(relative) {
        out.push(Finding::new("relative-sqlite", &source.path, number, "a database file with a relative path"));
    }
}

/// `RUNTIME_MODE=live` outside files that are production's.
fn live_mode(source: &Source, out: &mut Vec<Finding>) {
    let path = source.path.to_ascii_lowercase();
    let production = path.split(['/', '.', '-', '_']).any(|part| matches!(part, "prod" | "production" | "live"));
    if production || !matches!(source.kind(), Kind::Env | Kind::Compose) || source.is_test() {
        return;
    }
    for (number, line) in source.live_lines() {
        let text = line.trim().trim_start_matches("- ").trim_start_matches("export ");
        let Some((name, value)) = text.split_once(['=', ':']) else { continue };
        let value = value.split('#').next().unwrap_or("").trim().trim_matches(['"', '\'']);
        if name.trim() == "RUNTIME_MODE" && value.eq_ignore_ascii_case("live") {
            out.push(Finding::new("live-mode", &source.path, number, "RUNTIME_MODE is live in a file of local runs"));
        }
    }
}
