//! How a website's configuration reads in the older block.

use super::blocks::{object, text, website};
use crate::value::Value;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput as Answer;
use aws_sdk_s3::types::RoutingRule;
use serde_json::{Map, Value as Json};

pub(super) fn block(answer: &Answer) -> Value {
    let redirect = answer.redirect_all_requests_to().map(|r| match r.protocol() {
        Some(protocol) => format!("{}://{}", protocol.as_str(), r.host_name()),
        None => r.host_name().to_string(),
    });
    let members = [
        ("error_document", text(answer.error_document().map(|d| d.key()))),
        ("index_document", text(answer.index_document().map(|d| d.suffix()))),
        ("redirect_all_requests_to", text(redirect.as_deref())),
        ("routing_rules", Value::string(routing(answer.routing_rules()))),
    ];
    object(&website(), members)
}

/// The rules as JSON; `""` for none.
fn routing(rules: &[RoutingRule]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    Json::Array(rules.iter().map(rule).collect()).to_string()
}

fn rule(rule: &RoutingRule) -> Json {
    let condition = rule.condition().map(|c| {
        members([("HttpErrorCodeReturnedEquals", c.http_error_code_returned_equals()), ("KeyPrefixEquals", c.key_prefix_equals())])
    });
    let redirect = rule.redirect().map(|r| {
        members([
            ("HostName", r.host_name()),
            ("HttpRedirectCode", r.http_redirect_code()),
            ("Protocol", r.protocol().map(|p| p.as_str())),
            ("ReplaceKeyPrefixWith", r.replace_key_prefix_with()),
            ("ReplaceKeyWith", r.replace_key_with()),
        ])
    });
    let parts = [("Condition", condition), ("Redirect", redirect)];
    Json::Object(parts.into_iter().filter_map(|(n, p)| Some((n.to_string(), p?))).collect())
}

fn members<const N: usize>(pairs: [(&str, Option<&str>); N]) -> Json {
    let written = pairs.into_iter().filter_map(|(n, v)| Some((n.to_string(), Json::from(v?))));
    Json::Object(written.collect::<Map<_, _>>())
}
