//! `history`, `state secrets`, and that no output of any command shows a secret.

use crate::harness::Envctl;
use serde_json::Value as Json;
use std::process::Command;

const STATE: &str = "environments/dev/terraform.tfstate";

const GIVEN: &str = "given-secret-of-the-test";

const TREE: &str = r#"
variable "token" {
  sensitive = true
}

resource "random_password" "made" {
  length  = 24
  special = false
}

resource "terraform_data" "holder" {
  input = "token=${var.token}"
}

output "token" {
  value     = var.token
  sensitive = true
}
"#;

/// Its error message quotes the path, and with it both secrets.
const FAILS: &str = r#"
resource "local_file" "fails" {
  filename = "/proc/${random_password.made.result}-${var.token}/x"
  content  = "x"
}
"#;

fn project() -> Envctl {
    let envctl = Envctl::new().with_env("TF_VAR_token", GIVEN);
    envctl.file("environments/dev/main.tf", TREE);
    envctl
}

fn history(envctl: &Envctl) -> Vec<Json> {
    serde_json::from_str(&envctl.run(&["history", "dev", "-json"]).ok().stdout).unwrap()
}

fn password(envctl: &Envctl) -> String {
    let state: Json = serde_json::from_str(&envctl.read(STATE)).unwrap();
    let made = state["resources"].as_array().unwrap().iter().find(|r| r["name"] == "made").unwrap();
    made["instances"][0]["attributes"]["result"].as_str().unwrap().to_owned()
}

fn git(envctl: &Envctl, args: &[&str]) -> String {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let out = Command::new("git").args(identity).args(args).current_dir(envctl.path(".")).output().unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

#[test]
fn every_approved_run_leaves_one_record() {
    let envctl = project();
    envctl.run(&["history", "dev"]).ok().says("No run is recorded");
    envctl.file(".gitignore", ".test\n*.tfstate*\n.envctl\n");
    git(&envctl, &["init", "-q"]);
    git(&envctl, &["add", "-A"]);
    git(&envctl, &["commit", "-qm", "one"]);
    let commit = git(&envctl, &["rev-parse", "HEAD"]);
    envctl.run(&["apply", "dev"]).expect(1).says("-auto-approve");
    assert_eq!(history(&envctl).len(), 0, "what was not approved is no run");
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    let one = history(&envctl);
    assert_eq!(one.len(), 1, "nothing to do is no run: {one:#?}");
    assert_eq!((&one[0]["command"], &one[0]["result"], &one[0]["environment"]), (&"apply".into(), &"done".into(), &"dev".into()));
    assert_eq!(one[0]["counts"], serde_json::json!({"added": 2, "changed": 0, "destroyed": 0, "deployed": 0}));
    assert_eq!((&one[0]["commit"], &one[0]["uncommitted"]), (&commit.into(), &false.into()));
    assert_eq!((&one[0]["serial_before"], &one[0]["plan"].as_str().unwrap().len()), (&0.into(), &64));
    assert!(one[0]["serial_after"].as_u64().unwrap() > 0 && one[0]["who"].as_str().unwrap().contains('@'), "{one:#?}");

    std::thread::sleep(std::time::Duration::from_millis(1100));
    envctl.file("environments/dev/fails.tf", FAILS);
    envctl.run(&["apply", "dev", "-auto-approve"]).expect(1);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    std::fs::remove_file(envctl.path("environments/dev/fails.tf")).unwrap();
    envctl.run(&["destroy", "dev", "-auto-approve"]).ok();
    let all = history(&envctl);
    let shown: Vec<(&str, &str)> = all.iter().map(|r| (r["command"].as_str().unwrap(), r["result"].as_str().unwrap())).collect();
    assert_eq!(shown, [("destroy", "done"), ("apply", "failed"), ("apply", "done")], "the newest first");
    assert_eq!((&all[1]["uncommitted"], all[1]["errors"].as_array().unwrap().len()), (&true.into(), 1));
    assert_eq!(all[0]["counts"]["destroyed"], 2);
    envctl.run(&["history", "dev", "-limit", "1"]).ok().says("destroy").says("2 destroyed").never_says("apply ");
    envctl.run(&["state", "verify", "dev"]).ok();
}

#[test]
fn stored_secrets_are_named_and_never_shown() {
    let envctl = project();
    envctl.run(&["state", "secrets", "dev"]).ok().says("no secret");
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    let out = envctl.run(&["state", "secrets", "dev"]).ok();
    for place in ["output.token", "random_password.made: result", "random_password.made: bcrypt_hash", "terraform_data.holder: input"] {
        out.clone().says(place);
    }
    out.says("plain text").never_says(GIVEN).never_says(&password(&envctl));
}

#[test]
fn no_output_shows_a_secret() {
    let envctl = project();
    let runs = [
        &["plan", "dev"][..],
        &["apply", "dev", "-auto-approve"],
        &["plan", "dev", "-json"],
        &["state", "list", "dev"],
        &["state", "show", "dev", "terraform_data.holder"],
        &["state", "show", "dev", "random_password.made"],
        &["state", "verify", "dev"],
        &["state", "versions", "dev"],
        &["output", "dev"],
        &["show", "dev"],
        &["history", "dev", "-json"],
        &["taint", "dev", "random_password.made"],
        &["plan", "dev"],
        &["untaint", "dev", "random_password.made"],
        &["destroy", "dev"],
    ];
    let outcomes: Vec<_> = runs.iter().map(|args| envctl.run(args)).collect();
    envctl.file("environments/dev/fails.tf", FAILS);
    let failed = envctl.run(&["apply", "dev", "-auto-approve"]).expect(1).says("/proc/(sensitive value)-(sensitive value)");
    let stream = envctl.run(&["apply", "dev", "-auto-approve", "-json"]).expect(1);
    let made = password(&envctl);
    for outcome in outcomes.into_iter().chain([failed, stream, envctl.run(&["history", "dev"])]) {
        outcome.never_says(GIVEN).never_says(&made);
    }
    // A secret that is made in the very run whose error quotes it.
    let fresh = project();
    fresh.file("environments/dev/fails.tf", FAILS);
    let failed = fresh.run(&["apply", "dev", "-auto-approve"]).expect(1).says("/proc/(sensitive value)");
    failed.never_says(GIVEN).never_says(&password(&fresh));
    // Asked for by name they are shown.
    envctl.run(&["output", "dev", "token"]).ok().says(GIVEN);
    envctl.run(&["state", "show", "dev", "random_password.made", "-show-sensitive"]).ok().says(&made);
}
