//! `workspace` and `migrate`, with local states.

use crate::harness::{Envctl, assert_next_plan_empty};
use serde_json::Value as Json;

const TREE: &str = r#"
resource "terraform_data" "name" {
  input = terraform.workspace
}
"#;

fn project() -> Envctl {
    let envctl = Envctl::new();
    envctl.file("environments/dev/main.tf", TREE);
    envctl
}

fn state(envctl: &Envctl, path: &str) -> Json {
    serde_json::from_str(&envctl.read(&format!("environments/dev/{path}"))).unwrap()
}

#[test]
fn workspaces_have_states_of_their_own() {
    let envctl = project();
    assert_eq!(envctl.run(&["workspace", "list", "dev"]).ok().stdout, "* default\n");
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl.run(&["workspace", "new", "dev", "blue"]).ok();
    assert_eq!(envctl.run(&["workspace", "show", "dev"]).ok().stdout, "blue\n");
    assert_eq!(envctl.run(&["workspace", "list", "dev"]).ok().stdout, "  default\n* blue\n");
    assert_eq!(envctl.read("environments/dev/.terraform/environment"), "blue");
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    let blue = state(&envctl, "terraform.tfstate.d/blue/terraform.tfstate");
    assert_eq!(blue["resources"][0]["instances"][0]["attributes"]["input"]["value"], "blue");
    assert_eq!(state(&envctl, "terraform.tfstate")["resources"][0]["instances"][0]["attributes"]["input"]["value"], "default");

    envctl.run(&["workspace", "new", "dev", "blue"]).expect(1).says("already");
    envctl.run(&["workspace", "new", "dev", "a/b"]).expect(1).says("Invalid workspace name");
    envctl.run(&["workspace", "select", "dev", "green"]).expect(1).says("default, blue");
    envctl.run(&["workspace", "delete", "dev", "blue"]).expect(1).says("selected workspace");
    envctl.run(&["workspace", "select", "dev", "default"]).ok();
    assert_next_plan_empty(&envctl, "dev");
    envctl.run(&["workspace", "delete", "dev", "default"]).expect(1).says("cannot be deleted");
    envctl.run(&["workspace", "delete", "dev", "blue"]).expect(1).says("terraform_data.name").says("-force");
    envctl.run(&["workspace", "delete", "dev", "blue", "-force"]).ok();
    assert!(!envctl.path("environments/dev/terraform.tfstate.d/blue").exists());
    envctl.run(&["workspace", "delete", "dev", "blue"]).expect(1).says("no workspace");
    envctl.run(&["workspace", "select", "dev", "green", "-or-create"]).ok();
    assert_eq!(envctl.run(&["workspace", "list", "dev"]).ok().stdout, "  default\n* green\n");
}

#[test]
fn the_environment_variable_wins() {
    let envctl = project();
    envctl.run(&["workspace", "new", "dev", "blue"]).ok();
    let envctl = envctl.with_env("TF_WORKSPACE", "red");
    assert_eq!(envctl.run(&["workspace", "show", "dev"]).ok().stdout, "red\n");
    envctl.run(&["workspace", "select", "dev", "default"]).expect(1).says("TF_WORKSPACE");
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    assert!(envctl.path("environments/dev/terraform.tfstate.d/red/terraform.tfstate").exists());
}

/// The backend block moves to another file: the state and its history follow.
#[test]
fn a_state_moves_to_another_backend() {
    let envctl = project();
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    let before = state(&envctl, "terraform.tfstate");
    envctl.file("environments/dev/backend.tf", "terraform {\n  backend \"local\" {\n    path = \"moved/here.tfstate\"\n  }\n}\n");
    envctl.run(&["migrate", "dev"]).expect(1).says("-auto-approve");
    envctl.run(&["migrate", "dev", "-from", "local", "-from-config", "path=none.tfstate", "-auto-approve"]).expect(1).says("no state");
    envctl.run(&["migrate", "dev", "-from", "local", "-from-config", "pth=x"]).expect(1).says("pth");
    envctl.run(&["migrate", "dev", "-from", "local"]).expect(1).says("-auto-approve").says("1 instances");
    assert!(!envctl.path("environments/dev/moved/here.tfstate").exists(), "nothing is made before the answer");
    envctl.run(&["migrate", "dev", "-from", "local", "-auto-approve"]).ok().says("terraform.tfstate.backup");
    assert_eq!(state(&envctl, "moved/here.tfstate"), before);
    assert_eq!(state(&envctl, "terraform.tfstate.backup"), before);
    assert!(!envctl.path("environments/dev/terraform.tfstate").exists());
    assert_next_plan_empty(&envctl, "dev");
    envctl.run(&["history", "dev"]).ok().says("1 added");
    envctl.run(&["migrate", "dev", "-from", "local", "-from-config", "path=moved/here.tfstate"]).ok().says("Nothing to migrate");
}

#[test]
fn what_tofu_recorded_is_the_source_and_nothing_newer_is_overwritten() {
    let envctl = project();
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    std::fs::rename(envctl.path("environments/dev/terraform.tfstate"), envctl.path("environments/dev/old.tfstate")).unwrap();
    let record = r#"{"version":3,"serial":1,"lineage":"x","backend":{"type":"local","config":{"path":"old.tfstate","workspace_dir":null},"hash":1}}"#;
    envctl.file("environments/dev/.terraform/terraform.tfstate", record);
    let mut other: Json = state(&envctl, "old.tfstate");
    other["lineage"] = "another".into();
    envctl.file("environments/dev/terraform.tfstate", &other.to_string());
    envctl.run(&["migrate", "dev", "-auto-approve"]).expect(1).says("lineage");
    assert_eq!(state(&envctl, "terraform.tfstate"), other);
    std::fs::remove_file(envctl.path("environments/dev/terraform.tfstate")).unwrap();
    envctl.run(&["migrate", "dev", "-auto-approve"]).ok();
    assert_next_plan_empty(&envctl, "dev");
}
