//! An answer on its way back: status, headers, body, and the shapes that AWS's errors have.

use super::call::Call;
use super::cbor;
use super::xml::Node;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, StatusCode};

/// A whole answer, buffered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers without those of one connection.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// An answer with a content type.
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into() }
    }

    /// A success of the Query protocol.
    pub fn xml(node: &Node) -> Self {
        Self::new(StatusCode::OK, "text/xml", node.document())
    }

    /// An error in the shape of the call's protocol.
    pub fn error(call: &Call, status: u16, code: &str, message: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code_and_message = vec![Node::leaf("Code", code), Node::leaf("Message", message)];
        let id = "00000000-0000-4000-8000-000000000000";
        match call.service.as_str() {
            "dynamodb" => {
                let body = serde_json::json!({
                    "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
                    "message": message,
                });
                Self::new(status, "application/x-amz-json-1.0", body.to_string())
            }
            "monitoring" => {
                let body = serde_json::json!({"__type": code, "message": message});
                let mut answer = Self::new(status, "application/cbor", cbor::encode(&body));
                answer.headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
                answer
            }
            "kms" | "logs" | "secretsmanager" | "ssm" => {
                let body = serde_json::json!({"__type": code, "message": message});
                Self::new(status, "application/x-amz-json-1.1", body.to_string())
            }
            "s3" => {
                let node = Node::with("Error", code_and_message);
                Self::new(status, "application/xml", node.document())
            }
            "ec2" => {
                let errors = Node::with("Errors", vec![Node::with("Error", code_and_message)]);
                let node = Node::with("Response", vec![errors, Node::leaf("RequestID", id)]);
                Self::new(status, "text/xml", node.document())
            }
            _ => {
                let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
                let mut error = Node::with("Error", vec![Node::leaf("Type", kind)]);
                error.children.extend(code_and_message);
                let node = Node::with("ErrorResponse", vec![error, Node::leaf("RequestId", id)]);
                Self::new(status, "text/xml", node.document())
            }
        }
    }

    /// A refusal with status 400.
    pub fn refuse(call: &Call, code: &str, message: &str) -> Self {
        Self::error(call, 400, code, message)
    }

    /// The body as a tree, when the call succeeded and the body is XML.
    pub fn tree(&self) -> Option<Node> {
        self.status.is_success().then(|| Node::parse(&self.body)).flatten()
    }

    /// The same answer with another tree as its body.
    pub fn with_tree(mut self, tree: &Node) -> Self {
        self.body = tree.document().into();
        self
    }

    /// Changes the tree of a success; anything else stays as it is.
    pub fn edit(self, change: impl FnOnce(&mut Node)) -> Self {
        match self.tree() {
            Some(mut tree) => {
                change(&mut tree);
                self.with_tree(&tree)
            }
            None => self,
        }
    }
}
