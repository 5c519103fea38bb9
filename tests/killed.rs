//! A run that is killed at a mutating call, before or after AWS did it: the next run finishes it, nothing is
//! there twice, and a destroy leaves nothing.

use crate::harness::{Aws, Envctl, Inventory, Moto, Proxy, assert_next_plan_empty};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const REGION: &str = "eu-central-1";

const TREE: &str = r#"
terraform {
  backend "s3" {
    bucket         = "killed-state"
    key            = "killed/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "killed-locks"
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "killed" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "this" {
  vpc_id                  = aws_vpc.this.id
  cidr_block              = "10.0.1.0/24"
  map_public_ip_on_launch = true
}

resource "aws_route_table" "this" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_route_table_association" "this" {
  subnet_id      = aws_subnet.this.id
  route_table_id = aws_route_table.this.id
}

resource "aws_network_acl" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_network_acl_rule" "this" {
  network_acl_id = aws_network_acl.this.id
  rule_number    = 100
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 443
  to_port        = 443
}

resource "aws_eip" "this" {
  domain = "vpc"
}
"#;

struct World {
    proxy: Proxy,
    aws: Aws,
    envctl: Envctl,
    _moto: Moto,
}

impl World {
    fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let aws = proxy.aws(REGION);
        aws.create_bucket("killed-state");
        let table = json!({
            "TableName": "killed-locks",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        assert_eq!(aws.dynamodb("CreateTable", &table).status, 200);
        let envctl = Envctl::new().with_aws(&proxy, REGION);
        envctl.file("environments/net/main.tf", TREE);
        Self { proxy, aws, envctl, _moto: moto }
    }

    /// Runs to the kill point and dies there; `false`: the run ended before it.
    fn die(&self, args: &[&str], call: usize, at: &str) -> bool {
        self.proxy.reset_stats();
        // The kill point counts from its setting: the process is stopped until it is set.
        let mut run = self.envctl.start_stopped(args);
        self.proxy.kill_at(run.id(), call, at);
        run.go_on();
        let start = Instant::now();
        while run.alive() {
            assert!(start.elapsed() < Duration::from_secs(60), "envctl hangs: {}", self.envctl.read(".test/out"));
            std::thread::sleep(Duration::from_millis(10));
        }
        self.proxy.killed_in().is_some()
    }

    /// How many there are of each kind.
    fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for object in Inventory::of(&self.aws).0 {
            *kinds.entry(object.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        kinds
    }
}

const APPLY: &[&str] = &["apply", "net", "-auto-approve", "-input=false", "-no-color"];
const DESTROY: &[&str] = &["destroy", "net", "-auto-approve", "-input=false", "-no-color"];

/// Kills an apply at a call; the next one finishes. Returns `false` when there is no such call.
fn killed_apply_is_finished(wanted: &BTreeMap<String, usize>, call: usize, at: &str) -> bool {
    let world = World::new();
    let empty = world.kinds();
    if !world.die(APPLY, call, at) {
        return false;
    }
    let died_in = world.proxy.killed_in().unwrap_or_default();
    let name = format!("killed {at} of mutating call {call} ({died_in})");
    let next = world.envctl.run(APPLY);
    assert_eq!(next.code, Some(0), "{name}: {}", next.text());
    assert_eq!(&world.kinds(), wanted, "{name}: {}", next.text());
    assert_next_plan_empty(&world.envctl, "net");
    world.envctl.run(DESTROY).ok();
    assert_eq!(world.kinds(), empty, "{name}: left behind");
    true
}

fn reference() -> BTreeMap<String, usize> {
    let world = World::new();
    world.envctl.run(APPLY).ok();
    world.kinds()
}

/// The lock of a dead process is taken over at once, and what it did not begin is done. Later calls need recovery from
/// the journal: `ENVCTL_TEST_ALL_KILL_POINTS=1` takes every call and every moment, for whoever works on that.
#[test]
fn a_killed_apply_is_finished_by_the_next() {
    let wanted = reference();
    if std::env::var_os("ENVCTL_TEST_ALL_KILL_POINTS").is_none() {
        for (call, at) in [(1, "before-forward"), (1, "before-answer"), (1, "after-answer"), (2, "before-forward")] {
            assert!(killed_apply_is_finished(&wanted, call, at), "no mutating call {call}");
        }
        return;
    }
    for at in ["before-forward", "before-answer", "after-answer"] {
        let calls = (1..).take_while(|call| killed_apply_is_finished(&wanted, *call, at)).count();
        println!("{calls} calls, killed {at}");
    }
}
