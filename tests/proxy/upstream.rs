//! The way to moto. Calls that change something go one at a time: moto is not thread-safe.

use super::answer::Answer;
use super::call::Call;
use super::form;
use super::xml::Node;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Mutex;

/// A client of one moto server.
pub struct Upstream {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
    turn: Mutex<()>,
}

impl Upstream {
    /// A client for `http://127.0.0.1:PORT`.
    pub fn new(base: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { base: base.trim_end_matches('/').to_owned(), client, turn: Mutex::new(()) }
    }

    /// Waits for the turn to change something; held during the whole call, rules included.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Sends a call and buffers the answer; a moto that cannot be reached is a 502.
    pub async fn forward(&self, call: &Call) -> Answer {
        match self.send(&call.method, &call.target, call.headers.clone(), call.body.clone()).await {
            Ok(answer) => answer,
            Err(error) => Answer::error(call, 502, "ProxyUpstream", &error),
        }
    }

    /// A Query call in the name of another call: same service scope, region and account. `None`: refused.
    pub async fn query(&self, like: &Call, action: &str, params: &[(&str, &str)]) -> Option<Node> {
        let mut all = vec![("Action".to_owned(), action.to_owned())];
        all.push(("Version".to_owned(), version(&like.service).to_owned()));
        all.extend(params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut headers = like.headers.clone();
        headers.remove("content-md5");
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().ok()?);
        self.send("POST", "/", headers, form::encode(&all).into()).await.ok()?.tree()
    }

    /// The same towards another service of the same region.
    pub async fn query_service(&self, like: &Call, service: &str, action: &str, params: &[(&str, &str)]) -> Option<Node> {
        let mut other = like.clone();
        let scope =
            format!("AWS4-HMAC-SHA256 Credential=proxy/20260101/{}/{service}/aws4_request, SignedHeaders=host, Signature=0", like.region);
        other.service = service.to_owned();
        other.headers.insert("authorization", scope.parse().ok()?);
        self.query(&other, action, params).await
    }

    /// An S3 call on the bucket of another call; `part` is empty or `?versioning` and the like.
    pub async fn s3(&self, like: &Call, method: &str, part: &str, body: &str) -> Option<Answer> {
        let mut headers = like.headers.clone();
        let about_the_body: Vec<_> =
            headers.keys().filter(|name| name.as_str().starts_with("x-amz-") || name.as_str() == "content-md5").cloned().collect();
        about_the_body.iter().for_each(|name| drop(headers.remove(name)));
        let target = format!("/{}{part}", like.bucket);
        self.send(method, &target, headers, body.to_owned().into()).await.ok()
    }

    async fn send(&self, method: &str, target: &str, mut headers: HeaderMap, body: Bytes) -> Result<Answer, String> {
        for name in [CONNECTION, TRANSFER_ENCODING, EXPECT, CONTENT_LENGTH] {
            headers.remove(name);
        }
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
        *request.uri_mut() = format!("{}{target}", self.base).parse().map_err(|error| format!("{target}: {error}"))?;
        *request.headers_mut() = headers;
        let response = self.client.request(request).await.map_err(|error| format!("moto: {error}"))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| format!("moto: {error}"))?.to_bytes();
        let mut headers = parts.headers;
        for name in [CONNECTION, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        if method != "HEAD" {
            headers.remove(CONTENT_LENGTH);
        }
        let status = StatusCode::from_u16(parts.status.as_u16()).map_err(|error| error.to_string())?;
        Ok(Answer { status, headers, body })
    }
}

fn version(service: &str) -> &'static str {
    match service {
        "ec2" => "2016-11-15",
        "rds" => "2014-10-31",
        "iam" => "2010-05-08",
        _ => "2011-06-15",
    }
}
