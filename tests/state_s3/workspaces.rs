//! `workspace ...`, with states in S3.

use super::{KEPT, LOCKS, Locks, PLAIN, TREE, World};
use crate::harness::assert_next_plan_empty;
use serde_json::Value as Json;

const KEY: &str = "app/terraform.tfstate";

#[test]
fn workspaces_live_below_their_prefix() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    let places = [("", "env:/blue"), ("workspace_key_prefix = \"spaces\"", "spaces/blue"), ("workspace_key_prefix = \"a/b\"", "a/b/blue")];
    for (n, (more, place)) in places.into_iter().enumerate() {
        let key = format!("w{n}/{KEY}");
        world.backend(KEPT, &key, Locks::Table, more);
        assert_eq!(run(&["workspace", "list", "dev"]).ok().stdout, "* default\n", "{more}");
        run(&["workspace", "new", "dev", "blue"]).ok().says("empty");
        let stored = format!("{place}/{key}");
        assert_eq!(world.state(KEPT, &stored)["resources"], Json::Array(vec![]));
        assert_eq!(run(&["workspace", "show", "dev"]).ok().stdout, "blue\n");
        world.apply();
        world.assert_tidy(KEPT, &stored, Locks::Table);
        assert_eq!(world.object(KEPT, &key), None, "the default workspace has no state");
        assert_eq!(run(&["workspace", "list", "dev"]).ok().stdout, "  default\n* blue\n");
        run(&["workspace", "new", "dev", "blue"]).expect(1).says("already");
        run(&["workspace", "select", "dev", "red"]).expect(1).says("default, blue");
        run(&["workspace", "select", "dev", "default"]).ok();
        run(&["workspace", "delete", "dev", "blue"]).expect(1).says("terraform_data.base").says("-force");
        assert_eq!(run(&["workspace", "list", "dev"]).ok().stdout, "* default\n  blue\n");
        run(&["workspace", "select", "dev", "green", "-or-create"]).ok();
        run(&["workspace", "select", "dev", "default"]).ok();
        run(&["workspace", "delete", "dev", "green"]).ok();
        assert_eq!(run(&["workspace", "list", "dev"]).ok().stdout, "* default\n  blue\n");
    }
    // Another environment's states below the same prefix are none of this one's.
    world.backend(KEPT, "other.tfstate", Locks::None, "workspace_key_prefix = \"spaces\"");
    assert_eq!(run(&["workspace", "list", "dev"]).ok().stdout, "* default\n");
}

/// State, digest, journal and records go; the history stays, and the name can be used again.
#[test]
fn a_deleted_workspace_is_gone_and_did_not_vanish() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    for bucket in [KEPT, PLAIN] {
        for (n, locks) in LOCKS.into_iter().enumerate() {
            let key = format!("d{n}/{KEY}");
            let stored = format!("env:/blue/{key}");
            world.backend(bucket, &key, locks, "");
            run(&["workspace", "new", "dev", "blue"]).ok();
            world.apply();
            run(&["workspace", "select", "dev", "default"]).ok();
            let record = format!("/{bucket}/{stored}.envctl/apps/web.json").replace(':', "%3A");
            assert_eq!(world.aws.s3("PUT", &record, b"{}").status, 200);
            run(&["workspace", "delete", "dev", "blue", "-force"]).ok().says("is deleted");
            assert_eq!(world.object(bucket, &stored), None, "{bucket} {locks:?}");
            let left = world.keys(bucket, &stored);
            assert!(left.len() == 1 && left[0].contains(".envctl/history/"), "{bucket} {locks:?}: {left:?}");
            assert_eq!(world.item(&format!("{bucket}/{stored}")), Json::Null);
            assert_eq!(world.item(&format!("{bucket}/{stored}-md5")), Json::Null);
            assert_eq!(run(&["workspace", "list", "dev"]).ok().stdout, "* default\n");
            run(&["workspace", "delete", "dev", "blue"]).expect(1).says("no workspace");

            run(&["workspace", "new", "dev", "blue"]).ok();
            run(&["apply", "dev", "-auto-approve", "-input=false"]).ok().says("4 added");
            run(&["history", "dev"]).ok().says("4 added");
            run(&["destroy", "dev", "-auto-approve", "-input=false"]).ok();
            run(&["workspace", "select", "dev", "default"]).ok();
            run(&["workspace", "delete", "dev", "blue"]).ok();
        }
    }
}

#[test]
fn an_unfinished_run_keeps_its_workspace() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    world.backend(KEPT, KEY, Locks::Table, "");
    run(&["workspace", "new", "dev", "blue"]).ok();
    run(&["workspace", "select", "dev", "default"]).ok();
    let segment = format!("/{KEPT}/env%3A/blue/{KEY}.envctl/journal/dead/00000001");
    assert_eq!(world.aws.s3("PUT", &segment, br#"{"format":1,"run":"dead","at":"2026-01-02T03:04:05Z","records":[]}"#).status, 200);
    run(&["workspace", "delete", "dev", "blue"]).expect(1).says("did not end").says("-force");
    run(&["workspace", "select", "dev", "blue"]).ok();
    world.apply();
    run(&["destroy", "dev", "-auto-approve", "-input=false"]).ok();
    assert_next_plan_is_everything(&world);
    run(&["workspace", "select", "dev", "default"]).ok();
    run(&["workspace", "delete", "dev", "blue"]).ok();
}

fn assert_next_plan_is_everything(world: &World) {
    world.envctl.run(&["plan", "dev", "-detailed-exitcode", "-input=false"]).expect(2);
    world.apply();
    assert_next_plan_empty(&world.envctl, "dev");
    world.envctl.run(&["destroy", "dev", "-auto-approve", "-input=false"]).ok();
}
