//! `state ...`, `taint`, `history` and healing.

use super::{KEPT, LOCKS, Locks, PLAIN, TREE, World};
use crate::harness::assert_next_plan_empty;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

fn serial(state: &Json) -> u64 {
    state["serial"].as_u64().unwrap()
}

#[test]
fn states_are_changed_by_hand_under_every_kind_of_lock() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    for (n, locks) in LOCKS.into_iter().enumerate() {
        let key = format!("k{n}/terraform.tfstate");
        world.backend(KEPT, &key, locks, "");
        world.apply();
        let first = world.state(KEPT, &key);
        let pulled: Json = serde_json::from_str(&run(&["state", "pull", "dev"]).ok().stdout).unwrap();
        assert_eq!(pulled, first);

        run(&["state", "mv", "dev", "terraform_data.top", "terraform_data.peak"]).ok();
        run(&["state", "mv", "dev", "null_resource.many[\"a\"]", "null_resource.many[\"c\"]", "-dry-run"]).ok();
        run(&["state", "rm", "dev", "null_resource.many[\"b\"]"]).ok();
        run(&["taint", "dev", "terraform_data.peak"]).ok();
        run(&["untaint", "dev", "terraform_data.peak"]).ok();
        let replaced = ["state", "replace-provider", "dev", "hashicorp/null", "registry.example.com/acme/null", "-auto-approve"];
        run(&replaced).ok().says("registry.example.com/acme/null");
        let now = world.state(KEPT, &key);
        assert_eq!((serial(&now), &now["lineage"]), (serial(&first) + 5, &first["lineage"]), "{locks:?}");
        let list = run(&["state", "list", "dev"]).ok().stdout;
        assert_eq!(list, "null_resource.many[\"a\"]\nterraform_data.base\nterraform_data.peak\n");
        world.assert_tidy(KEPT, &key, locks);

        world.envctl.file("older.tfstate", &first.to_string());
        run(&["state", "push", "dev", "older.tfstate"]).expect(1).says("serial");
        let mut other = first.clone();
        other["lineage"] = "another".into();
        world.envctl.file("other.tfstate", &other.to_string());
        run(&["state", "push", "dev", "other.tfstate"]).expect(1).says("lineage");
        let mut newer = first.clone();
        newer["serial"] = 40.into();
        world.envctl.run_with(&["state", "push", "dev", "-"], &newer.to_string()).ok();
        assert_eq!(serial(&world.state(KEPT, &key)), 40);
        world.assert_tidy(KEPT, &key, locks);
        run(&["state", "verify", "dev"]).ok().says("is sound: serial 40, 4 instances");
        assert_next_plan_empty(&world.envctl, "dev");
        run(&["history", "dev"]).ok().says("4 added").says("apply");
    }
}

#[test]
fn every_version_can_be_restored() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    for (n, locks) in LOCKS.into_iter().enumerate() {
        let key = format!("v{n}/terraform.tfstate");
        world.backend(KEPT, &key, locks, "");
        world.apply();
        let first = world.state(KEPT, &key);
        run(&["state", "rm", "dev", "null_resource.many"]).ok();
        run(&["state", "rm", "dev", "terraform_data.top"]).ok();
        let listed = run(&["state", "versions", "dev"]).ok().stdout;
        let lines: Vec<&str> = listed.lines().collect();
        let shows = |n: usize, text: &str| assert!(lines[n].contains(text), "{locks:?} {n} {text}: {listed}");
        let current = serial(&first) + 2;
        shows(0, "(current)");
        shows(0, &format!("serial {current:<5} 1 instances"));
        shows(1, "2 instances");
        shows(2, &format!("serial {:<5} 4 instances", serial(&first)));
        run(&["state", "versions", "dev", "-limit", "1"]).ok().says("(current)").never_says("4 instances");
        let oldest = lines[2].split_whitespace().next().unwrap();
        run(&["state", "restore", "dev", "no-such-version", "-auto-approve"]).expect(1).says("No such version");
        run(&["state", "restore", "dev", oldest]).expect(1).says("-auto-approve").says("+ terraform_data.top");
        run(&["state", "restore", "dev", oldest, "-auto-approve"]).ok().says(&format!("serial {}", current + 1));
        let now = world.state(KEPT, &key);
        assert_eq!((&now["resources"], serial(&now)), (&first["resources"], current + 1));
        world.assert_tidy(KEPT, &key, locks);
        run(&["state", "verify", "dev"]).ok();
        assert_next_plan_empty(&world.envctl, "dev");
    }
    world.backend(PLAIN, "v/terraform.tfstate", Locks::Table, "");
    world.apply();
    let only = run(&["state", "versions", "dev"]).ok().stdout;
    assert!(only.lines().count() == 1 && only.contains("(current)"), "{only}");
}

#[test]
fn a_state_that_vanished_comes_back_by_its_version() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    for (n, locks) in LOCKS.into_iter().enumerate() {
        let key = format!("gone{n}/terraform.tfstate");
        world.backend(KEPT, &key, locks, "");
        world.apply();
        let before = world.state(KEPT, &key);
        assert_eq!(world.aws.s3("DELETE", &format!("/{KEPT}/{key}"), b"").status, 204);
        for args in [&["plan", "dev", "-input=false"][..], &["apply", "dev", "-auto-approve", "-input=false"], &["state", "list", "dev"]] {
            run(args).expect(1).says("The state has vanished");
        }
        let told = run(&["plan", "dev", "-input=false"]).expect(1);
        let version = told.text().split("state restore <env> ").nth(1).unwrap().split(['.', '\n', ' ']).next().unwrap().to_owned();
        run(&["state", "restore", "dev", &version, "-auto-approve"]).ok().says("not usable");
        let now = world.state(KEPT, &key);
        assert_eq!((&now["resources"], serial(&now)), (&before["resources"], serial(&before) + 1));
        world.assert_tidy(KEPT, &key, locks);
        assert_next_plan_empty(&world.envctl, "dev");
    }
    // Without versions the digest is the only witness.
    world.backend(PLAIN, "gone/terraform.tfstate", Locks::Table, "");
    world.apply();
    assert_eq!(world.aws.s3("DELETE", &format!("/{PLAIN}/gone/terraform.tfstate"), b"").status, 204);
    run(&["plan", "dev", "-input=false"]).expect(1).says("The state has vanished").says("from a backup");
}

/// Killed between the state and its digest, in a bucket that keeps no version to compare with.
#[test]
fn a_killed_change_by_hand_leaves_no_mismatch() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let key = "cut/terraform.tfstate";
    world.backend(PLAIN, key, Locks::Table, "");
    world.apply();
    let before = world.state(PLAIN, key);
    let mut mismatches = 0;
    for call in 1..=8 {
        world.proxy.reset_stats();
        let is_top = world.state(PLAIN, key).to_string().contains("\"name\":\"top\"");
        let (from, to) = if is_top { ("terraform_data.top", "terraform_data.peak") } else { ("terraform_data.peak", "terraform_data.top") };
        let mut run = world.envctl.start_stopped(&["state", "mv", "dev", from, to]);
        world.proxy.kill_at(run.id(), call, "after-answer");
        run.go_on();
        let start = Instant::now();
        while run.alive() {
            assert!(start.elapsed() < Duration::from_secs(60), "envctl hangs: {}", world.envctl.read(".test/out"));
            std::thread::sleep(Duration::from_millis(10));
        }
        let digest = world.item(&format!("{PLAIN}/{key}-md5"))["Digest"]["S"].as_str().unwrap().to_owned();
        mismatches += usize::from(digest != envctl::store::md5_hex(&world.object(PLAIN, key).unwrap()));
        world.envctl.run(&["state", "rm", "dev", "terraform_data.none"]).expect(1).says("terraform_data.none");
        world.envctl.run(&["taint", "dev", "terraform_data.base"]).ok();
        world.envctl.run(&["untaint", "dev", "terraform_data.base"]).ok();
    }
    assert!(mismatches > 0, "no kill point lay between the two writes");
    let now = world.state(PLAIN, key);
    assert_eq!(now["resources"].as_array().unwrap().len(), before["resources"].as_array().unwrap().len());
    world.apply();
    world.assert_tidy(PLAIN, key, Locks::Table);
}

#[test]
fn without_the_lock_everything_works_and_says_so() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    let key = "free/terraform.tfstate";
    world.backend(KEPT, key, Locks::Both, "");
    run(&["lock", "acquire", "dev", "-reason", "somebody else"]).ok();
    let loud = "THE STATE IS NOT LOCKED";
    let held = world.item(&format!("{KEPT}/{key}"));
    assert_ne!(held, Json::Null);
    run(&["apply", "dev", "-auto-approve", "-input=false"]).expect(1).says("The state is locked");
    for args in [
        &["apply", "dev", "-auto-approve", "-input=false", "-lock=false"][..],
        &["state", "mv", "dev", "terraform_data.top", "terraform_data.peak", "-lock=false"],
        &["state", "mv", "dev", "terraform_data.peak", "terraform_data.top", "-lock=false"],
        &["state", "rm", "dev", "null_resource.many[\"b\"]", "-lock=false"],
        &["taint", "dev", "terraform_data.base", "-lock=false"],
        &["untaint", "dev", "terraform_data.base", "-lock=false"],
        &["state", "replace-provider", "dev", "hashicorp/null", "hashicorp/null2", "-auto-approve", "-lock=false"],
        &["state", "replace-provider", "dev", "hashicorp/null2", "hashicorp/null", "-auto-approve", "-lock=false"],
        &["workspace", "new", "dev", "blue", "-lock=false"],
        &["workspace", "select", "dev", "default"],
        &["workspace", "delete", "dev", "blue", "-lock=false"],
    ] {
        let out = run(args).ok();
        if args.contains(&"-lock=false") {
            out.says(loud);
        }
    }
    let mut pushed = world.state(KEPT, key);
    pushed["serial"] = 70.into();
    world.envctl.run_with(&["state", "push", "dev", "-", "-lock=false"], &pushed.to_string()).ok().says(loud).says("somebody else");
    run(&["apply", "dev", "-auto-approve", "-input=false", "-lock=false"]).ok().says("1 added");
    run(&["import", "dev", "terraform_data.base", "x", "-lock=false"]).expect(1).says(loud);
    run(&["destroy", "dev", "-auto-approve", "-input=false", "-lock=false"]).ok().says(loud).says("4 destroyed");
    assert_eq!(world.item(&format!("{KEPT}/{key}")), held, "the other's lock is left alone");
    let lock: Json = serde_json::from_slice(&world.object(KEPT, &format!("{key}.tflock")).unwrap()).unwrap();
    assert_eq!(lock["Info"], "somebody else");
    run(&["lock", "release", "dev"]).ok();
    world.assert_tidy(KEPT, key, Locks::Both);
}

#[test]
fn every_command_waits_for_a_held_lock() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    world.backend(KEPT, "wait/terraform.tfstate", Locks::Table, "");
    world.apply();
    let run = |args: &[&str]| world.envctl.run(args);
    run(&["lock", "acquire", "dev"]).ok();
    for args in [
        &["plan", "dev", "-input=false"][..],
        &["apply", "dev", "-auto-approve", "-input=false"],
        &["destroy", "dev", "-auto-approve", "-input=false"],
        &["state", "rm", "dev", "terraform_data.top"],
        &["state", "mv", "dev", "terraform_data.top", "terraform_data.peak"],
        &["taint", "dev", "terraform_data.top"],
        &["import", "dev", "terraform_data.top", "x"],
        &["state", "restore", "dev", "x", "-auto-approve"],
        &["state", "replace-provider", "dev", "hashicorp/null", "hashicorp/null2", "-auto-approve"],
        &["lock", "acquire", "dev"],
    ] {
        let start = Instant::now();
        let args: Vec<&str> = args.iter().copied().chain(["-lock-timeout=2s"]).collect();
        run(&args).expect(1).says("The state is locked");
        assert!(start.elapsed() >= Duration::from_secs(2), "{args:?} did not wait");
    }
    run(&["taint", "dev", "terraform_data.top", "-lock-timeout=soon"]).expect(1).says("Invalid -lock-timeout");
    run(&["lock", "release", "dev"]).ok();
}

/// More records than one page of a listing.
#[test]
fn a_long_history_is_read_from_its_end() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let key = "long/terraform.tfstate";
    world.backend(PLAIN, key, Locks::Object, "");
    world.apply();
    let one: Vec<Json> = serde_json::from_str(&world.envctl.run(&["history", "dev", "-json"]).ok().stdout).unwrap();
    let record = &one[0];
    for field in ["run", "who", "started", "finished", "plan", "result", "environment", "version"] {
        assert!(record[field].as_str().is_some_and(|v| !v.is_empty()), "{field}: {record}");
    }
    std::thread::scope(|scope| {
        for part in 0..4 {
            let (world, record) = (&world, record.clone());
            scope.spawn(move || {
                for n in (part * 275)..(part + 1) * 275 {
                    let mut old = record.clone();
                    old["run"] = json!(format!("run-{n:04}"));
                    old["started"] = json!(format!("2020-01-01T{:02}:{:02}:00Z", n / 60, n % 60));
                    let name = format!("{key}.envctl/history/20200101T{:02}{:02}00Z-run-{n:04}.json", n / 60, n % 60);
                    assert_eq!(world.aws.s3("PUT", &format!("/{PLAIN}/{name}"), old.to_string().as_bytes()).status, 200);
                }
            });
        }
    });
    let all: Vec<Json> = serde_json::from_str(&world.envctl.run(&["history", "dev", "-json", "-limit", "3"]).ok().stdout).unwrap();
    let runs: Vec<&str> = all.iter().map(|r| r["run"].as_str().unwrap()).collect();
    assert_eq!(runs, [record["run"].as_str().unwrap(), "run-1099", "run-1098"], "the newest of 1101");
    let everything: Vec<Json> =
        serde_json::from_str(&world.envctl.run(&["history", "dev", "-json", "-limit", "2000"]).ok().stdout).unwrap();
    assert_eq!(everything.len(), 1101);
    assert_next_plan_empty(&world.envctl, "dev");
}
