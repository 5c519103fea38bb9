//! Restores: into the old database's place by name, to a moment, aside; killed at every call that changes something.

use super::world::{PASSWORD, REGION, World};
use crate::harness::{Outcome, assert_next_plan_empty};
use serde_json::json;

/// A database with a snapshot; the snapshot's name.
fn with_snapshot(world: &World) -> String {
    world.apply(&[]).ok();
    world.envctl.run(&["snapshot", "create", "prod"]).ok();
    world.manual()[0]["id"].as_str().unwrap().to_owned()
}

fn restore(world: &World, more: &[&str]) -> Outcome {
    let mut args = vec!["restore", "prod", "-auto-approve", "-input=false", "-no-color"];
    args.extend(more);
    world.envctl.run(&args).never_says(PASSWORD)
}

fn setting(world: &World, database: &str, name: &str) -> String {
    let tree = world.proxy.aws(REGION).call("rds", "DescribeDBInstances", &[("DBInstanceIdentifier", database)]);
    tree.text_at(&format!("DBInstances/DBInstance/{name}")).to_owned()
}

/// Everything beside the state, as text.
fn records(world: &World) -> String {
    let root = world.envctl.path("environments/prod/terraform.tfstate.envctl");
    let files = walkdir::WalkDir::new(root).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
    files.map(|f| format!("{}\n{}\n", f.path().display(), std::fs::read_to_string(f.path()).unwrap_or_default())).collect()
}

#[test]
fn a_restore_takes_the_place_of_the_old_database() {
    let world = World::new();
    let snapshot = with_snapshot(&world);
    let old = world.databases()[0].clone();
    world.proxy.set(json!({"database_describes": 3}));
    let run = restore(&world, &["-snapshot", &snapshot]).ok();
    let run = run.says("deletion_protection").says("maintenance_window").says("(set afterwards)").says("setting maintenance_window");
    let run = run.says("password set").says("not verified: whether it answers").says("The old database is kept as prod-db-before-");
    let run = run.says("to become available: creating").says("renaming");
    if let Ok(path) = std::env::var("SNAP_TRANSCRIPT") {
        std::fs::write(path, run.text()).unwrap();
    }

    let databases = world.databases();
    let [new, kept] = databases.as_slice() else { panic!("{databases:?}") };
    assert_eq!((new.0.as_str(), kept.1.as_str()), ("prod-db", old.1.as_str()));
    assert!(kept.0.starts_with("prod-db-before-2") && new.1 != old.1, "{databases:?}");
    for (name, value) in [
        ("DeletionProtection", "true"),
        ("MultiAZ", "true"),
        ("CopyTagsToSnapshot", "true"),
        ("BackupRetentionPeriod", "30"),
        ("PreferredMaintenanceWindow", "sun:05:00-sun:06:00"),
        ("PreferredBackupWindow", "03:00-04:00"),
    ] {
        assert_eq!(setting(&world, "prod-db", name), value, "{name}");
    }
    assert_next_plan_empty(&world.envctl, "prod");
    world.envctl.run(&["state", "show", "prod", "aws_db_instance.main"]).ok().says(&new.1).never_says(PASSWORD);
    world.envctl.run(&["history", "prod"]).ok().says("restore").says(&format!("prod-db from the snapshot {snapshot}"));
    let records = records(&world);
    assert!(records.contains("restore/done/prod-db-restored-2") && !records.contains("restore/prod-db.json"), "{records}");
    assert!(!records.contains(PASSWORD));
}

#[test]
fn a_restore_that_is_killed_at_any_call_is_finished_by_the_same_command() {
    let world = World::quick();
    let snapshot = with_snapshot(&world);
    let args = ["restore", "prod", "-snapshot", &snapshot, "-auto-approve", "-input=false"];
    let moments = ["before-forward", "before-answer", "after-answer"];
    let mut calls = Vec::new();
    for (n, at) in (1..=5).flat_map(|call| moments.map(|at| (call, at))) {
        let before = world.databases();
        assert!(world.die(&args, n, at), "there is no call {n}");
        calls.push(world.proxy.killed_in().unwrap_or_default());
        let name = format!("killed {at} of call {n}");
        let run = restore(&world, &["-snapshot", &snapshot]);
        assert_eq!(run.code, Some(0), "{name}: {}", run.text());
        let after = world.databases();
        assert_eq!(after.len(), before.len() + 1, "{name}: {before:?} {after:?}\n{}", run.text());
        assert!(before.iter().all(|(_, id)| after.iter().any(|(_, other)| other == id)), "{name}: {before:?} {after:?}");
        assert_eq!(setting(&world, "prod-db", "PreferredMaintenanceWindow"), "sun:05:00-sun:06:00", "{name}");
        assert_next_plan_empty(&world.envctl, "prod");
    }
    let first: Vec<&str> = calls.iter().step_by(3).map(String::as_str).collect();
    let modify = "rds/ModifyDBInstance";
    assert_eq!(first, ["rds/RestoreDBInstanceFromDBSnapshot", modify, modify, modify, modify]);
}

#[test]
fn an_apply_waits_until_a_switch_is_finished() {
    let world = World::quick();
    let snapshot = with_snapshot(&world);
    assert!(world.die(&["restore", "prod", "-snapshot", &snapshot, "-auto-approve"], 4, "after-answer"));
    world.proxy.reset_stats();
    world.apply(&["-var", "n=1"]).expect(1).says("A restore is under way");
    assert_eq!(world.proxy.stats()["mutating"], 0);
    restore(&world, &["-snapshot", &snapshot, "-abandon"]).expect(1).says("may have renamed databases already");
    restore(&world, &["-snapshot", &snapshot]).ok().says("[x] 1. restore");
    world.apply(&["-var", "n=1"]).ok();
}

#[test]
fn a_password_that_is_refused_stops_the_restore_before_the_switch() {
    let world = World::quick();
    let snapshot = with_snapshot(&world);
    let fault = json!({"operation": "rds/ModifyDBInstance", "about": "MasterUserPassword", "action": "code", "code": "InvalidParameterValue", "message": "too short"});
    world.proxy.fault(fault);
    restore(&world, &["-snapshot", &snapshot]).expect(1).says("too short");
    assert_eq!(world.databases()[0].0, "prod-db", "nothing was renamed");
    restore(&world, &["-to-time", "latest"]).expect(1).says("Another restore is under way").says("-abandon");
    world.proxy.clear_faults();
    restore(&world, &["-snapshot", &snapshot]).ok().says("goes on");
    assert_next_plan_empty(&world.envctl, "prod");
}

#[test]
fn a_moment_is_restored_aside() {
    let world = World::quick();
    with_snapshot(&world);
    restore(&world, &["-to-time", "yesterday"]).expect(1).says("is no moment");
    restore(&world, &["-to-time", "2020-01-01T00:00:00Z"]).expect(1).says("can be restored to any moment from ");
    restore(&world, &["-snapshot", "nothing"]).expect(1).says("There is no snapshot nothing");
    restore(&world, &["-to-time", "latest", "-as", "prod-db", "-switch", "none"]).expect(1).says("There is a database prod-db already");
    let run = restore(&world, &["-to-time", "latest", "-as", "look", "-switch", "variable"]).ok();
    run.says("prod-db serves on, unchanged").says("main.hcl:").says("envctl import prod 'aws_db_instance.main' look");
    let names: Vec<String> = world.databases().into_iter().map(|d| d.0).collect();
    assert_eq!(names, ["look", "prod-db"]);
    assert_next_plan_empty(&world.envctl, "prod");
}

#[test]
fn a_database_that_is_gone_comes_back_as_the_state_knows_it() {
    let world = World::quick();
    let snapshot = with_snapshot(&world);
    let aws = world.proxy.aws(REGION);
    let of = ("DBInstanceIdentifier", "prod-db");
    aws.call("rds", "ModifyDBInstance", &[of, ("DeletionProtection", "false"), ("ApplyImmediately", "true")]);
    aws.call("rds", "DeleteDBInstance", &[of, ("SkipFinalSnapshot", "true")]);
    restore(&world, &["-snapshot", &snapshot]).ok().says("from the state, since it is gone").says("does not exist");
    assert_eq!(setting(&world, "prod-db", "DeletionProtection"), "true");
    assert_next_plan_empty(&world.envctl, "prod");
}
