//! Snapshots of databases against moto behind the proxy: by rule before applies, by command, pruned, and after
//! a run that was killed.

mod restore;
mod world;

use crate::harness::{Sshd, assert_next_plan_empty};
use serde_json::{Value as Json, json};
use world::World;

#[test]
fn a_rule_takes_a_snapshot_before_an_apply_changes_anything() {
    let world = World::new();
    world.apply(&[]).ok().says("Snapshot first: none by rule \"main\", whose database does not exist yet");
    assert_eq!(world.proxy.calls("rds/CreateDBSnapshot"), 0);

    world.plan(&["-var", "class=db.t4g.small"]).ok().says("Snapshot first: of prod-db (rule \"main\", the newest 2 stay)");
    world.proxy.set(json!({"database_describes": 3}));
    world.proxy.reset_stats();
    let run = world.apply(&["-var", "class=db.t4g.small"]).ok();
    let run = run.says("taking the snapshot prod-main-2").says("to become available: creating, 50 %").says("is complete");
    run.never_says(world::PASSWORD);
    let log = world.proxy.stats()["log"].clone();
    let calls: Vec<&str> = log.as_array().unwrap().iter().filter_map(Json::as_str).collect();
    let at = |name: &str| calls.iter().position(|c| *c == name).unwrap_or_else(|| panic!("no {name} in {calls:?}"));
    assert!(at("rds/CreateDBSnapshot") < at("rds/ModifyDBInstance"), "{calls:?}");
    let looks = &calls[at("rds/CreateDBSnapshot")..at("rds/ModifyDBInstance")];
    assert!(looks.iter().filter(|c| **c == "rds/DescribeDBSnapshots").count() >= 3, "it was not waited for: {calls:?}");

    let snapshots = world.manual();
    let [snapshot] = snapshots.as_slice() else { panic!("{snapshots:?}") };
    assert_eq!(snapshot["rule"], "main");
    assert_eq!(snapshot["environment"], "prod");
    assert_eq!(snapshot["tags"]["team"], "data");
    assert!(snapshot["tags"]["envctl:run"].as_str().is_some_and(|r| r.len() > 8));
    world.envctl.run(&["history", "prod"]).ok().says(&format!("snapshot {}", snapshot["id"].as_str().unwrap()));
    assert_next_plan_empty(&world.with_class("db.t4g.small").envctl, "prod");
}

#[test]
fn older_snapshots_of_the_rule_are_pruned_and_nothing_else() {
    let world = World::quick();
    world.apply(&[]).ok();
    world
        .envctl
        .run(&["snapshot", "create", "prod", "-instance", "prod-db", "-name", "By-Hand"])
        .ok()
        .says("The snapshot by-hand of prod-db");
    for n in ["1", "2", "3"] {
        world.apply(&["-var", &format!("n={n}")]).ok();
    }
    let ids: Vec<String> = world.manual().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert!(ids.contains(&"by-hand".to_owned()));

    world.envctl.run(&["snapshot", "create", "prod"]).ok().says("of prod-db is complete");
    world.envctl.run(&["snapshot", "prune", "prod"]).expect(1).says("Remove these 1 snapshots?").says("-auto-approve");
    world.envctl.run(&["snapshot", "prune", "prod", "-keep", "1", "-auto-approve"]).ok().says("removed the snapshot prod-main-");
    let ids: Vec<String> = world.manual().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(ids.contains(&"by-hand".to_owned()));
    world.envctl.run(&["snapshot", "prune", "prod"]).ok().says("No rule has more snapshots than it keeps.");
}

#[test]
fn the_list_has_every_kind_and_the_window() {
    let world = World::quick();
    world.apply(&[]).ok();
    world.envctl.run(&["snapshot", "create", "prod", "-rule", "main"]).ok();
    let text = world.envctl.run(&["snapshot", "list", "prod"]).ok();
    text.says("prod-db  (available)").says("restorable to any time from ").says("automated").says("manual").says("20 GiB");
    let listed = world.list();
    assert_eq!(listed[0]["instance"], "prod-db");
    assert!(listed[0]["restorable"]["from"].is_string() && listed[0]["restorable"]["until"].is_string());
    assert_eq!(listed[0]["snapshots"].as_array().unwrap().len(), 2);
    world.envctl.run(&["snapshot", "create", "prod", "-rule", "mian"]).expect(1).says("Did you mean \"main\"?");
    world.envctl.run(&["snapshot", "create", "prod", "-instance", "nobody"]).expect(1).says("There is no database nobody");
}

#[test]
fn a_snapshot_that_fails_stops_the_run_before_it_changes_anything() {
    let world = World::quick();
    world.apply(&[]).ok();
    world
        .proxy
        .fault(json!({"operation": "rds/CreateDBSnapshot", "action": "code", "code": "SnapshotQuotaExceeded", "message": "no more"}));
    world.proxy.reset_stats();
    world.apply(&["-var", "class=db.t4g.small"]).expect(1).says("SnapshotQuotaExceeded").says("Nothing was changed.");
    assert_eq!(world.proxy.calls("rds/ModifyDBInstance"), 0);
    world.envctl.run(&["history", "prod"]).ok().says("failed");
    world.proxy.clear_faults();
    world.proxy.fault(json!({"operation": "rds/CreateDBSnapshot", "action": "drop-after", "to": 1}));
    world.apply(&["-var", "class=db.t4g.small"]).ok();
    assert_eq!(world.manual().len(), 1, "a lost answer makes no second snapshot");
}

#[test]
fn a_snapshot_that_a_killed_run_began_is_waited_for() {
    let world = World::quick();
    world.apply(&[]).ok();
    world.proxy.set(json!({"database_describes": 4}));
    for at in ["before-answer", "after-answer"] {
        // Snapshots are named by the second: one of its own for each round.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let before = world.manual().len();
        assert!(world.die(&["apply", "prod", "-var", &format!("n={at}"), "-auto-approve", "-input=false"], 1, at));
        assert_eq!(world.proxy.killed_in().as_deref(), Some("rds/CreateDBSnapshot"));
        world.apply(&["-var", &format!("n={at}")]).ok().says("which an earlier run began, is under way");
        assert_eq!(world.manual().len(), before + 1);
    }
}

#[test]
fn a_rule_that_is_wrong_is_said_at_its_place() {
    let world = World::quick();
    world.write("keep = 0\nbefore = [\"aply\"]\ntimeout = \"soon\"");
    world.apply(&[]).expect(1).says("keep must be a whole number from 1 up").says("before \"aply\"").says("not a duration");
}

#[test]
fn a_deploy_begins_with_a_snapshot_too() {
    let world = World::quick();
    let sshd = Sshd::start();
    world.apply(&[]).ok();
    let file = sshd.home().join("app.txt");
    let app = format!(
        "variable \"text\" {{\n  default = \"one\"\n}}\n\napp \"web\" {{\n  host = \"target\"\n  ssh {{\n    config = \"{}\"\n  }}\n  file \"{}\" {{\n    content = var.text\n  }}\n}}\n",
        sshd.ssh_config().display(),
        file.display()
    );
    world.envctl.file("environments/prod/app.hcl", &app);
    let deploy = |more: &[&str]| {
        let mut args = vec!["deploy", "prod", "-input=false", "-no-color"];
        args.extend(more);
        world.envctl.run(&args)
    };
    deploy(&["-dry-run"]).ok().says("Snapshot first: of prod-db (rule \"main\", the newest 2 stay)");
    assert!(world.manual().is_empty() && !file.exists());
    world
        .proxy
        .fault(json!({"operation": "rds/CreateDBSnapshot", "action": "code", "code": "SnapshotQuotaExceeded", "message": "no more"}));
    deploy(&["-auto-approve"]).expect(1).says("Nothing was changed.");
    assert!(!file.exists());
    world.proxy.clear_faults();
    deploy(&["-auto-approve"]).ok().says("taking the snapshot prod-main-");
    assert_eq!((world.manual().len(), std::fs::read_to_string(&file).unwrap().trim()), (1, "one"));
    world.apply(&["-var", "text=two"]).ok().says("taking the snapshot prod-main-");
    assert_eq!((world.manual().len(), std::fs::read_to_string(&file).unwrap().trim()), (2, "two"));
    deploy(&["-auto-approve", "-var", "text=two"]).ok().says("Nothing to deploy");
    assert_eq!(world.manual().len(), 2, "nothing changes, so none is taken");
}
