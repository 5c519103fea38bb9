//! The time that calls are signed with. The SDK corrects this machine's clock by the `Date` of AWS's answers when a
//! call is refused for its time, and signs it again; here is what such refusals are called, and the proof.
//!
//! S3 and most services refuse what is signed more than 15 (S3) or 5 minutes away from their own time:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>.

/// Codes of calls whose time was refused.
pub const REFUSED: &[&str] = &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];

#[cfg(test)]
mod tests {
    use crate::aws::{Aws, Settings, Stats, sdk_config};
    use aws_smithy_types::DateTime;
    use aws_smithy_types::date_time::Format;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::channel;
    use std::time::SystemTime;

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
