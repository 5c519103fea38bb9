//! A holder that is stopped for longer than its lock lives and then goes on: it notices, and neither
//! writes nor calls anything.

use crate::harness::{Aws, Envctl, Moto, Proxy};
use serde_json::{Value as Json, json};
use std::thread;
use std::time::{Duration, Instant};

const REGION: &str = "eu-central-1";

const TREE: &str = r#"
terraform {
  backend "s3" {
    bucket         = "paused-state"
    key            = "paused/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "paused-locks"
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.0.1.0/24"
}
"#;

const LOCK: &str = "paused-state/paused/terraform.tfstate";

struct World {
    proxy: Proxy,
    /// Past the proxy, which counts.
    aws: Aws,
    envctl: Envctl,
    _moto: Moto,
}

impl World {
    fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let aws = Aws::new(moto.url(), REGION);
        aws.create_bucket("paused-state");
        let table = json!({
            "TableName": "paused-locks",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        assert_eq!(aws.dynamodb("CreateTable", &table).status, 200);
        // A lock that lives 13 s: its holder stops 3 s after its last sign of life.
        let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_LOCK_LEASE", "13").with_env("ENVCTL_LOCK_BEAT", "1");
        envctl.file("environments/net/main.tf", TREE);
        Self { proxy, aws, envctl, _moto: moto }
    }

    fn lock_item(&self) -> Json {
        let key = json!({"TableName": "paused-locks", "Key": {"LockID": {"S": LOCK}}, "ConsistentRead": true});
        self.aws.dynamodb("GetItem", &key).json()["Item"].clone()
    }

    /// Applies, is stopped in the middle of the first create for longer than it may be, meets
    /// `meanwhile`, and goes on. Answers what it said and the mutating calls it made after that.
    fn pause(&self, meanwhile: impl Fn(&Self)) -> (Option<i32>, String, Vec<String>) {
        self.proxy.fault(json!({"operation": "ec2/CreateVpc", "action": "latency", "ms": 1500}));
        let mut run = self.envctl.start(&["apply", "net", "-auto-approve", "-input=false", "-no-color"]);
        let begin = Instant::now();
        while self.proxy.calls("ec2/CreateVpc") == 0 {
            assert!(run.alive() && begin.elapsed() < Duration::from_secs(60), "{}", self.envctl.read(".test/out"));
            thread::sleep(Duration::from_millis(20));
        }
        run.stop();
        thread::sleep(Duration::from_secs(5));
        meanwhile(self);
        self.proxy.reset_stats();
        run.go_on();
        let code = run.code();
        let log = self.proxy.stats()["log"].clone();
        let reads = ["Describe", "Get", "List", "Head"];
        let changes = log.as_array().unwrap().iter().filter_map(|name| name.as_str().map(str::to_string));
        let changes = changes.filter(|name| !reads.iter().any(|r| name.rsplit('/').next().is_some_and(|o| o.starts_with(r))));
        (code, self.envctl.read(".test/out"), changes.collect())
    }

    /// All that lies in the bucket is the journal of the run: what was done until the lock was lost.
    fn only_the_journal_is_there(&self) {
        let listing = self.aws.s3("GET", "/paused-state?list-type=2", b"").text();
        let keys = listing.matches("<Key>").count();
        let journal = listing.matches("<Key>paused/terraform.tfstate.envctl/journal/").count();
        assert!(journal > 0 && keys == journal, "{listing}");
    }
}

#[test]
fn it_changes_nothing_any_more_though_nobody_took_the_lock() {
    let world = World::new();
    let (code, said, changes) = world.pause(|_| ());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("The lock was lost") && said.contains("could not be confirmed"), "{said}");
    // A beat that was under way when it was stopped may go out, and its own lock is given back: both hit only a lock that is
    // still its own. The answer to the call in flight goes into its journal.
    let allowed = ["dynamodb/UpdateItem", "dynamodb/DeleteItem", "s3/PutObject"];
    assert!(changes.iter().all(|c| allowed.contains(&c.as_str())), "{changes:?}\n{said}");
    assert_eq!(world.lock_item(), Json::Null);
    world.only_the_journal_is_there();
}

#[test]
fn it_leaves_the_lock_of_its_successor_alone() {
    let world = World::new();
    let other = json!({"LockID": {"S": LOCK}, "Info": {"S": r#"{"ID":"successor","Operation":"OperationTypeApply","Info":"","Who":"bob@ci","Version":"1.11.0","Created":"2026-01-02T03:04:05Z","Path":"paused-state/paused/terraform.tfstate"}"#}});
    let (code, said, changes) = world.pause(|w| {
        assert_eq!(w.aws.dynamodb("PutItem", &json!({"TableName": "paused-locks", "Item": other.clone()})).status, 200);
    });
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("The lock was lost"), "{said}");
    assert!(changes.iter().all(|c| c.starts_with("dynamodb/") || c == "s3/PutObject"), "{changes:?}\n{said}");
    world.only_the_journal_is_there();
    assert_eq!(world.lock_item(), other, "neither renewed nor removed");
}
