//! Plans in files: carried out exactly, once, and refused when anything moved.

use crate::harness::envctl::{Envctl, assert_next_plan_empty};
use std::os::unix::fs::PermissionsExt;

const MAIN: &str = r#"
variable "word" { default = "one" }
variable "token" {
  default   = "hush-hush-token"
  sensitive = true
}
resource "terraform_data" "a" { input = "${var.word} ${file("extra.txt")}" }
resource "local_sensitive_file" "b" {
  filename = "${path.root}/out/b.txt"
  content  = "${terraform_data.a.id} ${var.token}"
}
output "word" { value = terraform_data.a.output }
output "at" { value = plantimestamp() }
"#;

fn project() -> Envctl {
    let envctl = Envctl::new();
    envctl.file("environments/stage/main.tf", MAIN).file("environments/stage/extra.txt", "extra");
    envctl
}

#[test]
fn a_saved_plan_is_carried_out_without_a_question_and_once() {
    let envctl = project();
    envctl
        .run(&["plan", "stage", "-var", "word=two", "-out", "stage.plan"])
        .ok()
        .says("2 to add")
        .says("envctl apply")
        .never_says("hush-hush");
    let mode = std::fs::metadata(envctl.path("stage.plan")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    envctl.run(&["apply", "stage.plan"]).ok().says("Applied: 2 added").never_says("hush-hush");
    assert!(envctl.read("environments/stage/out/b.txt").ends_with(" hush-hush-token"));
    envctl.run(&["output", "stage", "-raw", "word"]).ok().says("two extra");
    envctl.run(&["apply", "stage.plan"]).expect(1).says("The plan is stale");
}

#[test]
fn the_flag_and_the_environment_must_agree() {
    let envctl = project();
    envctl.file("environments/prod/main.tf", "");
    envctl.run(&["plan", "stage", "-out=stage.plan"]).ok();
    envctl.run(&["apply", "prod", "--plan", "stage.plan"]).expect(1).says("another environment");
    envctl.run(&["apply", "stage", "--plan", "stage.plan", "-var", "word=x"]).expect(1).says("Variables cannot be given");
    envctl.run(&["apply", "stage", "--plan", "stage.plan", "-target", "terraform_data.a"]).expect(1).says("-target");
    envctl.run(&["apply", "stage", "--plan", "stage.plan"]).ok();
}

#[test]
fn changed_files_and_a_state_that_moved_refuse_it() {
    let envctl = project();
    envctl.run(&["plan", "stage", "-out", "p"]).ok();
    envctl.file("environments/stage/extra.txt", "other");
    envctl.run(&["apply", "p"]).expect(1).says("extra.txt").says("The plan is stale");
    envctl.file("environments/stage/extra.txt", "extra").file("environments/stage/more.tf", "locals { x = 1 }");
    envctl.run(&["apply", "p"]).expect(1).says("more.tf");
    std::fs::remove_file(envctl.path("environments/stage/more.tf")).unwrap();
    envctl.run(&["apply", "stage", "-auto-approve"]).ok();
    envctl.run(&["apply", "p"]).expect(1).says("The plan is stale");
    envctl.run(&["apply", "extra"]).expect(1);
    envctl.file("no.plan", "{}").run(&["apply", "no.plan"]).expect(1).says("Not a plan file");
}

#[test]
fn destroying_can_be_planned_in_a_file_too() {
    let envctl = project();
    envctl.run(&["apply", "stage", "-auto-approve"]).ok();
    envctl.run(&["plan", "stage", "-destroy", "-out", "gone.plan"]).ok().says("2 to destroy");
    envctl.run(&["apply", "gone.plan"]).ok().says("Destroyed: 0 added, 0 changed, 2 destroyed");
    assert!(!envctl.path("environments/stage/out/b.txt").exists());
    envctl.run(&["state", "list", "stage"]).ok().never_says("terraform_data");
}

#[test]
fn the_backend_given_when_planning_is_kept() {
    let envctl = project();
    envctl.file("environments/stage/backend.tf", "terraform {\n  backend \"local\" {}\n}\n");
    envctl.run(&["plan", "stage", "-backend-config=path=one.tfstate", "-out", "one.plan"]).ok();
    envctl.run(&["plan", "stage", "-backend-config=path=two.tfstate", "-out", "two.plan"]).ok();
    envctl.run(&["apply", "two.plan"]).ok();
    assert!(envctl.path("environments/stage/two.tfstate").exists() && !envctl.path("environments/stage/one.tfstate").exists());
    envctl.run(&["apply", "one.plan"]).ok();
    assert!(envctl.path("environments/stage/one.tfstate").exists());
}

#[test]
fn plantimestamp_is_when_it_was_planned() {
    let envctl = Envctl::new();
    envctl.file("main.tf", "resource \"terraform_data\" \"a\" { input = plantimestamp() }");
    envctl.run(&["plan", ".", "-out", "p"]).ok();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    envctl.run(&["apply", "p"]).ok();
    envctl.file("main.tf", "resource \"terraform_data\" \"a\" { input = terraform_data.b.input }\nresource \"terraform_data\" \"b\" {}");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    assert_next_plan_empty(&envctl, ".");
}
