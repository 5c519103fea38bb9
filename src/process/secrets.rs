//! Secrets that this machine has: in its environment, in files, behind programs such as password managers.

use crate::app::env_file::EnvFile;
use crate::secret::{SecretError, SecretRef, SecretSource};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;

/// How many lines of a failed command its error repeats.
const LAST_LINES: usize = 5;

const NOT_FETCHED: &str = "A secret cannot be fetched";

/// The secrets of this machine.
pub struct LocalSecrets {
    /// The process's variables with those of env files over them.
    pub env: BTreeMap<String, String>,
    /// Paths are relative to it, and commands run in it.
    pub project: PathBuf,
    /// What `~/` stands for.
    pub home: Option<PathBuf>,
}

#[async_trait]
impl SecretSource for LocalSecrets {
    async fn fetch(&self, wanted: &SecretRef) -> Result<String, SecretError> {
        let text = match wanted {
            SecretRef::Env { name } => self.variable(name)?,
            SecretRef::File { path, key } => self.file(path, key.as_deref())?,
            SecretRef::Command { words, whole, timeout } => self.command(words, *whole, *timeout).await?,
            SecretRef::SecretsManager { .. } | SecretRef::Ssm { .. } => {
                return Err(SecretError::new(NOT_FETCHED, format!("{wanted} does not lie on this machine.")));
            }
        };
        if text.is_empty() {
            return Err(SecretError::new("A secret is empty", format!("There is nothing in {wanted}.")));
        }
        Ok(text)
    }
}

impl LocalSecrets {
    fn variable(&self, name: &str) -> Result<String, SecretError> {
        self.env.get(name).cloned().ok_or_else(|| {
            SecretError::new(NOT_FETCHED, format!("The environment variable {name} is not set."))
                .help(format!("Set it before the run (export {name}=...), or write it into an env file of the environment."))
        })
    }

    fn file(&self, path: &str, key: Option<&str>) -> Result<String, SecretError> {
        let full = match (path.strip_prefix("~/"), &self.home) {
            (Some(below), Some(home)) => home.join(below),
            _ => self.project.join(Path::new(path)),
        };
        let text = std::fs::read_to_string(&full)
            .map_err(|e| SecretError::new(NOT_FETCHED, format!("The file {} cannot be read: {e}.", full.display())))?;
        let Some(key) = key else { return Ok(text.trim().to_string()) };
        let entries = EnvFile::parse(&text).entries();
        if let Some((_, value)) = entries.iter().find(|(name, _)| name == key) {
            return Ok(value.clone());
        }
        let error = SecretError::new(NOT_FETCHED, format!("The file {} has no key {key}.", full.display()));
        let near = crate::value::closest(key, entries.iter().map(|(name, _)| name.as_str()));
        Err(match near {
            Some(near) => error.help(format!("Did you mean {near}?")),
            None => error.help(format!("Add a line {key}=... to it.")),
        })
    }

    async fn command(&self, words: &[String], whole: bool, limit: Duration) -> Result<String, SecretError> {
        let (program, args) = words.split_first().ok_or_else(|| SecretError::new(NOT_FETCHED, "The command is an empty list."))?;
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.project).envs(&self.env).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = match tokio::time::timeout(limit, command.output()).await {
            Ok(Ok(output)) => output,
            Ok(Err(e)) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(SecretError::new(NOT_FETCHED, format!("The program {program} is not installed here.")));
            }
            Ok(Err(e)) => return Err(SecretError::new(NOT_FETCHED, format!("The program {program} did not start: {e}."))),
            Err(_) => {
                let detail = format!("The program {program} did not end within {} seconds and was stopped.", limit.as_secs());
                return Err(
                    SecretError::new(NOT_FETCHED, detail).help("Does it wait for a question to be answered? timeout gives it longer.")
                );
            }
        };
        if !output.status.success() {
            return Err(failed(program, &output));
        }
        let text =
            String::from_utf8(output.stdout).map_err(|_| SecretError::new(NOT_FETCHED, format!("What {program} printed is not text.")))?;
        let text = if whole { text.trim() } else { text.lines().next().unwrap_or("").trim() };
        Ok(text.to_string())
    }
}

fn failed(program: &str, output: &Output) -> SecretError {
    let how = output.status.code().map_or_else(|| "was ended by a signal".to_string(), |code| format!("ended with code {code}"));
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or(&[]).join(" ");
    let said = if last.is_empty() { ".".to_string() } else { format!("; it said: {last}") };
    SecretError::new(NOT_FETCHED, format!("The program {program} {how}{said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(dir: &Path) -> LocalSecrets {
        let mut env: BTreeMap<String, String> = std::env::vars().collect();
        env.extend([("DB_PASSWORD".to_string(), "from the env".to_string()), ("NOTHING".into(), String::new())]);
        LocalSecrets { env, project: dir.into(), home: Some(dir.join("home")) }
    }

    fn command(words: &[&str], whole: bool) -> SecretRef {
        SecretRef::Command { words: words.iter().map(ToString::to_string).collect(), whole, timeout: Duration::from_millis(500) }
    }

    #[tokio::test]
    async fn each_local_source_answers() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        std::fs::write(dir.path().join("secrets.env"), "# x\nexport TOKEN='a b'\nTOKEN=last\n").unwrap();
        std::fs::write(dir.path().join("home/key"), "-----BEGIN\nx\n").unwrap();
        let local = local(dir.path());
        let file = |path: &str, key: Option<&str>| SecretRef::File { path: path.into(), key: key.map(String::from) };
        for (wanted, text) in [
            (SecretRef::Env { name: "DB_PASSWORD".into() }, "from the env"),
            (file("secrets.env", Some("TOKEN")), "last"),
            (file("~/key", None), "-----BEGIN\nx"),
            (command(&["printf", "first $HOME\nsecond\n"], false), "first $HOME"),
            (command(&["printf", "first\nsecond\n"], true), "first\nsecond"),
            (command(&["sh", "-c", "cat secrets.env | tail -1"], false), "TOKEN=last"),
        ] {
            assert_eq!(local.fetch(&wanted).await.as_deref(), Ok(text), "{wanted}");
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("secrets.env"), "TOKEN=x\nEMPTY=\n").unwrap();
        let local = local(dir.path());
        let file = |path: &str, key: &str| SecretRef::File { path: path.into(), key: Some(key.into()) };
        for (wanted, text) in [
            (SecretRef::Env { name: "NO_SUCH".into() }, "NO_SUCH is not set"),
            (SecretRef::Env { name: "NOTHING".into() }, "There is nothing in the environment variable NOTHING"),
            (file("secrets.env", "EMPTY"), "There is nothing in EMPTY in the file secrets.env"),
            (file("secrets.env", "TOKE"), "has no key TOKE"),
            (file("none.env", "TOKEN"), "cannot be read"),
            (command(&["sh", "-c", "echo locked >&2; exit 4"], false), "The program sh ended with code 4; it said: locked"),
            (command(&["no-such-program"], false), "not installed"),
            (command(&["true"], false), "There is nothing in the command true"),
            (command(&["sleep", "5"], false), "did not end within"),
            (SecretRef::Ssm { path: "/a".into(), region: None }, "does not lie on this machine"),
        ] {
            let error = local.fetch(&wanted).await.unwrap_err();
            assert!(error.detail.contains(text), "{wanted}: {error:?}");
        }
        assert_eq!(local.fetch(&file("secrets.env", "TOKE")).await.unwrap_err().help.as_deref(), Some("Did you mean TOKEN?"));
    }
}
