//! Conditions and assertions: what must hold, before, after, and in general.

use crate::harness::envctl::{Envctl, assert_next_plan_empty};

fn project(main: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", main);
    envctl
}

#[test]
fn checks_warn_and_never_stop() {
    let envctl = project(
        r#"
variable "size" { default = 1 }
resource "terraform_data" "a" { input = var.size }
check "small" {
  assert {
    condition     = var.size < 5
    error_message = "size is ${var.size}, and should be below 5"
  }
  assert {
    condition     = terraform_data.a.output < 3
    error_message = "output is ${terraform_data.a.output}"
  }
}
check "reachable" {
  data "terraform_remote_state" "other" {
    backend = "local"
    config  = { path = "not-there.tfstate" }
  }
  assert {
    condition     = data.terraform_remote_state.other.outputs.x == 1
    error_message = "x is not 1"
  }
}
"#,
    );
    envctl.run(&["plan", "."]).ok().says("1 to add").says("not-there").never_says("size is");
    let applied = envctl.run(&["apply", ".", "-auto-approve", "-var", "size=7"]).ok();
    applied.says("size is 7, and should be below 5").says("output is 7").says("main.tf:6");
    envctl.run(&["apply", ".", "-auto-approve"]).ok().never_says("output is");
    assert_next_plan_empty(&envctl, ".");
    project("check \"x\" {}\n").run(&["plan", "."]).expect(1).says("Missing assert block");
}

const CONDITIONS: &str = r#"
variable "limit" { default = 100 }
resource "terraform_data" "first" { input = "v" }
resource "terraform_data" "guarded" {
  input = terraform_data.first.id
  lifecycle {
    precondition {
      condition     = length(terraform_data.first.id) < var.limit
      error_message = "the id is too long"
    }
    postcondition {
      condition     = self.output != "bad"
      error_message = "never"
    }
  }
}
resource "local_file" "after" {
  filename = "after.txt"
  content  = terraform_data.guarded.id
}
"#;

#[test]
fn preconditions_on_unknown_values_are_checked_while_applying() {
    let envctl = project(CONDITIONS);
    envctl.run(&["plan", ".", "-var", "limit=3"]).ok().says("3 to add");
    let failed = envctl.run(&["apply", ".", "-auto-approve", "-var", "limit=3"]).expect(1);
    failed.says("the id is too long").says("Precondition of a resource failed");
    assert!(!envctl.path("after.txt").exists());
    envctl.run(&["state", "list", "."]).ok().says("terraform_data.first").never_says("guarded");
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("2 added");
    assert_next_plan_empty(&envctl, ".");
}

#[test]
fn a_postcondition_stops_what_depends_on_the_object() {
    let envctl = project(&CONDITIONS.replace("!= \"bad\"", "== \"bad\""));
    envctl.run(&["apply", ".", "-auto-approve"]).expect(1).says("Postcondition of a resource failed").says("never");
    assert!(!envctl.path("after.txt").exists());
    envctl.run(&["state", "list", "."]).ok().says("terraform_data.guarded").never_says("local_file");
}

#[test]
fn a_trigger_replaces() {
    let main = |v: u8| {
        format!(
            "resource \"terraform_data\" \"t\" {{ input = {v} }}\nresource \"local_file\" \"f\" {{\n  filename = \"f.txt\"\n  content = \"x\"\n  \
             lifecycle {{ replace_triggered_by = [terraform_data.t.input] }}\n}}\n"
        )
    };
    let envctl = project(&main(1));
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    envctl.file("main.tf", &main(2));
    envctl.run(&["plan", "."]).ok().says("replace_triggered_by").says("1 to add, 1 to change, 1 to destroy");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    assert_next_plan_empty(&envctl, ".");
}

/// The results that `terraform` 1.11 writes for the same configuration.
#[test]
fn states_and_plans_hold_how_conditions_came_out() {
    let envctl = project(
        r#"
variable "v" {
  default = "x"
  validation {
    condition     = var.v != "y"
    error_message = "y"
  }
}
resource "terraform_data" "a" {
  count = 1
  lifecycle {
    postcondition {
      condition     = self.id != var.v
      error_message = "id"
    }
  }
}
resource "terraform_data" "none" {
  count = 0
  lifecycle {
    precondition {
      condition     = var.v != "z"
      error_message = "z"
    }
  }
}
check "c" {
  assert {
    condition     = terraform_data.a[0].id == "q"
    error_message = "never ${var.v}"
  }
}
"#,
    );
    envctl.run(&["plan", ".", "-out", "p"]).ok();
    let shown: serde_json::Value = serde_json::from_str(&envctl.run(&["show", "p", "-json"]).ok().stdout).unwrap();
    let planned: Vec<(&str, &str)> = shown["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["address"]["to_display"].as_str().unwrap(), c["status"].as_str().unwrap()))
        .collect();
    assert_eq!(planned, [("check.c", "unknown"), ("terraform_data.a", "unknown"), ("terraform_data.none", "pass"), ("var.v", "pass")]);
    envctl.run(&["apply", "p"]).ok();
    let state: serde_json::Value = serde_json::from_str(&envctl.read("terraform.tfstate")).unwrap();
    let want = serde_json::json!([
        {"object_kind": "check", "config_addr": "check.c", "status": "fail",
         "objects": [{"object_addr": "check.c", "status": "fail", "failure_messages": ["never x"]}]},
        {"object_kind": "resource", "config_addr": "terraform_data.a", "status": "pass",
         "objects": [{"object_addr": "terraform_data.a[0]", "status": "pass"}]},
        {"object_kind": "resource", "config_addr": "terraform_data.none", "status": "pass", "objects": null},
        {"object_kind": "var", "config_addr": "var.v", "status": "pass", "objects": [{"object_addr": "var.v", "status": "pass"}]},
    ]);
    assert_eq!(state["check_results"], want);
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let again: serde_json::Value = serde_json::from_str(&envctl.read("terraform.tfstate")).unwrap();
    assert_eq!(again["serial"], state["serial"], "the same results are no change");
    envctl.run(&["destroy", ".", "-auto-approve"]).ok();
    let empty: serde_json::Value = serde_json::from_str(&envctl.read("terraform.tfstate")).unwrap();
    assert!(empty["check_results"].as_array().unwrap().iter().all(|c| c["status"] == "unknown"));
}
