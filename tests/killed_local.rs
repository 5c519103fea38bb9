//! Killed runs without AWS: a named pipe holds a run still in the middle, where nothing but the
//! journal knows what it did.

use crate::harness::Envctl;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::Value as Json;
use std::path::Path;
use std::time::{Duration, Instant};

const TEXT: &str = r#"
terraform {
  backend "local" {
    path = "kept/terraform.tfstate"
  }
}

resource "random_id" "r" {
  byte_length = 8
}

resource "terraform_data" "d" {
  input = random_id.r.hex
}

resource "local_file" "a" {
  filename = "out/a"
  content  = "${random_id.r.hex} ${terraform_data.d.id}"
}

resource "local_file" "held" {
  filename   = "held"
  content    = "held"
  depends_on = [local_file.a]
}
"#;

const APPLY: &[&str] = &["apply", "net", "-auto-approve", "-input=false", "-no-color"];

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(30), "no {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A project whose apply stands still before `local_file.held`, and the file made before.
fn held() -> (Envctl, String) {
    let envctl = Envctl::new();
    envctl.file("environments/net/main.tf", TEXT);
    mkfifo(&envctl.path("environments/net/held"), Mode::S_IRWXU).unwrap();
    (envctl, "environments/net/out/a".into())
}

fn state(envctl: &Envctl) -> Json {
    serde_json::from_str(&envctl.run(&["state", "pull", "net"]).ok().stdout).unwrap()
}

fn count_files(dir: &Path) -> usize {
    walkdir::WalkDir::new(dir).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file()).count()
}

#[test]
fn what_only_the_journal_knows_is_kept() {
    let (envctl, made) = held();
    let mut run = envctl.start(APPLY);
    wait("file", || envctl.path(&made).exists() && !envctl.read(&made).is_empty());
    std::thread::sleep(Duration::from_millis(200));
    assert!(run.alive());
    drop(run);
    let before = envctl.read(&made);
    std::fs::remove_file(envctl.path("environments/net/held")).unwrap();

    let journal = envctl.path("environments/net/kept/terraform.tfstate.envctl/journal");
    assert!(count_files(&journal) > 0);
    let plan = envctl.run(&["plan", "net", "-input=false", "-no-color"]).ok();
    plan.says("would adopt random_id.r, created ").says("would adopt local_file.a, created ");
    assert!(count_files(&journal) > 0, "a plan removes nothing");
    envctl
        .run(APPLY)
        .ok()
        .says("adopted random_id.r, created ")
        .says("adopted terraform_data.d")
        .says("Applied: 1 added, 0 changed, 0 destroyed.");
    assert_eq!(envctl.read(&made), before, "the random values are the same");
    let state = state(&envctl);
    let hex =
        state["resources"].as_array().unwrap().iter().find(|r| r["type"] == "random_id").unwrap()["instances"][0]["attributes"]["hex"]
            .clone();
    assert_eq!(hex.as_str(), before.split(' ').next());
    assert!(!journal.exists(), "the journal is gone");
    crate::harness::assert_next_plan_empty(&envctl, "net");
}

#[test]
fn an_object_whose_provisioners_were_cut_off_is_not_complete() {
    let envctl = Envctl::new();
    let text = "resource \"local_file\" \"a\" {\n  filename = \"out/a\"\n  content  = \"text\"\n\n  provisioner \"local-exec\" {\n    command = \"cat held\"\n  }\n}\n";
    envctl.file("environments/net/main.tf", text);
    let held = envctl.path("environments/net/held");
    mkfifo(&held, Mode::S_IRWXU).unwrap();
    let mut run = envctl.start(APPLY);
    wait("provisioner", || envctl.read(".test/out").contains("rovision"));
    assert!(run.alive());
    drop(run);
    std::fs::remove_file(&held).unwrap();
    std::fs::write(&held, "").unwrap();
    let plan = envctl.run(&["plan", "net", "-input=false", "-no-color"]).ok();
    plan.says("would adopt local_file.a, created ").says("tainted").says("1 to add, 0 to change, 1 to destroy");
    envctl.run(APPLY).ok();
    crate::harness::assert_next_plan_empty(&envctl, "net");
}

#[test]
fn what_a_run_did_before_it_lost_its_lock_is_adopted() {
    let (envctl, made) = held();
    let mut run = envctl.start(APPLY);
    wait("file", || envctl.path(&made).exists() && !envctl.read(&made).is_empty());
    std::thread::sleep(Duration::from_millis(200));
    let (kept, away) = (envctl.path("environments/net/kept"), envctl.path("environments/net/away"));
    std::fs::rename(&kept, &away).unwrap();
    // The run goes on as soon as the pipe has somebody at its other end.
    drop(std::fs::OpenOptions::new().write(true).open(envctl.path("environments/net/held")).unwrap());
    wait("end of the run", || !run.alive());
    let said = envctl.read(".test/out");
    assert!(said.contains("The lock was lost"), "{said}");
    assert!(envctl.path("environments/net/held").metadata().unwrap().len() == 0, "nothing was written without the lock");

    std::fs::remove_dir_all(&kept).unwrap();
    std::fs::rename(&away, &kept).unwrap();
    std::fs::remove_file(envctl.path("environments/net/held")).unwrap();
    let before = envctl.read(&made);
    envctl.run(APPLY).ok().says("adopted random_id.r, created ");
    assert_eq!(envctl.read(&made), before);
    crate::harness::assert_next_plan_empty(&envctl, "net");
    assert!(!kept.join("terraform.tfstate.envctl/journal").exists());
}

#[test]
fn a_state_that_cannot_be_written_is_kept_and_pushed_by_the_next_run() {
    let envctl = Envctl::new();
    envctl.file("environments/net/main.tf", TEXT);
    envctl.run(APPLY).ok();
    let one_more = "\nresource \"random_id\" \"more\" {\n  byte_length = 4\n}\n";
    envctl.file("environments/net/main.tf", &format!("{TEXT}{one_more}"));
    // The store keeps the previous state before it writes: a folder of that name stops it.
    let backup = envctl.path("environments/net/kept/terraform.tfstate.backup");
    let _ = std::fs::remove_file(&backup);
    std::fs::create_dir_all(backup.join("x")).unwrap();
    let failed = envctl.run(APPLY).expect(1);
    failed.says("It is kept in ").says("environments/net/errored.tfstate").says("The local state failed");
    let file = envctl.path("environments/net/errored.tfstate");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    let drawn = |text: &str| -> Json {
        let state: Json = serde_json::from_str(text).unwrap();
        state["resources"].as_array().unwrap().iter().find(|r| r["name"] == "more").unwrap()["instances"][0]["attributes"]["hex"].clone()
    };
    let before = drawn(&envctl.read("environments/net/errored.tfstate"));

    std::fs::remove_dir_all(&backup).unwrap();
    envctl.run(APPLY).ok().says("errored.tfstate, kept when the store could not be reached, is the state again.");
    assert!(!file.exists());
    assert_eq!(drawn(&state(&envctl).to_string()), before);
    crate::harness::assert_next_plan_empty(&envctl, "net");
    assert!(!envctl.path("environments/net/kept/terraform.tfstate.envctl/journal").exists());
}

/// SIGKILL after more and more time: wherever it hits, the next run ends well.
#[test]
fn killed_at_any_time() {
    for step in 0..8 {
        let envctl = Envctl::new();
        let many = "\nresource \"local_file\" \"many\" {\n  count    = 12\n  filename = \"out/m${count.index}\"\n  content  = random_id.r.hex\n}\n";
        envctl.file("environments/net/main.tf", &format!("{TEXT}{many}"));
        let run = envctl.start(APPLY);
        std::thread::sleep(Duration::from_millis(60 + step * 25));
        drop(run);
        envctl.run(APPLY).ok();
        crate::harness::assert_next_plan_empty(&envctl, "net");
        let hex = envctl.read("environments/net/out/a").split(' ').next().unwrap().to_string();
        assert!((0..12).all(|i| envctl.read(&format!("environments/net/out/m{i}")) == hex));
        let left: Vec<_> = walkdir::WalkDir::new(envctl.path("environments/net/kept"))
            .into_iter()
            .filter_map(Result::ok)
            .map(|e| e.path().display().to_string())
            .collect();
        assert!(!envctl.path("environments/net/kept/terraform.tfstate.envctl/journal").exists(), "{left:?}");
        envctl.run(&["destroy", "net", "-auto-approve", "-input=false", "-no-color"]).ok();
        assert_eq!(count_files(&envctl.path("environments/net/out")), 0);
    }
}
