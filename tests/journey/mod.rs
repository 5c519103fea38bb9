//! The main job from end to end: real envctl, real git and sshd, AWS's API emulated. From nothing to what a
//! configuration describes, through its changes, and back to nothing.

use crate::harness::world::{PASSWORD, TOKEN};
use crate::harness::{Aws, Envctl, Inventory, Moto, Outcome, Proxy, World, assert_next_plan_empty};
use serde_json::json;

mod bad_input;
mod changes;
mod interrupt;
mod odd;
mod own;
mod tofu;

const REGION: &str = "eu-central-1";

/// A project and an API of its own.
struct House {
    proxy: Proxy,
    aws: Aws,
    envctl: Envctl,
    _moto: Moto,
}

impl House {
    fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let aws = proxy.aws(REGION);
        let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_WAIT_SCALE", "0.02");
        Self { proxy, aws, envctl, _moto: moto }
    }

    /// With a bucket for states and a table for locks.
    fn with_home(bucket: &str, table: &str) -> Self {
        let house = Self::new();
        house.aws.create_bucket(bucket);
        let table = json!({
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        assert_eq!(house.aws.dynamodb("CreateTable", &table).status, 200);
        house
    }

    /// Runs a command on an environment with more arguments, never asking.
    #[track_caller]
    fn run(&self, command: &str, env: &str, more: &[&str]) -> Outcome {
        let mut args = vec![command, env, "-input=false", "-no-color"];
        if command != "plan" {
            args.push("-auto-approve");
        }
        args.extend(more);
        self.envctl.run(&args)
    }

    /// The plan shows changes.
    #[track_caller]
    fn differs(&self, env: &str, more: &[&str]) -> Outcome {
        let mut args = vec!["-detailed-exitcode"];
        args.extend(more);
        self.run("plan", env, &args).expect(2)
    }

    /// The plan shows none.
    #[track_caller]
    fn agrees(&self, env: &str, more: &[&str]) {
        let mut args = vec!["-detailed-exitcode"];
        args.extend(more);
        self.run("plan", env, &args).expect(0);
    }

    /// Applies; then there is nothing left to do.
    #[track_caller]
    fn apply(&self, env: &str, more: &[&str]) -> Outcome {
        let outcome = self.run("apply", env, more).ok();
        self.agrees(env, more);
        outcome
    }
}

impl World {
    /// Runs envctl; whatever happens, no secret is shown.
    #[track_caller]
    fn run(&self, args: &[&str]) -> Outcome {
        self.envctl.run(args).never_says(PASSWORD).never_says(TOKEN)
    }

    /// Applies without a question; then there is nothing left to do.
    #[track_caller]
    fn apply(&self, env: &str, more: &[&str]) -> Outcome {
        let mut args = vec!["apply", env, "-auto-approve", "-input=false"];
        args.extend(more);
        let outcome = self.run(&args).ok();
        assert_next_plan_empty(&self.envctl, env);
        outcome
    }
}

/// Calls since the last reset that changed something, those of the lock left out.
fn changes(proxy: &Proxy) -> Vec<String> {
    let reading = ["Describe", "List", "Get", "Head"];
    let stats = proxy.stats();
    let names = stats["log"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
    names
        .filter(|name| !name.starts_with("dynamodb/"))
        .filter(|name| !reading.iter().any(|verb| name.split('/').nth(1).is_some_and(|name| name.starts_with(verb))))
        .map(str::to_owned)
        .collect()
}

/// Edits a file of the project.
#[track_caller]
fn edit(envctl: &Envctl, path: &str, from: &str, to: &str) {
    let text = envctl.read(path);
    assert!(text.contains(from), "{path} has no {from:?}");
    envctl.file(path, &text.replacen(from, to, 1));
}

/// What is there beyond `before`.
#[track_caller]
fn assert_nothing_left(aws: &Aws, before: &Inventory) {
    let left = Inventory::of(aws).since(before);
    assert!(left.is_empty(), "left behind: {left:?}");
}
