//! `migrate` to, from and between states in S3.

use super::{KEPT, LOCKS, Locks, PLAIN, REGION, TREE, World};
use crate::harness::assert_next_plan_empty;
use serde_json::{Value as Json, json};

const KEY: &str = "new/terraform.tfstate";

fn local(world: &World) -> Json {
    serde_json::from_str(&world.envctl.read("environments/dev/terraform.tfstate")).unwrap()
}

#[test]
fn a_local_state_moves_to_s3_with_its_history() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    for (n, locks) in LOCKS.into_iter().enumerate() {
        let key = format!("m{n}/{KEY}");
        // It is to begin from nothing, with what the last round made left where it is.
        for file in ["backend.tf", ".envctl/places.json"] {
            std::fs::remove_file(world.envctl.path(&format!("environments/dev/{file}"))).ok();
        }
        world.apply();
        let before = local(&world);
        world.backend(KEPT, &key, locks, "");
        run(&["migrate", "dev"]).expect(1).says("4 instances").says("-auto-approve");
        assert_eq!(world.object(KEPT, &key), None);
        run(&["migrate", "dev", "-auto-approve"]).ok().says(&format!("s3://{KEPT}/{key}"));
        assert_eq!(world.state(KEPT, &key), before);
        assert!(world.object(KEPT, &key).unwrap().ends_with(b"\n"));
        assert!(!world.envctl.path("environments/dev/terraform.tfstate").exists());
        world.assert_tidy(KEPT, &key, locks);
        assert_next_plan_empty(&world.envctl, "dev");
        run(&["history", "dev"]).ok().says("4 added");
        run(&["migrate", "dev", "-auto-approve", "-from", "local"]).expect(1).says("There is no state in");
    }
}

#[test]
fn states_move_between_keys_and_buckets() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    let run = |args: &[&str]| world.envctl.run(args);
    world.backend(KEPT, "old.tfstate", Locks::Both, "");
    world.apply();
    let before = world.state(KEPT, "old.tfstate");
    let from = |bucket: &str, key: &str| {
        ["-from-config".to_owned(), format!("bucket={bucket}"), "-from-config".to_owned(), format!("key={key}")]
            .into_iter()
            .chain(["-from", "s3", "-from-config", &format!("region={REGION}"), "-from-config", "use_lockfile=true"].map(str::to_owned))
    };
    let migrate = |bucket: &str, key: &str, more: &[&str]| {
        let args: Vec<String> = ["migrate", "dev"].map(str::to_owned).into_iter().chain(from(bucket, key)).collect();
        world.envctl.run(&args.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
    };

    world.backend(KEPT, KEY, Locks::Table, "");
    migrate(KEPT, "old.tfstate", &["-auto-approve"]).ok().says("left as it is");
    assert_eq!((world.state(KEPT, KEY), world.state(KEPT, "old.tfstate")), (before.clone(), before.clone()));
    world.assert_tidy(KEPT, KEY, Locks::Table);
    run(&["history", "dev"]).ok().says("4 added");

    world.backend(PLAIN, KEY, Locks::Object, "");
    migrate(KEPT, "none.tfstate", &["-auto-approve"]).expect(1).says("There is no state in");
    migrate("no-such-bucket", "old.tfstate", &["-auto-approve"]).expect(1).says("no-such-bucket");
    migrate(KEPT, KEY, &["-auto-approve"]).ok();
    assert_eq!(world.state(PLAIN, KEY), before);
    assert_next_plan_empty(&world.envctl, "dev");
    run(&["taint", "dev", "terraform_data.top"]).ok();
    migrate(KEPT, KEY, &["-auto-approve"]).expect(1).says("serial");
    assert_eq!(world.state(PLAIN, KEY)["serial"], before["serial"].as_u64().unwrap() + 1);
    migrate(KEPT, KEY, &["-auto-approve", "-force"]).ok();
    assert_eq!(world.state(PLAIN, KEY)["resources"], before["resources"]);
    world.assert_tidy(PLAIN, KEY, Locks::Object);

    // Back to a file.
    world.envctl.file("environments/dev/backend.tf", "");
    migrate(PLAIN, KEY, &["-auto-approve"]).ok();
    assert_eq!(local(&world)["resources"], before["resources"]);
    assert_next_plan_empty(&world.envctl, "dev");
}

#[test]
fn what_tofu_recorded_says_where_from() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    world.backend(KEPT, "old.tfstate", Locks::Table, "");
    world.envctl.run(&["workspace", "new", "dev", "blue"]).ok();
    world.apply();
    let before = world.state(KEPT, "env:/blue/old.tfstate");
    let recorded = json!({
           "version": 3, "serial": 1, "lineage": "x",
           "backend": {"type": "s3", "hash": 7, "config": {
               "bucket": KEPT, "key": "old.tfstate", "region": REGION, "dynamodb_table": super::TABLE,
    "use_lockfile": null, "encrypt": null, "endpoints": null, "assume_role": null, "profile": null, "max_retries": null,
           }},
       });
    world.envctl.file("environments/dev/.terraform/terraform.tfstate", &recorded.to_string());
    world.backend(PLAIN, KEY, Locks::Object, "workspace_key_prefix = \"spaces\"");
    world.envctl.run(&["migrate", "dev", "-auto-approve"]).ok().says("old.tfstate");
    assert_eq!(world.state(PLAIN, &format!("spaces/blue/{KEY}")), before);
    assert_next_plan_empty(&world.envctl, "dev");
}

#[test]
fn a_run_that_did_not_end_is_finished_with_the_old_backend() {
    let world = World::new();
    world.envctl.file("environments/dev/main.tf", TREE);
    world.backend(KEPT, "old.tfstate", Locks::Table, "");
    world.apply();
    let segment = format!("/{KEPT}/old.tfstate.envctl/journal/dead/00000001");
    assert_eq!(world.aws.s3("PUT", &segment, br#"{"format":1,"run":"dead","at":"2026-01-02T03:04:05Z","records":[]}"#).status, 200);
    world.backend(KEPT, KEY, Locks::Table, "");
    let settings = [format!("bucket={KEPT}"), "key=old.tfstate".to_owned(), format!("region={REGION}")];
    let mut args = vec!["migrate", "dev", "-auto-approve", "-from", "s3"];
    settings.iter().for_each(|s| args.extend(["-from-config", s.as_str()]));
    world.envctl.run(&args).expect(1).says("A run must be finished first");
    assert_eq!(world.object(KEPT, KEY), None);
    world.backend(KEPT, "old.tfstate", Locks::Table, "");
    world.apply();
    world.assert_tidy(KEPT, "old.tfstate", Locks::Table);
    world.backend(KEPT, KEY, Locks::Table, "");
    world.envctl.run(&args).ok();
    assert_next_plan_empty(&world.envctl, "dev");
}
