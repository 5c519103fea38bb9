//! Sixteen processes apply one environment at once: they do it one after the other, and nothing that
//! one of them wrote is lost.

use crate::harness::Envctl;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::thread;

const PROCESSES: usize = 16;

const TREE: &str = r#"
variable "run" { type = string }

resource "terraform_data" "last" {
  input = var.run
}

output "run" {
  value = terraform_data.last.output
}
"#;

/// Every process changes the state once; each has to build on what the one before it wrote.
fn apply_at_once(envctl: &Envctl) {
    let codes: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = (0..PROCESSES)
            .map(|n| {
                scope.spawn(move || {
                    let run = format!("run={n}");
                    envctl.run(&["apply", "shared", "-auto-approve", "-input=false", "-lock-timeout=5m", "-var", &run])
                })
            })
            .collect();
        runs.into_iter().map(|r| r.join().unwrap()).collect()
    });
    for outcome in codes {
        outcome.ok();
    }
}

fn state_of(envctl: &Envctl) -> Json {
    serde_json::from_str(&envctl.run(&["state", "pull", "shared"]).ok().stdout).unwrap()
}

fn check(envctl: &Envctl) {
    let state = state_of(envctl);
    assert_eq!(state["serial"], PROCESSES, "each of them wrote once: {state}");
    let last = state["outputs"]["run"]["value"].as_str().unwrap().to_string();
    assert_eq!(state["resources"][0]["instances"].as_array().unwrap().len(), 1);
    let plan = envctl.run(&["plan", "shared", "-detailed-exitcode", "-input=false", "-var", &format!("run={last}")]);
    plan.expect(0);
    envctl.run(&["lock", "show", "shared"]).ok().says("Nobody holds the lock");
}

#[test]
fn a_local_state_is_changed_by_one_process_at_a_time() {
    let envctl = Envctl::new();
    envctl.file("environments/shared/main.tf", TREE);
    apply_at_once(&envctl);
    check(&envctl);
    let left: BTreeSet<_> = std::fs::read_dir(envctl.path("environments/shared"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("lock"))
        .collect();
    assert_eq!(left, BTreeSet::new());
}

#[cfg(feature = "aws")]
mod s3 {
    use super::*;
    use crate::harness::{Moto, Proxy};
    use serde_json::json;

    const BACKEND: &str = r#"
terraform {
  backend "s3" {
    bucket         = "many-state"
    key            = "shared/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "many-locks"
    use_lockfile   = true
  }
}
"#;

    #[test]
    fn a_state_with_both_locks_is_changed_by_one_process_at_a_time() {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let aws = proxy.aws("eu-central-1");
        aws.create_bucket("many-state");
        let versioning = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        assert_eq!(aws.s3("PUT", "/many-state?versioning", versioning).status, 200);
        let table = json!({
            "TableName": "many-locks",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        assert_eq!(aws.dynamodb("CreateTable", &table).status, 200);
        let envctl = Envctl::new().with_aws(&proxy, "eu-central-1").with_env("ENVCTL_WAIT_SCALE", "0.1");
        envctl.file("environments/shared/main.tf", &format!("{BACKEND}{TREE}"));
        apply_at_once(&envctl);
        check(&envctl);
        let versions = aws.s3("GET", "/many-state?versions&prefix=shared/terraform.tfstate", b"").text();
        let of_state = versions.matches("<Key>shared/terraform.tfstate</Key>").count();
        assert_eq!(of_state, PROCESSES, "every serial was written once: {versions}");
    }
}
