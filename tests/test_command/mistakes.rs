//! Mistakes in test files are all reported, before anything is made.

use super::{MAIN, project};

#[track_caller]
fn refuses(test: &str, says: &[&str]) {
    let envctl = project(MAIN, test);
    let mut out = envctl.run(&["test"]).expect(1);
    for text in says {
        out = out.says(text);
    }
    assert!(!out.stdout.contains("run \""), "something ran:\n{}", out.text());
}

#[test]
fn blocks_and_arguments() {
    refuses("runs \"a\" {}\n", &["There is no block type \"runs\"", "Did you mean \"run\"?"]);
    refuses("name = 1\n", &["outside of a block"]);
    refuses("run {}\n", &["one label"]);
    refuses("run \"a b\" {}\n", &["is not a valid name"]);
    refuses("run \"a\" {\n  comand = plan\n}\n", &["Did you mean \"command\"?"]);
    refuses("run \"a\" {\n  command = destroy\n}\n", &["apply, plan"]);
    refuses("run \"a\" {\n  command = \"plan\"\n}\n", &["without quotes", "Write: command = plan"]);
    refuses("run \"a\" {\n  plan_options { mode = refresh_only }\n}\n", &["normal, refresh-only"]);
    refuses("run \"a\" {\n  plan_options {\n    mode    = refresh-only\n    refresh = false\n  }\n}\n", &["Incompatible plan options"]);
    refuses("run \"a\" {\n  plan_options { replace = [data.x.y] }\n}\n", &["Only managed resources"]);
    refuses("run \"a\" {\n  state_key = \"x\"\n}\n", &["is Terraform's"]);
    refuses("run \"a\" {\n  assert {\n    condition = true\n  }\n}\n", &["\"error_message\" is required in an assert block"]);
    refuses("run \"a\" {\n  module {}\n}\n", &["\"source\" is required"]);
    refuses("variables {}\nvariables {}\n", &["Duplicate variables block"]);
    refuses("run \"a\" {\n", &["main.tftest.hcl:1"]);
}

#[test]
fn names_and_references_between_runs() {
    refuses("run \"a\" {}\nrun \"a\" {}\n", &["Duplicate run", "main.tftest.hcl:1 already"]);
    refuses("run \"a\" {\n  variables { name = run.b.name }\n}\nrun \"b\" {}\n", &["Reference to a later run", "Move the run \"b\" up"]);
    refuses("run \"aa\" {}\nrun \"b\" {\n  variables { name = run.a.name }\n}\n", &["no run \"a\"", "Did you mean \"aa\"?"]);
    refuses("run \"a\" {\n  variables { name = run.a.name }\n}\n", &["Reference to the run itself"]);
    refuses("run \"a\" {\n  expect_failures = [module.m, local.x, var.name.x]\n}\n", &["\"module.m\"", "\"local.x\"", "\"var.name.x\""]);
    refuses("mock_provider \"local\" {}\nmock_provider \"local\" {}\n", &["Duplicate mock_provider block"]);
    refuses(
        "run \"a\" {\n  assert {\n    condition     = 1 == 1\n    error_message = \"x\"\n  }\n}\n",
        &["says nothing about what is tested"],
    );
}

#[test]
fn all_files_are_read_before_one_runs() {
    let envctl = project(MAIN, "run \"good\" {}\n");
    envctl.file("tests/bad.tftest.hcl", "run \"a\" {\n  comand = plan\n}\n").file("tests/worse.tftest.hcl", "rnu \"a\" {}\n");
    let out = envctl.run(&["test"]).expect(1);
    let out = out.says("tests/bad.tftest.hcl:2").says("tests/worse.tftest.hcl:1");
    assert!(!out.stdout.contains("good"), "{}", out.text());
}

#[test]
fn conditions_that_are_no_conditions() {
    let case = |condition: &str| {
        let test =
            format!("run \"a\" {{\n  assert {{\n    condition     = {condition}\n    error_message = \"x\"\n  }}\n}}\nrun \"b\" {{}}\n");
        project(MAIN, &test).run(&["test"]).expect(1).says("run \"a\"... fail").says("run \"b\"... skip")
    };
    case("[var.name]").says("it is of type");
    case("var.name").says("it is of type string");
    case("var.name == null ? true : null").says("it is null");
    case("terraform_data.b.output == 1").says("terraform_data.b is not declared").says("terraform_data.a");
    case("output.nam == 1").says("no output \"nam\"").says("Did you mean output.name?");
    case("length(var.name, 1) == 1").says("length");
}

#[test]
fn missing_values_are_named() {
    let main = "variable \"needed\" {}\noutput \"n\" { value = var.needed }\n";
    project(main, "run \"a\" {\n  command = plan\n}\n").run(&["test"]).expect(1).says("No value for required variable").says("needed");
    project(main, "run \"a\" {\n  command = plan\n  variables { needed = 1 }\n}\n").run(&["test"]).ok();
    let typed = "variable \"n\" { type = number }\n";
    let out = project(typed, "run \"a\" {\n  command = plan\n  variables { n = \"x\" }\n}\n").run(&["test"]).expect(1);
    out.says("Invalid value for variable");
    let other = "run \"a\" {\n  variables { name = local.x }\n}\n";
    project(MAIN, other).run(&["test"]).expect(1).says("Reference not available here");
}
