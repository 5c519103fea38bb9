//! Failing runs: assertions with their values, expected failures, checks.

use super::{MAIN, project};

#[test]
fn a_failed_assertion_shows_what_the_names_stood_for() {
    let test = r#"
run "wrong" {
  assert {
    condition     = terraform_data.a.output == "other" && length(output.name) == 1
    error_message = "it is ${output.name}"
  }
  assert {
    condition     = var.name == "plain"
    error_message = "this one holds"
  }
}
run "goes_on" {}
"#;
    let out = project(MAIN, test).run(&["test"]).expect(1);
    let out = out.says("run \"wrong\"... fail").says("run \"goes_on\"... pass").says("Failure! 1 passed, 1 failed.");
    let out = out.says("Test assertion failed").says("main.tftest.hcl:4:21").says("it is plain");
    out.says("terraform_data.a.output is \"plain\"").says("output.name is \"plain\"").never_says("this one holds");
}

#[test]
fn secrets_are_not_shown() {
    let main = "variable \"secret\" {\n  default   = \"hunter2222\"\n  sensitive = true\n}\nresource \"terraform_data\" \"a\" { input = var.secret }\n";
    let test = "run \"r\" {\n  assert {\n    condition     = var.secret == terraform_data.a.id\n    error_message = \"it is ${var.secret}\"\n  }\n}\n";
    let out = project(main, test).run(&["test", "-verbose"]).expect(1);
    out.says("var.secret is a sensitive value").says("refers to sensitive values").never_says("hunter2222");
}

#[test]
fn an_error_skips_what_follows() {
    let test = "run \"ok\" {}\nrun \"broken\" {\n  variables { name = \"bad\" }\n}\nrun \"never\" {}\n";
    let out = project(MAIN, test).run(&["test"]).expect(1);
    out.says("run \"broken\"... fail").says("run \"never\"... skip").says("bad is refused").says("1 passed, 1 failed, 1 skipped");
}

#[test]
fn expected_failures_must_come() {
    let test = r#"
run "variable" {
  command = plan
  variables { name = "much too long" }
  expect_failures = [var.name]
}
run "precondition" {
  command = plan
  variables { name = "bad" }
  expect_failures = [terraform_data.a]
}
run "output" {
  command = plan
  variables { name = "mute" }
  expect_failures = [output.name]
}
run "check" {
  variables { name = "storm" }
  expect_failures = [check.calm]
}
run "postcondition" {
  variables { name = "late" }
  expect_failures = [terraform_data.a]
}
"#;
    project(MAIN, test).run(&["test"]).ok().says("5 passed").never_says("too late");
    let held = "run \"held\" {\n  command = plan\n  expect_failures = [var.name, check.calm]\n}\n";
    let out = project(MAIN, held).run(&["test"]).expect(1);
    out.says("Missing expected failure").says("A condition of var.name").says("A condition of check.calm");
    let other = "run \"other\" {\n  command = plan\n  variables { name = \"bad\" }\n  expect_failures = [check.calm]\n}\n";
    project(MAIN, other).run(&["test"]).expect(1).says("bad is refused").says("check.calm was expected to fail");
}

#[test]
fn a_failure_before_the_apply_is_none_of_the_apply() {
    let test = "run \"r\" {\n  variables { name = \"much too long\" }\n  expect_failures = [var.name]\n}\n";
    project(MAIN, test).run(&["test"]).expect(1).says("already in the plan").says("command = plan");
}

#[test]
fn a_check_that_fails_unexpectedly_fails_the_run() {
    let test = "run \"r\" {\n  variables { name = \"storm\" }\n}\n";
    project(MAIN, test).run(&["test"]).expect(1).says("a storm").says("var.name is \"storm\"");
}

#[test]
fn what_is_not_known_in_a_plan_is_not_decided() {
    let test =
        "run \"r\" {\n  command = plan\n  assert {\n    condition     = terraform_data.a.id == \"x\"\n    error_message = \"id\"\n  }\n}\n";
    let out = project(MAIN, test).run(&["test"]).expect(1);
    out.says("Assertion not decided").says("terraform_data.a.id is a string, known only after apply").says("command = apply");
    let test = "run \"first\" {\n  command = plan\n}\nrun \"second\" {\n  variables { name = run.first.name }\n}\n";
    project(MAIN, test).run(&["test"]).expect(1).says("Value not known yet");
}
