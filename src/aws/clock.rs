//! The time that calls are signed with: this machine's clock, corrected by AWS's when AWS refuses what was
//! signed with it. Nothing else in envctl reads it.
//!
//! S3 and most services refuse what is signed more than 15 (S3) or 5 minutes away from their own time; the
//! answer's `Date` header says what that is:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_types::sdk_config::TimeSource;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// This machine's clock with a correction; cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct AwsClock(Arc<AtomicI64>);

impl AwsClock {
    /// Sets the correction when an answer refuses a call for its time.
    pub fn learn(&self, answer: &HttpResponse) {
        if !refuses_the_time(answer) {
            return;
        }
        let date = answer.headers().get("date").and_then(|d| DateTime::from_str(d, Format::HttpDate).ok());
        let here = DateTime::from(SystemTime::now());
        if let Some(there) = date {
            self.0.store(there.secs() - here.secs(), Ordering::Relaxed);
        }
    }
}

impl TimeSource for AwsClock {
    fn now(&self) -> SystemTime {
        let (now, offset) = (SystemTime::now(), self.0.load(Ordering::Relaxed));
        let by = Duration::from_secs(offset.unsigned_abs());
        let there = if offset < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        there.unwrap_or(now)
    }
}

/// Codes of calls whose time was refused.
pub const REFUSED: &[&str] = &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];

/// Whether an answer refuses a call for its time.
fn refuses_the_time(answer: &HttpResponse) -> bool {
    let status = answer.status().as_u16();
    let body = answer.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    let words = ["Signature expired", "Signature not yet current"];
    (400..500).contains(&status) && REFUSED.iter().chain(&words).any(|w| body.contains(w))
}

/// A call whose time was refused is signed and sent again.
#[derive(Debug)]
pub struct WrongTime;

impl ClassifyRetry for WrongTime {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        if ctx.response().is_some_and(refuses_the_time) { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "envctl wrong time"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{Aws, Settings, Stats, sdk_config};
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::channel;

    /// Answers as a service whose clock is `ahead`; the times that calls were signed with.
    async fn signed(ahead: i64) -> Vec<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let date = DateTime::from_secs(DateTime::from(SystemTime::now()).secs() + ahead).fmt(Format::HttpDate).unwrap();
        let (sender, times) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, mut request) = (stream.unwrap(), [0; 8192]);
                let n = stream.read(&mut request).unwrap();
                let text = String::from_utf8_lossy(&request[..n]).to_lowercase();
                let time = text.lines().find_map(|l| l.strip_prefix("x-amz-date: ")).unwrap_or_default().to_string();
                sender.send(time).unwrap();
                let body = "<Error><Code>RequestTimeTooSkewed</Code><Message>no</Message></Error>";
                let length = body.len();
                let head = format!("HTTP/1.1 403 No\r\ndate: {date}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        let settings = Settings {
            region: Some("eu-central-1".into()),
            access_key: Some("AKIA".into()),
            secret_key: Some("secret".into()),
            endpoint: Some(format!("http://{address}")),
            max_retries: Some(1),
            wait_scale: Some(0.001),
            ..Settings::default()
        };
        let aws = Aws::new(sdk_config(&settings).await.unwrap(), settings, Stats::default());
        let answer = aws.s3(None).get_object().bucket("b").key("k").send().await;
        assert!(answer.is_err());
        times.try_iter().collect()
    }

    fn hours(time: &str) -> i64 {
        DateTime::from_str(&format!("{}-{}-{}T{}:00:00Z", &time[..4], &time[4..6], &time[6..8], &time[9..11]), Format::DateTime)
            .unwrap()
            .secs()
            / 3600
    }

    #[tokio::test]
    async fn the_second_try_is_signed_with_the_services_time() {
        for ahead in [5, -7] {
            let times = signed(ahead * 3600).await;
            assert_eq!(times.len(), 2, "{times:?}");
            let moved = hours(&times[1]) - hours(&times[0]);
            assert!((ahead..=ahead + 1).contains(&moved), "{times:?}");
        }
    }
}
