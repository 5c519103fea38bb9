//! Runs: plan and apply, variables, outputs of earlier runs, helper modules, one state per module.

use super::{MAIN, project};

#[test]
fn runs_follow_each_other_and_the_environments_state_is_left_alone() {
    let test = r#"
run "first" {
  assert {
    condition     = terraform_data.a.output == "plain" && output.name == "plain"
    error_message = "not plain"
  }
}
run "again" {
  variables { name = "${run.first.name}2" }
  assert {
    condition     = output.name == "plain2" && var.name == "plain2"
    error_message = "not plain2"
  }
}
run "planned" {
  command = plan
  variables { name = "third" }
  assert {
    condition     = terraform_data.a.input == "third" && terraform_data.a.id != null
    error_message = "the state of the second run is planned on, so the id is known"
  }
}
"#;
    let envctl = project(MAIN, test);
    let out = envctl.run(&["test"]).ok();
    let want = "main.tftest.hcl... pass\n  run \"first\"... pass\n  run \"again\"... pass\n  run \"planned\"... pass\n\nSuccess! 3 passed, 0 failed.\n";
    assert_eq!(out.stdout, want, "{}", out.text());
    assert!(!envctl.path("terraform.tfstate").exists(), "the backend was written to");
    assert!(!envctl.path(".envctl").exists(), "something was left behind");
}

#[test]
fn later_sources_of_variables_win() {
    let main = "variable \"v\" { default = \"default\" }\nvariable \"list\" {\n  type    = list(number)\n  default = []\n}\noutput \"v\" { value = var.v }\n";
    let check = |name: &str, want: &str, inside: &str| {
        format!(
            "run \"{name}\" {{\n  command = plan\n  {inside}\n  assert {{\n    condition     = output.v == \"{want}\"\n    error_message = \"it is ${{output.v}}\"\n  }}\n}}\n"
        )
    };
    let envctl = project(main, &check("default", "default", ""));
    envctl.run(&["test"]).ok();
    let envctl = envctl.with_env("TF_VAR_v", "environment");
    envctl.file("main.tftest.hcl", &check("environment", "environment", ""));
    envctl.run(&["test"]).ok();
    envctl.file("terraform.tfvars", "v = \"tfvars\"\n").file("main.tftest.hcl", &check("tfvars", "tfvars", ""));
    envctl.run(&["test"]).ok();
    envctl.file("tests/terraform.tfvars", "v = \"tests\"\n").file("main.tftest.hcl", &check("tests", "tests", ""));
    envctl.run(&["test"]).ok();
    envctl.file("main.tftest.hcl", &check("argument", "argument", ""));
    envctl.run(&["test", "-var", "v=argument"]).ok();
    envctl.run(&["test"]).expect(1).says("it is tests");
    let file = "variables {\n  v = \"file\"\n  of_the_file = \"f\"\n}\n";
    envctl.file("main.tftest.hcl", &format!("{file}{}", check("file", "file", "")));
    envctl.run(&["test", "-var", "v=argument"]).ok();
    let inside = "variables {\n    v    = \"run ${var.of_the_file} ${length(var.list)}\"\n    list = [1, 2]\n  }";
    envctl.file("main.tftest.hcl", &format!("{file}{}", check("run", "run f 0", inside)));
    envctl.run(&["test", "-var", "v=argument"]).ok();
}

#[test]
fn assertions_may_name_variables_that_only_the_test_has() {
    let test = "variables { wanted = \"plain\" }\nrun \"r\" {\n  assert {\n    condition     = output.name == var.wanted\n    error_message = \"wanted ${var.wanted}\"\n  }\n}\n";
    project(MAIN, test).run(&["test"]).ok();
    let test = "run \"r\" {\n  command = plan\n  variables { nmae = \"x\" }\n}\n";
    project(MAIN, test).run(&["test"]).ok().says("Value for undeclared variable").says("Did you mean \"name\"?");
}

#[test]
fn helper_modules_have_states_of_their_own() {
    let test = r#"
run "setup" {
  module { source = "./tests/setup" }
  variables { prefix = "s" }
}
run "main" {
  variables { name = run.setup.made }
  assert {
    condition     = output.name == "s-made"
    error_message = "setup did not arrive"
  }
}
run "look" {
  module { source = "./tests/setup" }
  variables { prefix = run.main.name }
  assert {
    condition     = terraform_data.helper.id == run.setup.id
    error_message = "another state"
  }
  assert {
    condition     = output.where == "tests/setup"
    error_message = "path.module is ${output.where}"
  }
}
"#;
    let setup = "variable \"prefix\" {}\nresource \"terraform_data\" \"helper\" { input = \"${var.prefix}-made\" }\noutput \"made\" { value = terraform_data.helper.output }\noutput \"id\" { value = terraform_data.helper.id }\noutput \"where\" { value = path.module }\n";
    let envctl = project(MAIN, test);
    envctl.file("tests/setup/main.tf", setup);
    envctl.run(&["test", "-var", "name=given"]).ok().says("3 passed");
    envctl.file("main.tftest.hcl", "run \"r\" {\n  module { source = \"./no/such\" }\n}\n");
    envctl.run(&["test"]).expect(1).says("no/such");
    envctl.file("main.tftest.hcl", "run \"r\" {\n  module { source = \"hashicorp/x/aws\" }\n}\n");
    envctl.run(&["test"]).expect(1).says("Module source not supported yet");
}

#[test]
fn provider_blocks_may_use_variables_and_earlier_runs() {
    let test = r#"
variables { folder = "x" }
provider "local" {}
provider "random" {
  alias = "other"
}
run "first" {
  providers = { random = random.other }
  assert {
    condition     = length(random_string.s.result) == 4
    error_message = "length"
  }
}
"#;
    project("resource \"random_string\" \"s\" { length = 4 }\n", test).run(&["test"]).ok();
    let unknown = "run \"r\" {\n  providers = { random = random.othr }\n}\n";
    let test = format!("provider \"random\" {{\n  alias = \"other\"\n}}\n{unknown}");
    let envctl = project("resource \"random_string\" \"s\" { length = 4 }\n", &test);
    envctl.run(&["test"]).expect(1).says("Missing provider definition").says("Did you mean \"random.other\"?");
}

#[test]
fn plan_options_limit_and_steer_the_plan() {
    let main = "resource \"terraform_data\" \"a\" { input = 1 }\nresource \"terraform_data\" \"b\" { input = 1 }\noutput \"a\" { value = terraform_data.a.id }\noutput \"b\" { value = terraform_data.b.id }\n";
    let test = r#"
run "only_a" {
  plan_options { target = [terraform_data.a] }
}
run "refreshed" {
  plan_options { mode = refresh-only }
}
run "both" {}
run "replaced" {
  plan_options {
    replace = [terraform_data.a]
    refresh = false
  }
  assert {
    condition     = output.a != run.both.a && output.b == run.both.b
    error_message = "only a is replaced"
  }
}
"#;
    project(main, test).run(&["test"]).ok().says("4 passed");
}

#[test]
fn json_files_say_the_same() {
    let envctl = project(MAIN, "");
    let json = r#"{
  "variables": { "name": "json" },
  "run": {
    "one": {
      "command": "plan",
      "assert": { "condition": "${terraform_data.a.input == \"json\"}", "error_message": "it is ${terraform_data.a.input}" }
    },
    "two": { "command": "plan", "variables": { "name": "bad" }, "expect_failures": ["terraform_data.a"] }
  }
}"#;
    envctl.file("tests/other.tftest.json", json);
    envctl.run(&["test"]).ok().says("tests/other.tftest.json... pass").says("2 passed");
}
