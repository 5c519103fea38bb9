//! What differs by nature: two objects are never one, so their ids, addresses and times say nothing.

use super::side::Side;
use aho_corasick::{AhoCorasick, MatchKind};

/// Why a difference says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// Ids and addresses of objects that stand at the same place on both sides.
    Identity,
    /// An attribute that the service makes up.
    Computed,
    /// A time.
    Time,
    /// A text that differs in the environment's name only.
    Named,
}

impl Nature {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Nature::Identity => "ids and addresses of matching objects",
            Nature::Computed => "values that the service makes up",
            Nature::Time => "times",
            Nature::Named => "texts with the environment's name",
        }
    }
}

/// Last names of attributes whose values a service makes up. A leading `*` is any beginning.
const MADE_UP: &[&str] = &[
    "id",
    "arn",
    "*_id",
    "*_ids",
    "*_arn",
    "*_arns",
    "unique_id",
    "fingerprint",
    "etag",
    "*_fingerprint",
    "*_dns",
    "*_dns_name",
    "dns_name",
    "endpoint",
    "address",
    "hosted_zone_id",
    "domain_name",
    "bucket_domain_name",
    "bucket_regional_domain_name",
    "public_ip",
    "private_ip",
    "*_ip",
    "*_ips",
    "*_address",
    "*_addresses",
    "ipv6_cidr_block",
    "serial",
    "serial_number",
    "created_at",
    "create_date",
    "creation_*",
    "*_date",
    "*_time",
    "last_*",
    "latest_*",
    "password_data",
    "mac_address",
    "availability_zone_id",
    "resource_id",
    "owner_id",
    "association_id",
    "unix",
    "rfc3339",
    "result",
    "hex",
    "b64_std",
    "b64_url",
    "b64",
    "dec",
    "version_id",
    "content_md5",
    "content_sha1",
    "content_sha256",
    "content_sha512",
    "content_base64sha256",
    "content_base64sha512",
    "public_key",
    "tags_all",
];

/// Whether the last step of an attribute's name is one that a service makes up.
#[must_use]
pub fn made_up(attribute: &str) -> bool {
    let last = attribute.rsplit('.').next().unwrap_or(attribute);
    let last = last.split('[').next().unwrap_or(last);
    MADE_UP.iter().any(|pattern| super::glob::fits(pattern, last))
}

/// Attributes whose texts identify an object wherever they turn up again.
const IDENTIFIES: &[&str] = &[
    "id",
    "arn",
    "*_arn",
    "public_ip",
    "private_ip",
    "public_dns",
    "private_dns",
    "endpoint",
    "address",
    "dns_name",
    "domain_name",
    "name_servers",
];

/// Whether an attribute's text identifies its object.
#[must_use]
pub fn identifies(attribute: &str, text: &str) -> bool {
    let telling = text.len() >= 6 && text.contains(|c: char| c.is_ascii_digit() || "-.:/_".contains(c));
    telling && IDENTIFIES.iter().any(|pattern| super::glob::fits(pattern, attribute))
}

/// Rewrites texts of one side so that both sides would write them alike.
pub struct Rewriter {
    matcher: Option<AhoCorasick>,
    stands_for: Vec<String>,
    environment: Option<String>,
}

impl Rewriter {
    /// For a side.
    #[must_use]
    pub fn new(side: &Side) -> Self {
        let stands_for: Vec<String> = side.identities.values().map(|what| format!("<{what}>")).collect();
        let matcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(side.identities.keys()).ok();
        let matcher = matcher.filter(|_| !stands_for.is_empty());
        let environment = side.environment.as_deref().map(|e| e.rsplit('/').next().unwrap_or(e).to_ascii_lowercase());
        Rewriter { matcher, stands_for, environment: environment.filter(|e| e.len() >= 3) }
    }

    /// With ids and addresses replaced by what they stand for.
    #[must_use]
    pub fn identities(&self, text: &str) -> String {
        let Some(matcher) = &self.matcher else { return text.to_string() };
        let (mut out, mut from) = (String::new(), 0);
        for found in matcher.find_iter(text) {
            if !is_word(text, found.start(), found.end()) {
                continue;
            }
            out.push_str(text.get(from..found.start()).unwrap_or(""));
            out.push_str(self.stands_for.get(found.pattern().as_usize()).map_or("", String::as_str));
            from = found.end();
        }
        out.push_str(text.get(from..).unwrap_or(""));
        out
    }

    /// What a text stands for when it is an id or address as a whole.
    #[must_use]
    pub fn meaning(&self, side: &Side, text: &str) -> Option<String> {
        side.identities.get(text).cloned()
    }

    /// With the environment's name, standing alone, replaced by one name for all.
    #[must_use]
    pub fn named(&self, text: &str) -> String {
        let Some(name) = &self.environment else { return text.to_string() };
        let lower = text.to_ascii_lowercase();
        let (mut out, mut from) = (String::new(), 0);
        for (at, _) in lower.match_indices(name.as_str()) {
            let end = at + name.len();
            if at >= from && is_word(text, at, end) {
                out.push_str(text.get(from..at).unwrap_or(""));
                out.push_str("<environment>");
                from = end;
            }
        }
        out.push_str(text.get(from..).unwrap_or(""));
        out
    }
}

fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// Whether a text is a point in time (RFC 3339).
#[must_use]
pub fn is_time(text: &str) -> bool {
    text.len() >= 19 && text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_the_environments_name_are_rewritten_as_whole_words() {
        let mut side = Side::new("stage");
        side.environment = Some("stage".into());
        side.identities.insert("i-0abc12".into(), "aws_instance.web".into());
        let rewriter = Rewriter::new(&side);
        assert_eq!(rewriter.identities("arn:x/i-0abc12!"), "arn:x/<aws_instance.web>!");
        assert_eq!(rewriter.identities("i-0abc123"), "i-0abc123");
        assert_eq!(rewriter.named("Stage-web.stage staged"), "<environment>-web.<environment> staged");
        assert!(made_up("vpc_id") && made_up("a.created_at") && made_up("x_ids[0]") && !made_up("engine") && !made_up("valid"));
        assert!(is_time("2026-01-02T03:04:05Z") && !is_time("2026-01-02"));
    }
}
