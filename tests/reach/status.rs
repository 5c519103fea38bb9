//! `status`: what is there, what is said when hosts do not answer, and that it never waits long.

use super::world::World;
use crate::harness::GitRepo;
use std::fs;
use std::time::{Duration, Instant};

const STATUS: &[&str] = &["status", "stage", "-no-color"];

fn world() -> (World, GitRepo) {
    let world = World::new();
    let repo = GitRepo::new(&[("app.py", "one\n")]);
    let body = format!(
        "  source {{\n    git = \"{}\"\n    ref = \"main\"\n    path = \"~/app\"\n  }}\n  health {{\n    command = \"test -e ~/ok\"\n    deadline = \"5s\"\n  }}\n  \
         fact \"python\" {{\n    command = \"cat ~/python\"\n    expect = \"3.11\"\n  }}\n  install {{\n    command = \"sh ~/install\"\n  }}\n",
        repo.url()
    );
    fs::write(world.home("ok"), "").unwrap();
    fs::write(world.home("install"), "").unwrap();
    fs::write(world.home("python"), "3.11\n").unwrap();
    let others = "variable \"unset\" {}\noutput \"secret\" {\n  value = \"hunter2-token\"\n  sensitive = true\n}\noutput \"open\" {\n  value = 1\n}\n";
    world.declare(&format!("{others}{}", world.app("web", &body)));
    (world, repo)
}

fn apply(world: &World) {
    world.run(&["apply", "stage", "-var", "unset=x", "-auto-approve"]).ok();
}

#[test]
fn one_look_tells_what_is_deployed_and_how_it_fares() {
    let (world, repo) = world();
    world.run(STATUS).ok().says("state     none yet").says("deployed  never").says("last run  none is recorded");
    apply(&world);
    let run = world.run(STATUS).ok().never_says("hunter2");
    let commit = repo.head();
    for text in [
        "state     serial 1, 0 objects".to_string(),
        "last run  apply done, ".into(),
        "outputs   open, secret".into(),
        format!("deployed  main at {}, release ", commit.get(..8).unwrap()),
        "(healthy), ".into(),
        "host      answers".into(),
        "health    command test -e ~/ok: holds".into(),
    ] {
        assert!(run.stdout.contains(&text), "no {text:?} in\n{}", run.text());
    }
    assert!(!run.stdout.contains("fact") && !run.stdout.contains("lock"), "{}", run.text());
    fs::remove_file(world.home("ok")).unwrap();
    fs::write(world.home("python"), "3.12\n").unwrap();
    world.run(STATUS).ok().says("test -e ~/ok: ").says("code 1").says("fact      python: 3.12: expected 3.11");
    let json = world.run(&["status", "stage", "-json"]).ok().never_says("hunter2");
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let app = &document["applications"][0];
    assert_eq!((document["format"].as_i64(), app["deployed"]["commit"].as_str()), (Some(1), Some(commit.as_str())));
    assert_eq!((app["host"]["answers"].as_bool(), app["health"][0]["holds"].as_bool()), (Some(true), Some(false)));
    assert_eq!(document["last_run"]["command"], "apply");
}

#[test]
fn hosts_that_do_not_answer_are_said_and_not_waited_for() {
    let (mut world, _repo) = world();
    apply(&world);
    // One refuses, one swallows every packet: 192.0.2.0/24 is nobody's.
    world.sshd.stop();
    let text = world.envctl.read("environments/stage/main.tf");
    world.envctl.file("environments/stage/main.tf", &format!("{text}app \"edge\" {{\n  host = \"192.0.2.1\"\n}}\n"));
    let start = Instant::now();
    let run = world.run(STATUS).ok().says("app.edge on 192.0.2.1").says("deployed  main at");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(run.stdout.matches("does not answer: ").count(), 2, "{}", run.text());
    assert!(run.stdout.contains("health    command test -e ~/ok: the host does not answer"), "{}", run.text());
}

#[test]
fn a_running_deploy_a_leftover_journal_and_a_block_that_is_gone_are_said() {
    let (world, _repo) = world();
    fs::write(world.home("install"), "touch ~/started; while [ ! -e ~/go ]; do sleep 0.1; done\n").unwrap();
    let mut run = world.envctl.start(&["deploy", "stage", "-var", "unset=x", "-auto-approve"]);
    let start = Instant::now();
    while !world.sshd.home().join("started").exists() {
        assert!(start.elapsed() < Duration::from_secs(60) && run.alive(), "{}", world.envctl.read(".test/out"));
        std::thread::sleep(Duration::from_millis(20));
    }
    world.run(STATUS).ok().says("lock      held by ").says("the last deploy did not finish");
    fs::write(world.home("go"), "").unwrap();
    assert_eq!(run.code(), Some(0), "{}", world.envctl.read(".test/out"));
    // As a run leaves it that was killed between two calls.
    let segment = r#"{"format": 1, "run": "some-run", "at": "2026-01-02T03:04:05Z", "state": null, "records": []}"#;
    world.envctl.file("environments/stage/terraform.tfstate.envctl/journal/some-run/1", segment);
    world.declare(&world.app("other", ""));
    let run = world.run(STATUS).ok().says("journal   run some-run did not end (last sign of life 2026-01-02 03:04:05 UTC): ");
    let run = run.says("app.web on target").says("the configuration has none any more");
    assert!(!run.stdout.contains("held by"), "{}", run.text());
    world.envctl.file("environments/stage/terraform.tfstate.envctl/journal/some-run/1", "{}");
    world.run(STATUS).ok().says("journal   cannot be read: journal/some-run/1").says("app.web on target");
}
