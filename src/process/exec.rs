//! A command of this machine, for `local-exec`.

use crate::provisioner::{Lines, LocalCommand, ProvisionError};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

const FAILED: &str = "local-exec failed";

/// Runs a command to its end; lines of both streams go to `lines` as they come.
///
/// # Errors
/// When it does not start, or ends with another code than 0.
pub async fn local_exec(wanted: &LocalCommand, lines: Lines<'_>) -> Result<(), ProvisionError> {
    let Some((program, first)) = wanted.interpreter.split_first() else {
        return Err(ProvisionError::new(FAILED, "The interpreter is an empty list."));
    };
    let mut command = Command::new(program);
    command.args(first).arg(&wanted.command).envs(&wanted.env).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(dir) = &wanted.dir {
        command.current_dir(dir);
    }
    let mut child = command.spawn().map_err(|e| {
        let place = wanted.dir.as_ref().map(|d| format!(" in {}", d.display())).unwrap_or_default();
        ProvisionError::new(FAILED, format!("{program} did not start{place}: {e}."))
    })?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    tokio::join!(tell(stdout, lines), tell(stderr, lines));
    let status = child.wait().await.map_err(|e| ProvisionError::new(FAILED, format!("{e}.")))?;
    if status.success() {
        return Ok(());
    }
    let how = status.code().map_or_else(|| "was ended by a signal".to_string(), |code| format!("ended with code {code}"));
    Err(ProvisionError::new(FAILED, format!("The command {how}.")))
}

async fn tell<R: AsyncRead + Unpin>(stream: Option<R>, lines: Lines<'_>) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream).split(b'\n');
    while let Ok(Some(line)) = reader.next_segment().await {
        lines(String::from_utf8_lossy(&line).trim_end_matches('\r'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn shell(command: &str) -> LocalCommand {
        let interpreter = vec!["/bin/sh".into(), "-c".into()];
        LocalCommand { command: command.into(), interpreter, env: [("X".into(), "1".into())].into(), ..LocalCommand::default() }
    }

    #[tokio::test]
    async fn output_comes_in_lines_and_the_code_counts() {
        let seen = Mutex::new(Vec::new());
        let sink = |l: &str| seen.lock().unwrap().push(l.to_string());
        local_exec(&shell("echo a$X; echo b >&2"), &sink).await.unwrap();
        let mut lines = seen.lock().unwrap().clone();
        lines.sort();
        assert_eq!(lines, ["a1", "b"]);
        let error = local_exec(&shell("exit 3"), &|_| {}).await.unwrap_err();
        assert!(error.detail.contains("code 3"), "{error:?}");
        let none = LocalCommand { interpreter: vec!["/no/such".into()], ..shell("x") };
        assert!(local_exec(&none, &|_| {}).await.unwrap_err().detail.contains("did not start"));
    }
}
