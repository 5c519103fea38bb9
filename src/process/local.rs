//! This machine, as deploys use it: requests and connections of health checks, commands of hooks.

use super::local_lines::collect;
use crate::app::checks::HttpAnswer;
use crate::remote::{LineSink, Local, RemoteCommand, RemoteOutput};
use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::tls::TlsInfo;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Command;

/// How much of a body is looked at.
const BODY: usize = 1 << 20;
const DAY: i64 = 24 * 60 * 60;

/// This machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisMachine;

#[async_trait]
impl Local for ThisMachine {
    async fn http(&self, url: &str, timeout: Duration) -> Result<HttpAnswer, String> {
        // One connection for each attempt: a kept one would not tell that the service listens no more.
        let client = reqwest::Client::builder().redirect(Policy::none()).timeout(timeout).tls_info(true).pool_max_idle_per_host(0);
        let client = client.user_agent("envctl").build().map_err(|e| causes(&e))?;
        let mut answer = client.get(url).send().await.map_err(|e| causes(&e))?;
        let certificate = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).map(<[u8]>::to_vec);
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|e| causes(&e))? {
            body.extend_from_slice(&piece);
            if body.len() >= BODY {
                break;
            }
        }
        let tls_days = certificate.as_deref().and_then(days_left);
        Ok(HttpAnswer { status, body: String::from_utf8_lossy(&body).into_owned(), tls_days })
    }

    async fn tcp(&self, address: &str, timeout: Duration) -> Result<(), String> {
        match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(e)) => Err(e.to_string()),
            Err(_) => Err(format!("no connection within {} seconds", timeout.as_secs())),
        }
    }

    async fn run(&self, command: &RemoteCommand, dir: &Path, lines: LineSink<'_>) -> Result<RemoteOutput, String> {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(&command.shell).current_dir(dir).kill_on_drop(true);
        // Ctrl-C stops the deploy after the step under way; it does not reach the step.
        shell.process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = shell.spawn().map_err(|e| format!("/bin/sh did not start in {}: {e}", dir.display()))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let (Some(mut pipe), Some(bytes)) = (stdin, &command.stdin) {
                // A command that ends without reading everything closes the pipe; its code tells.
                let _ = pipe.write_all(bytes).await;
                let _ = pipe.shutdown().await;
            }
        };
        let ((), stdout, stderr) = tokio::join!(feed, collect(stdout, lines), collect(stderr, lines));
        let status = child.wait().await.map_err(|e| e.to_string())?;
        Ok(RemoteOutput { code: status.code(), stdout, stderr })
    }
}

/// Whole days until a certificate ends; negative when it has ended.
fn days_left(certificate: &[u8]) -> Option<i64> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let left = certificate.validity().not_after.timestamp() - i64::try_from(now.as_secs()).ok()?;
    Some(left.div_euclid(DAY))
}

/// What lies behind an error, without the URL (which may hold a password).
fn causes(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let mut words: Vec<String> = Vec::new();
    let mut next: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        next = cause.source();
    }
    words.pop().unwrap_or_else(|| "the request failed".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    async fn serve(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = [0u8; 1024];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn a_request_sees_status_and_body_and_follows_nothing() {
        let address =
            serve("HTTP/1.1 302 Found\r\nlocation: http://nowhere.invalid/\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
        let second = Duration::from_secs(5);
        let answer = ThisMachine.http(&format!("http://{address}/x"), second).await.unwrap();
        assert_eq!(answer, HttpAnswer { status: 302, body: "ok".into(), tls_days: None });
        ThisMachine.tcp(&address, second).await.unwrap();
        let error = ThisMachine.http("http://user:hunter22@127.0.0.1:1/", second).await.unwrap_err();
        assert!(error.contains("refused") && !error.contains("hunter22"), "{error}");
        assert!(ThisMachine.tcp("127.0.0.1:1", second).await.unwrap_err().contains("refused"));
    }

    #[tokio::test]
    async fn a_command_runs_in_its_folder_and_its_lines_come() {
        let dir = tempfile::tempdir().unwrap();
        let seen = Mutex::new(Vec::new());
        let sink = |l: &str| seen.lock().unwrap().push(l.to_string());
        let output =
            ThisMachine.run(&RemoteCommand::script("export A=1\necho $A > here; echo done; exit 3"), dir.path(), &sink).await.unwrap();
        assert_eq!((output.code, output.text().as_str()), (Some(3), "done"));
        assert_eq!(
            (seen.into_inner().unwrap(), std::fs::read_to_string(dir.path().join("here")).unwrap()),
            (vec!["done".into()], "1\n".into())
        );
    }
}
