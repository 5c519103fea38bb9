//! `lock show`, `lock acquire`, `lock release`, `unlock`, and `-lock=false`.

use crate::harness::{Aws, Envctl, Moto};
use serde_json::{Value as Json, json};

const TREE: &str = r#"
terraform {
  backend "s3" {
    bucket       = "lock-state"
    key          = "a/terraform.tfstate"
    region       = "eu-central-1"
    use_lockfile = true
  }
}

environment {
  lock {
    lease = "2m"
    beat  = "5s"
  }
}

resource "terraform_data" "x" {}
"#;

struct World {
    envctl: Envctl,
    aws: Aws,
    _moto: Moto,
}

impl World {
    fn new() -> Self {
        let moto = Moto::start();
        let aws = Aws::new(moto.url(), "eu-central-1");
        aws.create_bucket("lock-state");
        let envctl = Envctl::new()
            .with_env("AWS_ENDPOINT_URL", moto.url())
            .with_env("AWS_ACCESS_KEY_ID", "test")
            .with_env("AWS_SECRET_ACCESS_KEY", "test");
        envctl.file("environments/a/main.tf", "").file("environments/a/environment.hcl", TREE);
        Self { envctl, aws, _moto: moto }
    }

    fn held(&self) -> Json {
        serde_json::from_str(&self.envctl.run(&["lock", "show", "a", "-json"]).ok().stdout).unwrap()
    }
}

const APPLY: &[&str] = &["apply", "a", "-auto-approve", "-input=false"];

#[test]
fn an_acquired_lock_stops_everybody_until_it_is_given_back() {
    let world = World::new();
    let run = |args: &[&str]| world.envctl.run(args);
    run(&["lock", "show", "a"]).ok().says("Nobody holds the lock");
    run(&["lock", "release", "a"]).expect(1).says("Nobody holds the lock");
    run(&["lock", "acquire", "a", "-reason", "database restore"]).ok().says("envctl lock release a");
    let held = world.held();
    assert_eq!((&held[0]["info"], &held[0]["lease_seconds"]), (&json!("database restore"), &Json::Null), "{held}");
    run(&["lock", "show", "a"]).ok().says("no lease").says("database restore");

    let refused = run(APPLY).expect(1).says("The state is locked").says("database restore");
    assert!(refused.stderr.contains(held[0]["id"].as_str().unwrap()), "{}", refused.text());
    run(&["plan", "a", "-input=false"]).expect(1);
    run(&["plan", "a", "-input=false", "-lock=false"]).ok().says("terraform_data.x");
    run(&["lock", "acquire", "a"]).expect(1).says("The state is locked");

    run(&["lock", "release", "a"]).ok();
    run(APPLY).ok();
    assert_eq!(world.held(), json!([]));
}

#[test]
fn locks_of_others_are_broken_only_by_id_and_with_a_yes() {
    let world = World::new();
    let run = |args: &[&str]| world.envctl.run(args);
    let tofus = r#"{"ID":"0b1c","Operation":"OperationTypeApply","Info":"","Who":"bob@ci","Version":"1.11.0","Created":"2026-01-02T03:04:05Z","Path":"lock-state/a/terraform.tfstate"}"#;
    assert_eq!(world.aws.s3("PUT", "/lock-state/a/terraform.tfstate.tflock", tofus.as_bytes()).status, 200);
    run(&["lock", "release", "a"]).expect(1).says("not yours").says("bob@ci").says("envctl unlock");
    run(&["unlock", "a", "wrong"]).expect(1).says("0b1c");
    run(&["unlock", "a", "0b1c"]).expect(1).says("-force");
    run(&["force-unlock", "a", "0b1c", "-force"]).ok();
    assert_eq!(world.held(), json!([]));
    run(APPLY).ok();
}

#[test]
fn a_local_lock_cannot_be_left_behind() {
    let envctl = Envctl::new();
    envctl.file("environments/a/main.tf", "");
    envctl.run(&["lock", "acquire", "a"]).expect(1).says("held by a process");
    envctl.run(&["lock", "show", "a"]).ok().says("Nobody holds the lock");
}
