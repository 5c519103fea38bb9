//! GET, with timeouts, retries, bounds, and redirects that never leave TLS.

use super::address::bare;
use super::limits::too_large;
use super::netrc::Netrc;
use crate::diag::Diagnostic;
use reqwest::header::{AUTHORIZATION, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(15);
/// Between two pieces of an answer.
const SILENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 4;
const REDIRECTS: usize = 10;
/// Documents of registries, and pages that name a package.
const DOCUMENT: u64 = 16 * 1024 * 1024;

/// A client; cheap to clone.
#[derive(Clone)]
pub struct Http {
    client: Client,
    netrc: Arc<Netrc>,
}

/// A small answer, read whole.
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Header lines.
    pub headers: HeaderMap,
    /// Where it came from in the end.
    pub url: Url,
    /// Body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client for this run.
    ///
    /// # Errors
    /// When TLS cannot be set up here.
    pub fn new(netrc: Arc<Netrc>) -> Result<Http, Diagnostic> {
        let builder = Client::builder()
            .user_agent(concat!("envctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(Policy::custom(|attempt| {
                let downgraded =
                    attempt.previous().last().is_some_and(|from| from.scheme() == "https") && attempt.url().scheme() != "https";
                if downgraded {
                    return attempt.error("it redirects from https to an address without TLS");
                }
                if attempt.previous().len() > REDIRECTS { attempt.error("it redirects more than 10 times") } else { attempt.follow() }
            }));
        builder.build().map(|client| Http { client, netrc }).map_err(|e| {
            Diagnostic::error("HTTPS is not available", format!("The client could not be set up: {}.", causes(&e)))
                .help("Are certificates of authorities installed? (Debian: apt install ca-certificates)")
        })
    }

    /// A small answer, whatever its status.
    ///
    /// # Errors
    /// When none comes.
    pub async fn get(&self, url: &Url, token: Option<&str>) -> Result<Answer, Diagnostic> {
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            match self.once(url, token).await {
                Ok(answer) => return Ok(answer),
                Err(Failed { diagnostic, again }) => {
                    last = Some(diagnostic);
                    match again.filter(|_| attempt + 1 < ATTEMPTS) {
                        Some(wait) => tokio::time::sleep(wait.unwrap_or_else(|| pause(attempt))).await,
                        None => break,
                    }
                }
            }
        }
        Err(last.unwrap_or_else(|| failed(url, "no attempt was made")))
    }

    async fn once(&self, url: &Url, token: Option<&str>) -> Result<Answer, Failed> {
        let mut response = self.send(url, token).await?;
        let (status, headers, from) = (response.status(), response.headers().clone(), response.url().clone());
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|e| Failed::again(url, &e))? {
            body.extend_from_slice(&piece);
            if body.len() as u64 > DOCUMENT {
                return Err(Failed::for_good(failed(url, "the answer is larger than 16 MB")));
            }
        }
        Ok(Answer { status, headers, url: from, body })
    }

    /// Downloads into a new file, at most `limit` bytes.
    ///
    /// # Errors
    /// When it is not there, ends early, or is larger.
    pub async fn download(&self, url: &Url, to: &Path, limit: u64) -> Result<(), Diagnostic> {
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            match self.download_once(url, to, limit).await {
                Ok(()) => return Ok(()),
                Err(Failed { diagnostic, again }) => {
                    last = Some(diagnostic);
                    match again.filter(|_| attempt + 1 < ATTEMPTS) {
                        Some(wait) => tokio::time::sleep(wait.unwrap_or_else(|| pause(attempt))).await,
                        None => break,
                    }
                }
            }
        }
        Err(last.unwrap_or_else(|| failed(url, "no attempt was made")))
    }

    async fn download_once(&self, url: &Url, to: &Path, limit: u64) -> Result<(), Failed> {
        let mut response = self.send(url, None).await?;
        if !response.status().is_success() {
            return Err(Failed::for_good(refused(url, response.status())));
        }
        if response.content_length().is_some_and(|n| n > limit) {
            return Err(Failed::for_good(too_large(&bare(url), limit)));
        }
        let unwritable = |e: std::io::Error| Failed::for_good(failed(url, &format!("{} cannot be written: {e}", to.display())));
        let mut file = std::fs::File::create(to).map_err(unwritable)?;
        let mut size = 0_u64;
        while let Some(piece) = response.chunk().await.map_err(|e| Failed::again(url, &e))? {
            size += piece.len() as u64;
            if size > limit {
                return Err(Failed::for_good(too_large(&bare(url), limit)));
            }
            file.write_all(&piece).map_err(unwritable)?;
        }
        Ok(())
    }

    /// Sends once; what a server may answer differently next time is a failure to repeat.
    async fn send(&self, url: &Url, token: Option<&str>) -> Result<Response, Failed> {
        let mut request = self.client.get(url.clone());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        } else if let Some(login) = url.host_str().filter(|_| url.username().is_empty()).and_then(|h| self.netrc.login(h)) {
            request = request.basic_auth(&login.user, Some(&login.password));
        }
        let response = request.send().await.map_err(|e| Failed::again(url, &e))?;
        let status = response.status();
        if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED || status == StatusCode::TOO_MANY_REQUESTS {
            let wait = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
            let again = Some(wait.map(|s: u64| Duration::from_secs(s.min(30))));
            return Err(Failed { diagnostic: refused(url, status), again });
        }
        Ok(response)
    }
}

/// A failure, and whether (and after which time) to try again.
struct Failed {
    diagnostic: Diagnostic,
    again: Option<Option<Duration>>,
}

impl Failed {
    fn for_good(diagnostic: Diagnostic) -> Self {
        Failed { diagnostic, again: None }
    }

    fn again(url: &Url, error: &reqwest::Error) -> Self {
        let again = (!error.is_redirect() && !error.is_builder()).then_some(None);
        let diagnostic = failed(url, &causes(error));
        let diagnostic = if error.is_connect() {
            diagnostic.help("Is the name right, and is the host reachable from here? Proxies are read from HTTPS_PROXY and NO_PROXY.")
        } else {
            diagnostic
        };
        Failed { diagnostic, again }
    }
}

fn pause(attempt: u32) -> Duration {
    let jitter = u64::from(rand::random::<u8>());
    Duration::from_millis((300 << attempt.min(4)) + jitter)
}

fn failed(url: &Url, why: &str) -> Diagnostic {
    Diagnostic::error("Module not fetched", format!("{} could not be read: {why}.", bare(url)))
}

/// What a status says about an address that was asked for.
pub fn refused(url: &Url, status: StatusCode) -> Diagnostic {
    let diagnostic = failed(url, &format!("the server answered {status}"));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            diagnostic.help("Does it need credentials? They are read from the address, ~/.netrc, and for registries from TF_TOKEN_<host>.")
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => diagnostic.help("Is the address right, and may it be read from here?"),
        _ => diagnostic,
    }
}

/// An error with what lies behind it, without the URL (which may hold a password).
fn causes(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next: Option<&dyn Error> = error.source();
    while let Some(error) = next {
        let text = error.to_string();
        if !words.contains(&text) {
            words.push(text);
        }
        next = error.source();
    }
    if words.is_empty() {
        words.push(if error.is_timeout() { "it did not answer in time".into() } else { "the connection failed".into() });
    }
    words.join(": ")
}
