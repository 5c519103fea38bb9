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
