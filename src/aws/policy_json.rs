//! Whether two IAM policy documents mean the same.
//!
//! AWS stores documents as it likes: single values for lists of one, account ids as root ARNs,
//! other orders. Source of the equivalences: the grammar in
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use super::go_json::normalized;
use serde_json::{Map, Value as Json};

/// Whether both are policy documents of the same meaning; text that is no JSON is compared as it is.
#[must_use]
pub fn equivalent(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => normal(&a) == normal(&b),
        _ => a.trim().is_empty() && b.trim().is_empty(),
    }
}

/// The document as the state keeps it: the text that was there where the API's means the same.
#[must_use]
pub fn kept(before: Option<&str>, answered: &str) -> String {
    match before {
        Some(before) if equivalent(before, answered) => before.to_string(),
        _ => normalized(answered),
    }
}

/// Whether two JSON texts are the same document; nothing and `{}` are.
#[must_use]
pub fn same_json(a: &str, b: &str) -> bool {
    a == b || matches!((parse(a), parse(b)), (Some(a), Some(b)) if a == b)
}

/// JSON as the state keeps it: the text that was there where the API's is the same document.
#[must_use]
pub fn kept_json(before: Option<&str>, answered: &str) -> String {
    match before {
        Some(before) if same_json(before, answered) => before.to_string(),
        _ => normalized(answered),
    }
}

fn parse(text: &str) -> Option<Json> {
    let text = text.trim();
    if text.is_empty() { Some(Json::Object(Map::new())) } else { serde_json::from_str(text).ok() }
}

/// The document with statements in a canonical form and order.
fn normal(document: &Json) -> Json {
    let Json::Object(members) = document else { return document.clone() };
    let mut out: Vec<(String, Json)> = members
        .iter()
        .map(|(key, value)| {
            let value = if key == "Statement" { sorted(listed(value).iter().map(statement).collect()) } else { value.clone() };
            (key.clone(), value)
        })
        .collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(out.into_iter().collect())
}

fn statement(statement: &Json) -> Json {
    let Json::Object(members) = statement else { return statement.clone() };
    let mut out: Vec<(String, Json)> = Vec::new();
    for (key, value) in members {
        let value = match key.as_str() {
            "Sid" if value.as_str() == Some("") => continue,
            "Action" | "NotAction" => strings(value, |s| s.to_ascii_lowercase()),
            "Resource" | "NotResource" => strings(value, str::to_string),
            "Principal" | "NotPrincipal" => principal(value),
            "Condition" => match condition(value) {
                Json::Object(m) if m.is_empty() => continue,
                c => c,
            },
            _ => value.clone(),
        };
        out.push((key.clone(), value));
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(out.into_iter().collect())
}

/// `"*"` is `{"AWS":"*"}`; an account id is its root ARN.
fn principal(value: &Json) -> Json {
    let one =
        |s: &str| if s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit()) { format!("arn:aws:iam::{s}:root") } else { s.to_string() };
    match value {
        Json::String(s) => by_key([("AWS".to_string(), strings(&Json::String(s.clone()), one))]),
        Json::Object(m) => {
            by_key(m.iter().map(|(k, v)| (k.clone(), if k == "AWS" { strings(v, one) } else { strings(v, str::to_string) })))
        }
        other => other.clone(),
    }
}

/// Operators and keys are case-insensitive; values are lists of text.
fn condition(value: &Json) -> Json {
    let Json::Object(operators) = value else { return value.clone() };
    by_key(operators.iter().map(|(operator, keys)| {
        let keys = match keys {
            Json::Object(m) => by_key(m.iter().map(|(k, v)| (k.to_ascii_lowercase(), strings(v, str::to_string)))),
            other => other.clone(),
        };
        (operator.to_ascii_lowercase(), keys)
    }))
}

fn by_key(entries: impl IntoIterator<Item = (String, Json)>) -> Json {
    let mut entries: Vec<(String, Json)> = entries.into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(entries.into_iter().collect())
}

/// One value or a list of them, as a sorted list of distinct texts.
fn strings(value: &Json, each: impl Fn(&str) -> String) -> Json {
    let text = |v: &Json| match v {
        Json::String(s) => Json::String(each(s)),
        Json::Bool(_) | Json::Number(_) => Json::String(v.to_string()),
        other => other.clone(),
    };
    sorted(listed(value).iter().map(text).collect())
}

fn listed(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

fn sorted(mut items: Vec<Json>) -> Json {
    items.sort_by_key(Json::to_string);
    items.dedup();
    Json::Array(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_single_values_do_not_matter() {
        let a = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":["b","a"],"Principal":{"AWS":"123456789012"}}}"#;
        let b = r#"{"Statement":[{"Sid":"","Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Resource":["a","b"],"Action":["s3:getobject"],"Effect":"Allow"}],"Version":"2012-10-17"}"#;
        assert!(equivalent(a, b));
    }

    #[test]
    fn conditions_compare_as_text() {
        let of = |v: &str| format!(r#"{{"Statement":[{{"Effect":"Deny","Condition":{{"Bool":{{"aws:SecureTransport":{v}}}}}}}]}}"#);
        assert!(equivalent(&of("false"), &of("\"false\"")));
        assert!(!equivalent(&of("false"), &of("\"true\"")));
    }

    #[test]
    fn meaning_that_differs_is_seen() {
        let of = |e: &str, r: &str| format!(r#"{{"Statement":[{{"Effect":"{e}","Action":"*","Resource":"{r}"}}]}}"#);
        assert!(!equivalent(&of("Allow", "a"), &of("Deny", "a")));
        assert!(!equivalent(&of("Allow", "a"), &of("Allow", "A")));
        assert!(!equivalent("{", "}"));
        assert!(equivalent("", "  "));
    }
}
