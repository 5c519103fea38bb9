//! A store that refuses: the state, the journal, the lock, the digest; and one that takes a write and denies it.

use crate::harness::{Inventory, Outcome, assert_next_plan_empty};
use crate::killed::{Picture, World};
use serde_json::{Value as Json, json};
use std::os::unix::fs::PermissionsExt;

const KEPT: &str = "environments/net/errored.tfstate";

/// The state object and nothing beside it: a query follows its key.
const STATE: &str = "terraform.tfstate?";

fn tree(more: &str) -> String {
    format!(
        r#"
terraform {{
  backend "s3" {{
    bucket         = "killed-state"
    key            = "killed/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "killed-locks"
    use_lockfile   = true
  }}
}}

provider "aws" {{
  region = "eu-central-1"
}}

resource "aws_vpc" "this" {{
  cidr_block = "10.0.0.0/16"
}}

resource "aws_subnet" "this" {{
  for_each   = toset(["1", "2", "3"])
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.0.${{each.key}}.0/24"

  availability_zone = "eu-central-1a"
}}
{more}"#
    )
}

fn world() -> World {
    let world = World::new();
    world.write(&tree(""));
    world
}

fn undisturbed() -> Picture {
    let world = world();
    world.run("apply").ok();
    world.run("apply").ok();
    world.picture()
}

/// A fault on the calls of an operation that are about something.
fn spoil(world: &World, operation: &str, about: &str, mut fault: Json) {
    fault["operation"] = operation.into();
    fault["about"] = about.into();
    world.proxy.fault(fault);
}

fn denied() -> Json {
    json!({"action": "code", "code": "AccessDenied", "message": "Access Denied", "status": 403})
}

/// The fault is gone: a plain run finishes, and what is there is what an undisturbed run leaves.
fn recovers(world: &World, want: &Picture) -> Outcome {
    world.proxy.clear_faults();
    let next = world.run("apply").ok();
    assert_eq!(world.left(), Vec::<String>::new(), "{}", next.text());
    assert!(!world.envctl.path(KEPT).exists(), "{}", next.text());
    assert_next_plan_empty(&world.envctl, "net");
    world.run("apply").ok();
    let got = world.picture();
    assert_eq!((&got.things, &got.state), (&want.things, &want.state), "{}", next.text());
    next
}

#[test]
fn a_state_that_is_refused_is_kept_and_pushed_by_the_next_run() {
    let want = undisturbed();
    for fault in [denied(), json!({"action": "error"})] {
        let world = world();
        spoil(&world, "s3/PutObject", STATE, fault);
        let outcome = world.run("apply").expect(1);
        let outcome = outcome.says("Writing the state failed").says("It is kept in ").says("errored.tfstate, and the lock stays");
        let mode = std::fs::metadata(world.envctl.path(KEPT)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(world.left().iter().any(|l| l.starts_with("lock ")), "{:?}\n{}", world.left(), outcome.text());
        recovers(&world, &want).says("errored.tfstate, kept when the store could not be reached, is the state again");
    }
}

#[test]
fn a_journal_that_is_refused_stops_everything_before_it_begins() {
    let want = undisturbed();
    let world = world();
    let before = Inventory::of(&world.aws);
    spoil(&world, "s3/PutObject", ".envctl/journal/", denied());
    world.run("apply").expect(1).says("Writing a record beside the state failed").says("s3:PutObject");
    let made = Inventory::of(&world.aws).since(&before);
    assert!(made.is_empty(), "{made:?}");
    recovers(&world, &want);
}

#[test]
fn a_journal_that_is_refused_in_the_middle_stops_what_has_no_intent_yet() {
    let want = undisturbed();
    for from in [2, 3] {
        let world = world();
        spoil(&world, "s3/PutObject", ".envctl/journal/", json!({"action": "error", "from": from}));
        world.run("apply").expect(1).says("Writing a record beside the state failed");
        recovers(&world, &want);
    }
}

#[test]
fn a_lock_that_is_refused_lets_nothing_happen() {
    let world = world();
    for (operation, about) in [("dynamodb/PutItem", "Info"), ("s3/PutObject", ".tflock")] {
        let before = Inventory::of(&world.aws);
        spoil(&world, operation, about, denied());
        world.run("apply").expect(1).says("Taking the lock in").says("failed").says("help: ");
        world.proxy.clear_faults();
        assert_eq!(Inventory::of(&world.aws), before);
        assert_eq!(world.left(), Vec::<String>::new());
    }
    recovers(&world, &undisturbed());
}

#[test]
fn a_lock_that_cannot_be_given_back_is_a_warning_and_does_not_stop_the_next_run() {
    let want = undisturbed();
    for (operation, about) in [("dynamodb/DeleteItem", "Info"), ("s3/DeleteObject", ".tflock")] {
        let world = world();
        spoil(&world, operation, about, denied());
        world.run("apply").ok().says("Applied: 4 added").says("Giving the lock back failed").says("takes it over at once");
        assert!(world.left().iter().any(|l| l.starts_with("lock ")), "{:?}", world.left());
        recovers(&world, &want);
    }
}

#[test]
fn a_digest_that_is_refused_follows_in_the_next_run() {
    let want = undisturbed();
    let world = world();
    spoil(&world, "dynamodb/PutItem", "-md5", denied());
    world.run("apply").says("The state's digest could not be written").says("help: ");
    recovers(&world, &want);
}

/// A conditional write whose answer is lost is sent again, and its condition fails on the first try's own success.
#[test]
fn a_write_that_happened_is_recognised_whatever_was_answered() {
    let want = undisturbed();
    let faults = [
        json!({"action": "drop-after"}),
        json!({"action": "truncate"}),
        json!({"action": "error-after", "status": 500}),
        json!({"action": "error-after", "status": 412, "code": "PreconditionFailed"}),
        json!({"action": "error-after", "status": 409, "code": "ConditionalRequestConflict"}),
    ];
    let whole: Vec<(&Json, &str)> = faults.iter().flat_map(|f| [STATE, ".tflock"].map(|about| (f, about))).collect();
    let every = if std::env::var("ENVCTL_TEST_ALL_FAULTS").is_ok() { 1 } else { 3 };
    for (fault, about) in whole.into_iter().step_by(every) {
        let world = world();
        let mut fault = fault.clone();
        fault["to"] = 1.into();
        spoil(&world, "s3/PutObject", about, fault.clone());
        let outcome = world.run("apply");
        assert_eq!(outcome.code, Some(0), "{fault} {about}: {}", outcome.text());
        assert_eq!(world.left(), Vec::<String>::new(), "{fault} {about}: {}", outcome.text());
        recovers(&world, &want);
        // The second write is on the condition that the first one set.
        world.write(&tree("output \"id\" {\n  value = aws_vpc.this.id\n}\n"));
        spoil(&world, "s3/PutObject", about, fault.clone());
        let outcome = world.run("apply");
        assert_eq!(outcome.code, Some(0), "{fault} {about}: {}", outcome.text());
    }
}
