//! Commands over an open connection.

use super::files::Files;
use super::master::Master;
use crate::remote::{Input, LineSink, Remote, RemoteCommand, RemoteError, RemoteOutput};
use async_trait::async_trait;
use openssh::{Child, Session, Stdio};
use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{OnceCell, Semaphore};

/// sshd allows ten sessions on a connection by default; the master's own and SFTP are two more.
const MAX_COMMANDS: usize = 6;
/// How often a session that sshd refused is tried again.
const RETRIES: u32 = 5;

/// A connected host.
pub struct SshRemote {
    master: Master,
    slots: Semaphore,
    files: OnceCell<Files>,
}

impl SshRemote {
    /// Over a connected master.
    pub fn new(master: Master) -> Self {
        SshRemote { master, slots: Semaphore::new(MAX_COMMANDS), files: OnceCell::new() }
    }

    async fn files(&self) -> Result<&Files, RemoteError> {
        self.files.get_or_try_init(|| Files::open(&self.master.session, &self.master.host)).await
    }

    fn broken(&self, error: &dyn std::error::Error) -> RemoteError {
        let cause = error.source().map(|s| format!(" ({s})")).unwrap_or_default();
        RemoteError::Broken(format!("The connection to {} failed: {error}{cause}.", self.master.host))
    }

    /// The exit code of a command whose streams have ended.
    async fn ended(&self, child: Child<Arc<Session>>) -> Result<Option<i32>, RemoteError> {
        match child.wait().await {
            Ok(status) => Ok(status.code().or_else(|| status.signal().map(|s| 128 + s))),
            // The crate turns the shell's "command not found" into an error of its own.
            Err(openssh::Error::Remote(_)) => Ok(Some(127)),
            Err(openssh::Error::RemoteProcessTerminated) => {
                self.master.session.check().await.map_err(|e| self.broken(&e))?;
                Ok(None)
            }
            Err(e) => Err(self.broken(&e)),
        }
    }

    async fn spawn(&self, command: &RemoteCommand, reads: bool) -> Result<Child<Arc<Session>>, RemoteError> {
        let mut tried = 0;
        loop {
            let mut process = Session::to_raw_command(Arc::clone(&self.master.session), &command.shell);
            let stdin = if reads { Stdio::piped() } else { Stdio::null() };
            match process.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().await {
                Ok(child) => return Ok(child),
                Err(openssh::Error::SshMux(_)) if tried < RETRIES => {
                    tried += 1;
                    tokio::time::sleep(Duration::from_millis(100 * u64::from(tried))).await;
                }
                Err(e) => return Err(self.broken(&e)),
            }
        }
    }
}

#[async_trait]
impl Remote for SshRemote {
    async fn run(&self, command: &RemoteCommand, lines: Option<LineSink<'_>>) -> Result<RemoteOutput, RemoteError> {
        let _slot = self.slots.acquire().await.map_err(|e| self.broken(&e))?;
        let mut child = self.spawn(command, command.stdin.is_some()).await?;
        let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let ((), stdout, stderr) = tokio::join!(feed(stdin, command), collect(stdout, lines), collect(stderr, lines));
        let code = self.ended(child).await?;
        Ok(RemoteOutput { code, stdout, stderr })
    }

    async fn stream(
        &self,
        command: &RemoteCommand,
        input: Option<Input>,
        out: LineSink<'_>,
        err: LineSink<'_>,
    ) -> Result<Option<i32>, RemoteError> {
        let _slot = self.slots.acquire().await.map_err(|e| self.broken(&e))?;
        let mut child = self.spawn(command, input.is_some() || command.stdin.is_some()).await?;
        let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let fed = async {
            match input {
                Some(input) => forward(stdin, input).await,
                None => feed(stdin, command).await,
            }
        };
        let ended = async {
            tokio::join!(pass(stdout, out), pass(stderr, err));
            self.ended(child).await
        };
        tokio::pin!(ended);
        // What is still to be read when the command is over, nobody waits for.
        tokio::select! {
            biased;
            code = &mut ended => code,
            () = fed => ended.await,
        }
    }

    async fn read_file(&self, path: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        self.files().await?.read(path).await
    }

    async fn write_file(&self, path: &str, content: &[u8], mode: u32) -> Result<(), RemoteError> {
        self.files().await?.write(path, content, mode).await
    }

    fn host_key(&self) -> Option<String> {
        self.master.host_key.clone()
    }

    async fn close(self: Box<Self>) {
        if let Some(files) = self.files.into_inner() {
            files.close().await;
        }
        self.master.stop().await;
    }
}

/// Gives a command its standard input.
async fn feed<W: AsyncWrite + Unpin>(stdin: Option<W>, command: &RemoteCommand) {
    if let (Some(mut pipe), Some(bytes)) = (stdin, &command.stdin) {
        // A command that ends without reading everything closes the pipe; its code tells.
        let _ = pipe.write_all(bytes).await;
        let _ = pipe.shutdown().await;
    }
}

/// Passes on what comes, until it ends or the command reads no more.
async fn forward<W: AsyncWrite + Unpin>(stdin: Option<W>, mut input: Input) {
    let Some(mut pipe) = stdin else { return };
    while let Some(piece) = input.recv().await {
        // A command that ends without reading everything closes the pipe; its code tells.
        if pipe.write_all(&piece).await.is_err() {
            return;
        }
    }
    let _ = pipe.shutdown().await;
}

/// Passes a stream on line by line and keeps nothing of it.
async fn pass<R: AsyncRead + Unpin>(stream: Option<R>, sink: LineSink<'_>) {
    let Some(stream) = stream else { return };
    let mut lines = BufReader::new(stream).split(b'\n');
    while let Ok(Some(bytes)) = lines.next_segment().await {
        sink(&line(&bytes));
    }
}

/// Reads a stream to its end; complete lines go to the sink as they come.
async fn collect<R: AsyncRead + Unpin>(stream: Option<R>, lines: Option<LineSink<'_>>) -> Vec<u8> {
    let Some(mut stream) = stream else { return Vec::new() };
    let (mut all, mut sent, mut buffer) = (Vec::new(), 0, vec![0u8; 16 * 1024]);
    while let Ok(n @ 1..) = stream.read(&mut buffer).await {
        all.extend_from_slice(buffer.get(..n).unwrap_or(&[]));
        let Some(sink) = lines else { continue };
        while let Some(end) = all.get(sent..).and_then(|rest| rest.iter().position(|b| *b == b'\n')) {
            sink(&line(all.get(sent..sent + end).unwrap_or(&[])));
            sent += end + 1;
        }
    }
    if let (Some(sink), Some(rest @ [_, ..])) = (lines, all.get(sent..)) {
        sink(&line(rest));
    }
    all
}

/// A line as people see it: of progress that overwrites itself only the last state.
fn line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches('\r');
    text.rsplit('\r').next().unwrap_or(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test]
    async fn lines_come_whole_and_the_bytes_are_kept() {
        let seen = Mutex::new(Vec::new());
        let sink = |l: &str| seen.lock().unwrap().push(l.to_string());
        let bytes: &[u8] = b"one\r\n10%\r50%\r100%\nlast";
        assert_eq!(collect(Some(bytes), Some(&sink)).await, bytes);
        assert_eq!(*seen.lock().unwrap(), ["one", "100%", "last"]);
    }
}
