//! AWS calls by hand: no SDK, no signature that anyone checks. For arranging and inspecting a test's world.

use super::http::{self, Reply};
use crate::proxy::form;
use crate::proxy::xml::Node;
use serde_json::Value;
use std::io;

/// A client of one endpoint in one region.
#[derive(Clone)]
pub struct Aws {
    base: String,
    region: String,
}

/// A refusal: status and error code.
#[derive(Debug, PartialEq)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// AWS's error code.
    pub code: String,
}

impl Aws {
    /// A client for `http://127.0.0.1:PORT`.
    pub fn new(base: &str, region: &str) -> Self {
        Self { base: base.to_owned(), region: region.to_owned() }
    }

    /// A Query call whose answer matters however it is (`Err`: the connection broke).
    pub fn query(&self, service: &str, action: &str, params: &[(&str, &str)]) -> io::Result<Reply> {
        let version = match service {
            "ec2" => "2016-11-15",
            "rds" => "2014-10-31",
            "iam" => "2010-05-08",
            _ => "2011-06-15",
        };
        let mut all = vec![("Action".to_owned(), action.to_owned()), ("Version".to_owned(), version.to_owned())];
        all.extend(params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let scope = self.scope(service);
        http::request(&self.base, "POST", "/", &[kind, ("authorization", &scope)], form::encode(&all).as_bytes())
    }

    /// A Query call that succeeds or is refused.
    pub fn try_call(&self, service: &str, action: &str, params: &[(&str, &str)]) -> Result<Node, Refused> {
        let reply = self.query(service, action, params).unwrap_or_else(|error| panic!("{service} {action}: {error}"));
        let mut tree = Node::parse(&reply.body);
        if reply.status == 200 {
            return tree.ok_or_else(|| panic!("{service} {action}: no XML: {}", reply.text()));
        }
        let mut code = String::new();
        if let Some(tree) = &mut tree {
            tree.each_mut("Code", &mut |node| code.clone_from(&node.text));
        }
        Err(Refused { status: reply.status, code })
    }

    /// An EC2 call that has to succeed.
    pub fn ec2(&self, action: &str, params: &[(&str, &str)]) -> Node {
        self.call("ec2", action, params)
    }

    /// A call that has to succeed; RDS, IAM and STS answers are unwrapped to their `…Result`.
    pub fn call(&self, service: &str, action: &str, params: &[(&str, &str)]) -> Node {
        let tree = self.try_call(service, action, params).unwrap_or_else(|refused| panic!("{service} {action} {params:?}: {refused:?}"));
        tree.child(&format!("{action}Result")).cloned().unwrap_or(tree)
    }

    /// The error code of a call that has to be refused.
    pub fn refusal(&self, service: &str, action: &str, params: &[(&str, &str)]) -> String {
        match self.try_call(service, action, params) {
            Err(refused) => refused.code,
            Ok(tree) => panic!("{service} {action} {params:?} succeeded: {tree:?}"),
        }
    }

    /// A DynamoDB call.
    pub fn dynamodb(&self, action: &str, body: &Value) -> Reply {
        let target = format!("DynamoDB_20120810.{action}");
        let scope = self.scope("dynamodb");
        let headers =
            [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str()), ("authorization", scope.as_str())];
        http::request(&self.base, "POST", "/", &headers, body.to_string().as_bytes()).expect("an answer of DynamoDB")
    }

    /// A call of a service that speaks JSON 1.1; it has to succeed.
    pub fn json_call(&self, service: &str, target: &str, body: &Value) -> Value {
        let scope = self.scope(service);
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target), ("authorization", scope.as_str())];
        let reply = http::request(&self.base, "POST", "/", &headers, body.to_string().as_bytes()).expect("an answer");
        assert_eq!(reply.status, 200, "{target}: {}", reply.text());
        reply.json()
    }

    /// An S3 call, path style.
    pub fn s3(&self, method: &str, target: &str, body: &[u8]) -> Reply {
        self.s3_with(method, target, &[], body)
    }

    /// The same with headers.
    pub fn s3_with(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let scope = self.scope("s3");
        let all: Vec<(&str, &str)> = headers.iter().copied().chain([("authorization", scope.as_str())]).collect();
        http::request(&self.base, method, target, &all, body).expect("an answer of S3")
    }

    /// Makes a bucket in this client's region.
    pub fn create_bucket(&self, name: &str) {
        let body = match self.region.as_str() {
            "us-east-1" => String::new(),
            region => format!("<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"),
        };
        let reply = self.s3("PUT", &format!("/{name}"), body.as_bytes());
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
    }

    fn scope(&self, service: &str) -> String {
        format!("AWS4-HMAC-SHA256 Credential=test/20260101/{}/{service}/aws4_request, SignedHeaders=host, Signature=0", self.region)
    }
}
