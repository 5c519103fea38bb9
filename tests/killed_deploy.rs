//! A deployment that is killed before, while and after each command that it runs on the host: the next one brings
//! the host to the declared state.
//!
//! A seeded sample runs always; `ENVCTL_TEST_ALL_KILL_POINTS=1` takes every command and every moment.

use crate::harness::{Envctl, GitRepo, Outcome, Sshd, assert_next_plan_empty};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// The run dies, and the command is never begun; is begun and goes on alone; has ended.
const MOMENTS: [&str; 3] = ["before", "while", "after"];

const DEPLOY: &[&str] = &["deploy", "stage", "-auto-approve", "-input=false", "-no-color"];

struct World {
    sshd: Sshd,
    repo: GitRepo,
    envctl: Envctl,
    /// Every release has a folder.
    folders: bool,
}

impl World {
    fn new(folders: bool) -> Self {
        let sshd = Sshd::start();
        let install = "cp .env ~/installed.env\ncp version ~/installed.version\n";
        let repo = GitRepo::new(&[("install.sh", install), (".env.sample", "# keys\nMODE=dev\nTOKEN=\n"), ("version", "1\n")]);
        let envctl = Envctl::new();
        envctl.file("templates/app.toml.tera", "token = \"{{ token }}\"\n");
        World { sshd, repo, envctl, folders }
    }

    /// Declares the application: its ref, and a value that two files have.
    fn declare(&self, reference: &str, token: &str) {
        let releases = if self.folders { "releases {}" } else { "" };
        let text = format!(
            r#"
terraform {{
  backend "local" {{}}
}}

app "web" {{
  host = "target"

  ssh {{
    config = "{config}"
  }}

  source {{
    git  = "{git}"
    ref  = "{reference}"
    path = "{home}/web"
  }}

  file ".env" {{
    base = ".env.sample"
    set  = {{ TOKEN = "{token}" }}
  }}

  file "{home}/app.toml" {{
    template = "templates/app.toml.tera"
    vars     = {{ token = "{token}" }}
    mode     = "0640"
  }}

  install {{
    command = "sh install.sh"
  }}

  health {{
    command = "cmp version ~/installed.version"
    stable  = 1
  }}

  {releases}
}}
"#,
            config = self.sshd.ssh_config().display(),
            git = self.repo.url(),
            home = self.sshd.home().display(),
        );
        self.envctl.file("environments/stage/main.tf", &text);
    }

    fn deploy(&self) -> Outcome {
        self.envctl.run(DEPLOY)
    }

    /// Sessions count themselves; the one numbered `call` kills the run.
    fn watch(&self, call: usize, at: &str) {
        let dir = self.envctl.path(".test");
        let dir = dir.display();
        let run = "cd \"$HOME\"; \"$SHELL\" -c \"$SSH_ORIGINAL_COMMAND\"; code=$?";
        let die = format!("{{ kill -9 $(cat {dir}/pid); echo \"$SSH_ORIGINAL_COMMAND\" >{dir}/died; }}");
        let hit = match at {
            "before" => format!("{die}; exit 1"),
            "while" => format!("{die}; {run}"),
            _ => format!("{run}; {die}"),
        };
        let script = format!(
            "n=$(flock {dir}/lock sh -c 'n=$(($(cat {dir}/count) + 1)); echo $n >{dir}/count; echo $n')\n\
             if [ \"$n\" = {call} ]; then {hit}; else {run}; fi\nexit $code\n"
        );
        fs::write(self.envctl.path(".test/count"), "0").unwrap();
        self.sshd.set_session(&script);
    }

    /// Runs to the kill point and dies there; `None`: the run ended before it.
    fn die(&self, call: usize, at: &str) -> Option<String> {
        let mut run = self.envctl.start_stopped(DEPLOY);
        fs::write(self.envctl.path(".test/pid"), run.id().to_string()).unwrap();
        let died = self.envctl.path(".test/died");
        let _ = fs::remove_file(&died);
        self.watch(call, at);
        run.go_on();
        let start = Instant::now();
        while run.alive() {
            assert!(start.elapsed() < Duration::from_secs(60), "envctl hangs: {}", self.envctl.read(".test/out"));
            std::thread::sleep(Duration::from_millis(5));
        }
        // What was begun ends alone.
        std::thread::sleep(Duration::from_millis(50));
        fs::read_to_string(died).ok()
    }

    /// Files on the host with their modes; git's own are its own, and what is kept of earlier releases has their times in it.
    fn host(&self) -> BTreeMap<String, (u32, String)> {
        let home = self.sshd.home();
        let all = walkdir::WalkDir::new(&home)
            .into_iter()
            .filter_entry(|e| e.file_name() != ".git" && e.file_name() != ".envctl" && e.file_name() != "releases")
            .map(|e| e.unwrap());
        let current = ["version", ".env"].map(|name| home.join("web/current").join(name));
        let current = current.into_iter().filter(|path| path.exists()).map(|path| {
            let name = format!("current {}", path.file_name().unwrap().display());
            (name, (path.metadata().unwrap().permissions().mode() & 0o777, fs::read_to_string(path).unwrap()))
        });
        let files = all.filter(|e| e.file_type().is_file()).map(|e| {
            let name = e.path().strip_prefix(&home).unwrap_or(Path::new("")).display().to_string();
            (name, (e.metadata().unwrap().permissions().mode() & 0o777, fs::read_to_string(e.path()).unwrap()))
        });
        files.chain(current).collect()
    }
}

/// A first deployment, or (`again`) one that moves the ref and a value.
fn world(again: bool, folders: bool) -> World {
    let world = World::new(folders);
    if again {
        world.declare("main", "one-token");
        world.deploy().ok();
        world.repo.commit("second", &[("version", "2\n")]);
        world.declare("main", "two-token");
    } else {
        world.declare("main", "one-token");
    }
    world
}

fn points(calls: usize, seed: usize) -> Vec<(usize, &'static str)> {
    if std::env::var("ENVCTL_TEST_ALL_KILL_POINTS").is_ok() {
        return (1..=calls).flat_map(|call| MOMENTS.map(|at| (call, at))).collect();
    }
    (0..6).map(|i| ((seed + i * (calls / 6).max(1)) % calls + 1, MOMENTS[(seed + i) % 3])).collect()
}

fn kill(again: bool, folders: bool, seed: usize) {
    let undisturbed = world(again, folders);
    undisturbed.watch(0, "before");
    undisturbed.deploy().ok();
    let calls: usize = undisturbed.envctl.read(".test/count").trim().parse().unwrap();
    assert!(calls > 3, "{calls}");
    let want = undisturbed.host();
    assert!(want.contains_key("installed.env") && want.contains_key("app.toml"), "{want:?}");
    for (call, at) in points(calls, seed) {
        let world = world(again, folders);
        let Some(command) = world.die(call, at) else { continue };
        let name = format!("killed {at} command {call} of {calls}: {command}");
        let next = world.deploy();
        assert_eq!(next.code, Some(0), "{name}: {}", next.text());
        assert_eq!(world.host(), want, "{name}: {}", next.text());
        assert_next_plan_empty(&world.envctl, "stage");
    }
}

#[test]
fn a_killed_first_deployment_is_finished_by_the_next() {
    kill(false, false, 1);
}

#[test]
fn a_killed_change_is_finished_by_the_next() {
    kill(true, false, 2);
}

#[test]
fn a_killed_change_of_the_current_release_is_finished_by_the_next() {
    kill(true, true, 3);
}
