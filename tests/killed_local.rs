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

/// Every file below a folder with its content.
fn contents(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = walkdir::WalkDir::new(dir).sort_by_file_name().into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
    files.map(|e| (e.path().to_path_buf(), std::fs::read(e.path()).unwrap())).collect()
}

#[test]
fn who_only_looks_says_what_a_killed_run_left_counts_it_and_writes_nothing() {
    let (envctl, made) = held();
    // The end of what was made first is in the journal; that of `local_file.a` would come with the next operation.
    let early = "resource \"local_file\" \"early\" {\n  filename = \"out/early\"\n  content  = \"early\"\n}\n";
    let text = TEXT.replace("terraform_data.d.id}\"\n", "terraform_data.d.id}\"\n  depends_on = [local_file.early]\n");
    envctl.file("environments/net/main.tf", &format!("{text}{early}")).file("environments/other/main.tf", &format!("{text}{early}"));
    envctl.run(&["apply", "other", "-auto-approve", "-input=false"]).ok();
    let mut run = envctl.start(APPLY);
    wait("file", || envctl.path(&made).exists() && !envctl.read(&made).is_empty());
    std::thread::sleep(Duration::from_millis(200));
    let json = |args: &[&str], code: i32| -> Json {
        let out = envctl.run(args);
        assert!(out.code == Some(code) || args[0] == "compare", "{}", out.text());
        serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", out.text()))
    };
    assert!(run.alive());
    let status = json(&["status", "net", "-json"], 0);
    assert_eq!((status["unfinished_runs"].as_u64(), status["lock"]["dead"].as_bool()), (Some(0), Some(false)), "it works: {status:#}");
    envctl.run(&["drift", "net"]).ok().never_says("left behind").says("holds the lock since ").says("what it did is not in this");
    envctl.run(&["compare", "net", "net", "-infra-only"]).ok().says("holds the lock since ").never_says("did not end");
    drop(run);
    std::fs::remove_file(envctl.path("environments/net/held")).unwrap();

    let kept = envctl.path("environments/net/kept");
    let before = contents(&kept);
    let said = "1 of them without a recorded end";
    let status = json(&["status", "net", "-json"], 0);
    let left = &status["left_behind"]["runs"];
    assert_eq!((status["unfinished_runs"].as_u64(), left[0]["announced"].as_u64(), left[0]["open"].as_u64()), (Some(1), Some(4), Some(1)));
    assert!(left[0]["last"].as_str().is_some() && status["lock"].is_null(), "{status:#}");
    envctl.run(&["status", "net"]).ok().says("did not end (last sign of life ").says("4 announced operations").says(said);

    let drift = envctl.run(&["drift", "net"]).ok().says("left behind").says(said).says("would adopt random_id.r, created ");
    drift.says("would adopt local_file.a").says("envctl apply takes it over").says("Nothing drifted.");
    std::fs::write(envctl.path("environments/net/out/early"), "by hand").unwrap();
    let drift = json(&["drift", "net", "-json"], 2);
    assert_eq!(drift["findings"][0]["subject"], "local_file.early", "what the journal alone knows is looked at: {drift:#}");
    assert_eq!(drift["left_behind"]["findings"].as_array().unwrap().len(), 4, "{drift:#}");

    let compared = json(&["compare", "net", "other", "-infra-only", "-json"], 2);
    let notes = compared["notes"].to_string();
    assert!(notes.contains(said) && notes.contains("would adopt terraform_data.d") && notes.contains("not in the comparison"), "{notes}");
    let sides = |what: &str| {
        let found = compared["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["what"].as_str().unwrap().starts_with(&format!("resource:{what}")));
        found.map(|f| f["a"]["state"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!((sides("local_file.held"), sides("local_file.a")), (vec!["absent".into()], vec!["absent".into()]), "{compared:#}");
    assert!(["local_file.early", "random_id.r"].iter().all(|what| sides(what).iter().all(|side| side != "absent")), "{compared:#}");

    assert!(!notes.contains("holds the lock"), "{notes}");

    assert_eq!(contents(&kept), before, "nothing was written");
    envctl.run(APPLY).ok().says("adopted random_id.r, created ");
    assert_eq!(json(&["status", "net", "-json"], 0)["unfinished_runs"].as_u64(), Some(0));
    envctl.run(&["drift", "net"]).ok().never_says("left behind");
    let notes = json(&["compare", "net", "other", "-infra-only", "-json"], 0)["notes"].to_string();
    assert!(!notes.contains("did not end"), "{notes}");
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
