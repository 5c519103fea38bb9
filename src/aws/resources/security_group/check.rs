//! What a configuration of rules may say.

use super::rules::protocol;
use crate::aws::shape;
use crate::schema::RuleError;
use crate::value::{Path, Value};
use std::net::IpAddr;

const MARKS: &str = " ._-:/()#,@[]+=&;{}!$*";

/// Complaints about the rules of one attribute; what is unknown is not judged.
#[must_use]
pub fn rules(config: &Value, attribute: &str) -> Vec<RuleError> {
    let rules = config.get(attribute).and_then(Value::items).unwrap_or(&[]);
    let messages = rules.iter().flat_map(rule);
    messages.map(|message| RuleError { path: Path::attr(attribute), message }).collect()
}

fn rule(rule: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let port = |n: &str| rule.get(n).and_then(Value::as_i64);
    if let Some(written) = shape::text(rule, "protocol") {
        found.extend(ports(written, port("from_port"), port("to_port")));
    }
    found.extend(shape::strings(rule, "cidr_blocks").iter().filter_map(|c| network(c, false)));
    found.extend(shape::strings(rule, "ipv6_cidr_blocks").iter().filter_map(|c| network(c, true)));
    found.extend(shape::text(rule, "description").and_then(description));
    found
}

/// Complaints about ports of a protocol.
#[must_use]
pub fn ports(written: &str, from: Option<i64>, to: Option<i64>) -> Option<String> {
    let protocol = protocol(written);
    let (from, to) = (from?, to?);
    match protocol.as_str() {
        "-1" if from != 0 || to != 0 => Some("Protocol `-1` (all) has no ports: `from_port` and `to_port` must be 0.".into()),
        "tcp" | "udp" if !(0..=65535).contains(&from) || !(0..=65535).contains(&to) => {
            Some(format!("Ports go from 0 to 65535; {from} to {to} does not fit."))
        }
        "tcp" | "udp" if from > to => Some(format!("`from_port` {from} is greater than `to_port` {to}.")),
        _ => None,
    }
}

/// Complaints about attributes that hold one CIDR block each; `true`: of IPv6.
#[must_use]
pub fn networks(config: &Value, attributes: &[(&str, bool)]) -> Vec<RuleError> {
    let one = |(name, six): &(&str, bool)| {
        let message = shape::text(config, name).filter(|c| !c.is_empty()).and_then(|c| network(c, *six))?;
        Some(RuleError { path: Path::attr(*name), message })
    };
    attributes.iter().filter_map(one).collect()
}

/// A complaint about a CIDR block that is none, of the wrong family, or has bits after its prefix.
#[must_use]
pub fn network(cidr: &str, six: bool) -> Option<String> {
    let family = if six { "IPv6" } else { "IPv4" };
    let parts = cidr.split_once('/').and_then(|(a, l)| Some((a.parse::<IpAddr>().ok()?, l.parse::<u32>().ok()?)));
    let (bits, width, length) = match parts {
        Some((IpAddr::V4(a), l)) if !six && l <= 32 => (u128::from(a.to_bits()), 32, l),
        Some((IpAddr::V6(a), l)) if six && l <= 128 => (a.to_bits(), 128, l),
        _ => return Some(format!("`{cidr}` is no {family} CIDR block.")),
    };
    let host = width - length;
    let mask = if host == 0 { 0 } else { u128::MAX >> (128 - host) };
    (bits & mask != 0).then(|| format!("`{cidr}` is no network: bits after its prefix are set."))
}

/// A complaint about a description that AWS refuses.
#[must_use]
pub fn description(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || MARKS.contains(c);
    if text.chars().count() > 255 {
        return Some("A rule's description has at most 255 characters.".into());
    }
    let wrong = text.chars().find(|c| !allowed(*c))?;
    Some(format!("AWS refuses `{wrong}` in a rule's description; letters, digits, blanks and ._-:/()#,@[]+=&;{{}}!$* are allowed."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_checked() {
        assert_eq!(network("10.0.0.0/8", false), None);
        assert_eq!(network("0.0.0.0/0", false), None);
        assert_eq!(network("::/0", true), None);
        assert_eq!(network("10.0.0.1/32", false), None);
        for (cidr, six) in [("10.0.0.1/8", false), ("10.0.0.0", false), ("::/0", false), ("10.0.0.0/8", true), ("10.0.0.0/33", false)] {
            assert!(network(cidr, six).is_some(), "{cidr}");
        }
    }

    #[test]
    fn ports_fit_their_protocol() {
        assert!(ports("all", Some(0), Some(1)).is_some());
        assert!(ports("6", Some(443), Some(80)).is_some());
        assert!(ports("tcp", Some(0), Some(70000)).is_some());
        assert_eq!(ports("icmp", Some(-1), Some(-1)), None);
        assert_eq!(ports("tcp", Some(443), None), None);
    }

    #[test]
    fn descriptions_are_ascii() {
        assert_eq!(description("web: 443 (all)"), None);
        assert!(description("büro").is_some());
        assert!(description(&"x".repeat(256)).is_some());
    }
}
