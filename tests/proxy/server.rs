//! The server: accepts, understands, counts, spoils, applies the rules, forwards, answers.

use super::answer::Answer;
use super::call::Call;
use super::context::{Context, lock};
use super::control;
use super::faults::{self, Action, Fault};
use super::kill::{KillPoint, Moment};
use super::rules::{self, Rule};
use super::stats::Stats;
use super::upstream::Upstream;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// The state of one running proxy.
pub struct Proxy {
    /// What the rules share.
    pub context: Context,
    /// The rules in order.
    pub rules: Vec<Box<dyn Rule>>,
    /// Counts.
    pub stats: Mutex<Stats>,
    /// Faults that are set.
    pub faults: Mutex<Vec<Fault>>,
    /// The kill point that is set.
    pub kill: Mutex<Option<KillPoint>>,
}

type Body = BoxBody<Bytes, io::Error>;

/// Serves until the task is dropped.
pub async fn serve(listener: TcpListener, upstream: &str) -> io::Result<()> {
    let proxy = Arc::new(Proxy {
        context: Context::new(Upstream::new(upstream)),
        rules: rules::all(),
        stats: Mutex::default(),
        faults: Mutex::default(),
        kill: Mutex::default(),
    });
    loop {
        let (stream, _) = listener.accept().await?;
        let proxy = Arc::clone(&proxy);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let proxy = Arc::clone(&proxy);
                async move { proxy.handle(request).await }
            });
            // A connection that the client or a fault closed is not our failure.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Proxy {
    async fn handle(self: Arc<Self>, request: Request<Incoming>) -> io::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str())
            .to_owned();
        if let Some(path) = target.strip_prefix("/_proxy") {
            return Ok(whole(control::answer(
                &self,
                parts.method.as_str(),
                path,
                &body,
            )));
        }
        let call = Call::new(parts.method.to_string(), target, parts.headers, body);
        self.fire_pending();
        lock(&self.stats).count(&call);
        let moment = lock(&self.kill)
            .as_mut()
            .and_then(|point| point.count(&call));
        let actions = faults::strike(&mut lock(&self.faults), &call);
        if moment == Some(Moment::BeforeForward) {
            self.fire_pending();
            return Err(lost());
        }
        for action in &actions {
            match action {
                Action::Latency { ms } => tokio::time::sleep(Duration::from_millis(*ms)).await,
                Action::Throttle => return Ok(whole(faults::throttled(&call))),
                Action::Error { status } => {
                    return Ok(whole(Answer::error(
                        &call,
                        *status,
                        "InternalError",
                        "An internal error has occurred",
                    )));
                }
                Action::Code { code, message } => {
                    return Ok(whole(Answer::refuse(&call, code, message)));
                }
                Action::DropBefore => return Err(lost()),
                Action::DropAfter | Action::Truncate => {}
            }
        }
        // The call goes on when the caller dies: AWS does not stop either.
        let work = Arc::clone(&self);
        let answer = tokio::spawn(async move { work.perform(call).await })
            .await
            .map_err(io::Error::other)?;
        if moment == Some(Moment::BeforeAnswer) {
            self.fire_pending();
            return Err(lost());
        }
        if actions.contains(&Action::DropAfter) {
            return Err(lost());
        }
        if actions.contains(&Action::Truncate) {
            return Ok(cut(answer));
        }
        if moment == Some(Moment::AfterAnswer) {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.fire_pending();
            });
        }
        Ok(whole(answer))
    }

    fn fire_pending(&self) {
        if let Some(point) = lock(&self.kill).as_mut().filter(|point| point.pending()) {
            point.fire();
        }
    }

    async fn perform(&self, mut call: Call) -> Answer {
        let _turn = if call.mutating() {
            Some(self.context.upstream.turn().await)
        } else {
            None
        };
        let disabled = self.context.settings().disabled;
        let rules: Vec<_> = self
            .rules
            .iter()
            .filter(|rule| !disabled.iter().any(|name| name == rule.name()) && rule.applies(&call))
            .collect();
        for rule in &rules {
            if let Some(answer) = rule.before(&mut call, &self.context).await {
                return answer;
            }
        }
        let mut answer = self.context.upstream.forward(&call).await;
        for rule in &rules {
            answer = rule.after(&call, answer, &self.context).await;
        }
        answer
    }
}

fn whole(answer: Answer) -> Response<Body> {
    let mut response = Response::new(
        Full::new(answer.body)
            .map_err(|never| match never {})
            .boxed(),
    );
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// Half of the body under the length of the whole, then the connection breaks.
fn cut(answer: Answer) -> Response<Body> {
    let length = answer.body.len();
    let half = answer.body.slice(..length / 2);
    let frames = stream::iter([Ok(Frame::data(half)), Err(lost())]);
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(frames)));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

fn lost() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "the proxy was told to lose this answer",
    )
}
