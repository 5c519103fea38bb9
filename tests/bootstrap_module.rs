//! `bootstrap` in a project that owns its home of states in `state/`: the module is applied, and
//! what exists is imported.

use crate::harness::{Aws, Envctl, Moto, Proxy};
use serde_json::Value as Json;

const REGION: &str = "eu-central-1";
const BUCKET: &str = "example-envctl-state";

struct World {
    moto: Moto,
    proxy: Proxy,
    envctl: Envctl,
}

impl World {
    /// The project's own `state/`, and an environment that keeps its state in that bucket.
    fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto);
        let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_WAIT_SCALE", "0.02");
        envctl.copy("state");
        let backend = format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"{BUCKET}\"\n    key = \"a/terraform.tfstate\"\n    region = \"{REGION}\"\n    dynamodb_table = \"envctl-locks\"\n  }}\n}}\nresource \"terraform_data\" \"x\" {{\n  input = 1\n}}\n"
        );
        envctl.file("environments/a/main.tf", &backend);
        World { moto, proxy, envctl }
    }

    fn hand(&self) -> Aws {
        Aws::new(self.moto.url(), REGION)
    }

    /// The types that the module's state holds.
    fn kinds(&self) -> Vec<String> {
        let state: Json = serde_json::from_str(&self.envctl.read("state/terraform.tfstate")).unwrap();
        state["resources"].as_array().unwrap().iter().map(|r| r["type"].as_str().unwrap().to_owned()).collect()
    }

    fn nothing_to_do(&self) {
        self.proxy.reset_stats();
        let again = self.envctl.run(&["bootstrap"]);
        assert_eq!(again.code, Some(0), "{}", again.text());
        assert!(again.stdout.contains("Nothing to make"), "{}", again.text());
        assert_eq!(self.proxy.stats()["mutating"], 0, "{}", self.proxy.stats());
        let planned = self.envctl.run(&["plan", "state", "-detailed-exitcode"]);
        assert_eq!(planned.code, Some(0), "{}", planned.text());
    }
}

const KINDS: [&str; 5] = [
    "aws_dynamodb_table",
    "aws_s3_bucket",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
];

#[test]
fn the_module_makes_the_home_once_and_finds_it_again_without_its_state() {
    let world = World::new();
    let unasked = world.envctl.run(&["bootstrap"]);
    assert_eq!(unasked.code, Some(1), "{}", unasked.text());
    assert!(unasked.text().contains("-auto-approve"), "{}", unasked.text());
    let first = world.envctl.run(&["bootstrap", "-auto-approve"]);
    assert_eq!(first.code, Some(0), "{}", first.text());
    assert!(first.stdout.contains("Environment state "), "{}", first.text());
    assert_eq!(world.kinds(), KINDS);
    assert!(world.hand().s3("GET", &format!("/{BUCKET}?versioning"), b"").text().contains("Enabled"));
    world.nothing_to_do();

    std::fs::remove_file(world.envctl.path("state/terraform.tfstate")).unwrap();
    world.proxy.reset_stats();
    let found = world.envctl.run(&["bootstrap", "a", "-auto-approve"]);
    assert_eq!(found.code, Some(0), "{}", found.text());
    assert!(found.stdout.contains("aws_dynamodb_table.locks"), "{}", found.text());
    assert_eq!((world.proxy.calls("s3/CreateBucket"), world.proxy.calls("dynamodb/CreateTable")), (0, 0));
    assert_eq!(world.kinds(), KINDS);
    world.nothing_to_do();
}

#[test]
fn a_bucket_that_exists_is_imported_and_completed() {
    let world = World::new();
    world.hand().create_bucket(BUCKET);
    assert!(world.hand().s3("PUT", &format!("/{BUCKET}/old"), b"1").status < 300);
    let first = world.envctl.run(&["bootstrap", "-auto-approve"]);
    assert_eq!(first.code, Some(0), "{}", first.text());
    assert_eq!((world.proxy.calls("s3/CreateBucket"), world.proxy.calls("dynamodb/CreateTable")), (0, 1));
    assert_eq!(world.kinds(), KINDS);
    assert!(world.hand().s3("GET", &format!("/{BUCKET}?versioning"), b"").text().contains("Enabled"));
    world.nothing_to_do();
}

#[test]
fn what_the_module_does_not_make_or_set_is_said_and_a_home_in_use_stays() {
    let world = World::new();
    world.envctl.file(
        "state/main.tf",
        &format!("provider \"aws\" {{\n  region = \"{REGION}\"\n}}\nresource \"aws_s3_bucket\" \"state\" {{\n  bucket = \"{BUCKET}\"\n  force_destroy = true\n}}\n"),
    );
    world.envctl.file("state/terraform.tfvars", "");
    let first = world.envctl.run(&["bootstrap", "-auto-approve"]);
    assert_eq!(first.code, Some(0), "{}", first.text());
    assert!(first.text().contains("\"envctl-locks\""), "{}", first.text());
    assert!(first.text().contains(&format!("{BUCKET}: versioning is not on")), "{}", first.text());

    assert!(world.hand().s3("PUT", &format!("/{BUCKET}/a/terraform.tfstate"), b"{}").status < 300);
    let refused = world.envctl.run(&["destroy", "state", "-auto-approve"]);
    assert_eq!(refused.code, Some(1), "{}", refused.text());
    assert!(refused.text().contains("States would be lost"), "{}", refused.text());
    assert!(world.hand().s3("GET", &format!("/{BUCKET}/a/terraform.tfstate"), b"").status < 300);
    assert!(world.hand().s3("DELETE", &format!("/{BUCKET}/a/terraform.tfstate"), b"").status < 300);
    let gone = world.envctl.run(&["destroy", "state", "-auto-approve"]);
    assert_eq!(gone.code, Some(0), "{}", gone.text());
    assert_eq!(world.hand().s3("HEAD", &format!("/{BUCKET}"), b"").status, 404);
}
