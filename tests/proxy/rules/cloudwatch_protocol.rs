//! CloudWatch speaks Smithy's RPC protocol in CBOR. moto speaks only the older ones: calls and answers are translated
//! from and to its JSON. What moto does not answer is left out, as AWS leaves out what is not set.
//!
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::cbor;
use crate::proxy::context::Context;
use async_trait::async_trait;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;

/// Translates.
pub struct CloudwatchProtocol;

#[async_trait]
impl Rule for CloudwatchProtocol {
    fn name(&self) -> &'static str {
        "cloudwatch-protocol"
    }

    fn source(&self) -> &'static str {
        "https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.service == "monitoring" && call.headers.contains_key("smithy-protocol")
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        let body = if call.body.is_empty() { Some(Value::Object(serde_json::Map::new())) } else { cbor::decode(&call.body) };
        let Some(body) = body else {
            return Some(Answer::error(call, 400, "SerializationException", "not CBOR"));
        };
        let target = format!("GraniteServiceVersion20100801.{}", call.operation);
        call.headers.insert("x-amz-target", HeaderValue::from_str(&target).ok()?);
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
        call.body = body.to_string().into();
        call.target = "/".to_owned();
        None
    }

    async fn after(&self, _call: &Call, answer: Answer, _context: &Context) -> Answer {
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| Value::Object(serde_json::Map::new()));
        without_nulls(&mut body);
        let mut new = Answer::new(answer.status, "application/cbor", cbor::encode(&body));
        new.headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
        new
    }
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
