//! envctl as people run it: a process in a project of its own, with an environment of its own.

use super::process::{self, Guard};
use super::proxy::Proxy;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A project folder and the environment of the runs in it.
pub struct Envctl {
    dir: TempDir,
    env: BTreeMap<String, String>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code; `None`: killed by a signal.
    pub code: Option<i32>,
    command: String,
}

impl Envctl {
    /// An empty project; HOME, the cache and the runtime folder lie in it, nothing else is inherited but PATH.
    pub fn new() -> Self {
        let dir = TempDir::with_prefix("envctl-").expect("a temporary folder");
        let mut env = BTreeMap::new();
        env.insert("PATH".to_owned(), std::env::var("PATH").unwrap_or_default());
        for (name, folder) in [("HOME", "home"), ("XDG_CACHE_HOME", "home/.cache"), ("XDG_RUNTIME_DIR", "run"), ("TMPDIR", "tmp")] {
            let folder = dir.path().join(".test").join(folder);
            fs::create_dir_all(&folder).expect("a folder");
            env.insert(name.to_owned(), folder.display().to_string());
        }
        env.insert("TZ".to_owned(), "UTC".to_owned());
        Self { dir, env }
    }

    /// AWS is this proxy from here on, with dummy credentials.
    pub fn with_aws(self, proxy: &Proxy, region: &str) -> Self {
        self.with_env("AWS_ENDPOINT_URL", proxy.url())
            .with_env("AWS_REGION", region)
            .with_env("AWS_ACCESS_KEY_ID", "test")
            .with_env("AWS_SECRET_ACCESS_KEY", "test-secret")
            .with_env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// A variable for every run.
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Writes a file of the project, folders included.
    pub fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
        self
    }

    /// Copies a tree of the checkout (`environments`, `modules` …) into the project.
    pub fn copy(&self, tree: &str) -> &Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(tree);
        for entry in walkdir::WalkDir::new(&from) {
            let entry = entry.expect("a tree");
            let to = self.path(tree).join(entry.path().strip_prefix(&from).expect("inside"));
            if entry.file_type().is_dir() {
                fs::create_dir_all(to).expect("a folder");
            } else {
                fs::copy(entry.path(), to).expect("a copy");
            }
        }
        self
    }

    /// A path in the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Reads a file of the project.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs envctl in the project to its end, without a terminal.
    pub fn run(&self, args: &[&str]) -> Outcome {
        self.run_in(".", args)
    }

    /// The same from a folder of the project.
    pub fn run_in(&self, folder: &str, args: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_envctl"));
        self.prepare(&mut command, folder, args);
        let output = command.output().expect("envctl");
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            command: format!("envctl {}", args.join(" ")),
        }
    }

    /// The same with no file growing beyond so many bytes: what a full disk does, wherever tests run.
    pub fn run_limited(&self, bytes: u64, args: &[&str]) -> Outcome {
        let mut command = Command::new("prlimit");
        // The signal of the limit is ignored, so that the write itself fails.
        command.args([&format!("--fsize={bytes}"), "sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_envctl")]);
        self.prepare(&mut command, ".", args);
        let output = command.output().expect("prlimit (util-linux)");
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            command: format!("envctl {}", args.join(" ")),
        }
    }

    /// Runs envctl in the project with this text on its standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Outcome {
        let file = self.path(".test/in");
        fs::write(&file, input).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_envctl"));
        self.prepare(&mut command, ".", args);
        let output = command.stdin(fs::File::open(file).expect("the file")).output().expect("envctl");
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            command: format!("envctl {}", args.join(" ")),
        }
    }

    /// Runs envctl with a pipe on its standard input that brings nothing and never ends.
    pub fn run_waiting(&self, args: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_envctl"));
        self.prepare(&mut command, ".", args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("envctl");
        let open = child.stdin.take();
        let output = child.wait_with_output().expect("envctl");
        drop(open);
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            command: format!("envctl {}", args.join(" ")),
        }
    }

    /// Starts envctl and leaves it running, its output in `.test/out`; for kill points and signals.
    pub fn start(&self, args: &[&str]) -> Guard {
        let mut command = process::mortal(env!("CARGO_BIN_EXE_envctl"));
        self.prepare(&mut command, ".", args);
        let out = fs::File::create(self.path(".test/out")).expect("a file");
        command.stderr(out.try_clone().expect("the file again")).stdout(out);
        process::spawn(command).expect("setpriv (util-linux) to start envctl")
    }

    /// The same, stopped before its first instruction, so that a kill point can name its process.
    pub fn start_stopped(&self, args: &[&str]) -> Guard {
        let mut command = process::mortal("sh");
        command.args(["-c", "kill -STOP $$; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_envctl")]);
        self.prepare(&mut command, ".", args);
        let out = fs::File::create(self.path(".test/out")).expect("a file");
        command.stderr(out.try_clone().expect("the file again")).stdout(out);
        let guard = process::spawn(command).expect("setpriv (util-linux) to start envctl");
        guard.wait_stopped();
        guard
    }

    fn prepare(&self, command: &mut Command, folder: &str, args: &[&str]) {
        command.args(args).current_dir(self.path(folder)).env_clear().envs(&self.env).stdin(Stdio::null());
    }
}

impl Outcome {
    /// Both outputs, for a message.
    pub fn text(&self) -> String {
        format!("$ {}\n{}{}[exit {:?}]", self.command, self.stdout, self.stderr, self.code)
    }

    /// Fails the test unless the exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text());
        self
    }

    /// Fails the test unless the run succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.expect(0)
    }

    /// Fails the test unless either output contains the text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text) || self.stderr.contains(text), "no {text:?} in\n{}", self.text());
        self
    }

    /// Fails the test when either output contains the text (a secret, say).
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "{text:?} in\n{}", self.text());
        self
    }
}

/// After an apply there is nothing left to do: `plan -detailed-exitcode` is 0.
#[track_caller]
pub fn assert_next_plan_empty(envctl: &Envctl, env: &str) {
    envctl.run(&["plan", env, "-detailed-exitcode", "-input=false", "-no-color"]).expect(0);
}
