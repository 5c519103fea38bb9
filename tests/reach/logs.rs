//! `logs`: from a command, a unit, a file, docker compose, or the unit that is named.

use super::world::World;
use std::fs;

const TOKEN: &str = "variable \"token\" {\n  sensitive = true\n  default = \"hunter2-token\"\n}\n";

#[test]
fn the_log_block_says_where_and_how_much() {
    let world = World::new();
    let lines: String = (1..=5).map(|i| format!("line {i} hunter2-token\n")).collect();
    fs::write(world.home("web.log"), lines).unwrap();
    let token = "  install {\n    command = \"true\"\n    env = { T = var.token }\n  }\n";
    let body = |log: &str| world.declare(&format!("{TOKEN}{}", world.app("web", &format!("{token}  log {{\n    {log}\n  }}\n"))));
    body(&format!("file = \"{}\"", world.home("web.log")));
    let run = world.run(&["logs", "stage", "web", "-n", "2"]).ok().never_says("hunter2");
    assert_eq!(run.stdout, "line 4 (sensitive value)\nline 5 (sensitive value)\n");
    body("command = \"echo $ENVCTL_LINES:$ENVCTL_FOLLOW:$ENVCTL_SERVICE; exit 3\"");
    world.run(&["logs", "stage", "web", "-f", "-n", "7", "api"]).expect(3).says("7:1:api");
    world.run(&["logs", "stage"]).expect(3).says("100::");
}

#[test]
fn what_is_written_later_comes_too() {
    let world = World::new();
    let log = world.home("web.log");
    fs::write(&log, "early\n").unwrap();
    world.declare(&world.app("web", &format!("  log {{\n    file = \"{log}\"\n  }}\n")));
    let mut run = world.envctl.start(&["logs", "stage", "web", "-f"]);
    let start = std::time::Instant::now();
    let mut written = false;
    while !world.envctl.read(".test/out").contains("late") {
        assert!(start.elapsed().as_secs() < 60 && run.alive(), "{}", world.envctl.read(".test/out"));
        if !written && world.envctl.read(".test/out").contains("early") {
            fs::write(&log, "early\nlate\n").unwrap();
            written = true;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Stands in for docker: it answers only what these tests need, with what it was called with.
const FAKE_DOCKER: &str = "#!/bin/sh\necho \"docker $* in $(pwd)\"\n";
/// Stands in for systemd's journal.
const FAKE_JOURNAL: &str = "#!/bin/sh\necho \"journalctl $*\"\n";

#[test]
fn compose_and_units_are_asked_where_a_block_or_a_name_says_so() {
    let world = World::new();
    world.program("docker", FAKE_DOCKER);
    world.program("journalctl", FAKE_JOURNAL);
    fs::create_dir(world.home("shop")).unwrap();
    let services = "  services {\n    compose = \"compose prod.yml\"\n    dir     = \"~/shop\"\n    project = \"shop\"\n  }\n";
    world.declare(&world.app("web", services));
    let want = format!(
        "docker compose --file compose prod.yml --project-name shop logs --no-color --tail 5 --follow api in {}\n",
        world.home("shop")
    );
    assert_eq!(world.run(&["logs", "stage", "web", "-n", "5", "-f", "api"]).ok().stdout, want);
    world.declare(&world.app("web", "  log {\n    unit = \"web.service\"\n    sudo = true\n  }\n"));
    assert_eq!(world.run(&["logs", "stage", "web"]).ok().stdout, "journalctl --no-pager --lines 100 --unit web.service\n");
    world.declare(&world.app("web", ""));
    assert_eq!(world.run(&["logs", "stage", "web", "nginx"]).ok().stdout, "journalctl --no-pager --lines 100 --unit nginx\n");
    world.run(&["logs", "stage", "web"]).expect(1).says("The logs are not known").says("log { unit");
}
