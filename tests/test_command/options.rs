//! Which files, which output.

use super::{MAIN, project};
use serde_json::Value as Json;

#[test]
fn files_are_found_filtered_and_shadowed() {
    let envctl = project(MAIN, "run \"root\" {}\n");
    envctl.file("tests/b.tftest.hcl", "run \"b\" {}\n").file("tests/b.tofutest.hcl", "run \"tofu\" {}\n");
    envctl.file("more/c.tftest.hcl", "run \"c\" {}\n").file("tests/deep/d.tftest.hcl", "run \"d\" {}\n");
    let all = envctl.run(&["test"]).ok().says("run \"root\"").says("tests/b.tofutest.hcl... pass").says("run \"tofu\"");
    all.never_says("run \"b\"").never_says("run \"c\"").never_says("run \"d\"").says("2 passed");
    envctl.run(&["test", "-test-directory=more"]).ok().says("more/c.tftest.hcl... pass").says("2 passed");
    envctl.run(&["test", "-filter=tests/b.tofutest.hcl"]).ok().says("1 passed").never_says("run \"root\"");
    envctl.run(&["test", "-filter", "main.tftest.hcl", "-filter", "tests/b.tofutest.hcl"]).ok().says("2 passed");
    envctl.run(&["test", "-filter=tests/b.tofutst.hcl"]).expect(1).says("Did you mean tests/b.tofutest.hcl?");
}

#[test]
fn an_environment_is_tested_from_the_project() {
    let envctl = crate::harness::envctl::Envctl::new();
    envctl.file("environments/stage/main.tf", MAIN).file("environments/stage/tests/a.tftest.hcl", "run \"a\" {}\n");
    envctl.run(&["test", "stage"]).ok().says("tests/a.tftest.hcl... pass");
    envctl.run(&["test", "stage", "-filter=environments/stage/tests/a.tftest.hcl"]).ok().says("1 passed");
    envctl.run(&["test", "nowhere"]).expect(1).says("Environment not found");
    envctl.file("environments/bare/main.tf", MAIN);
    envctl.run(&["test", "bare"]).ok().says("No test files").says("0 passed");
}

#[test]
fn the_stream_has_opentofus_lines() {
    let test = "run \"good\" {}\nrun \"wrong\" {\n  command = plan\n  assert {\n    condition     = var.name == \"x\"\n    error_message = \"no\"\n  }\n}\n";
    let out = project(MAIN, test).run(&["test", "-json", "-verbose"]).expect(1);
    let lines: Vec<Json> = out.stdout.lines().map(|l| serde_json::from_str(l).expect(l)).collect();
    let of = |kind: &str| lines.iter().filter(|l| l["type"] == kind).collect::<Vec<_>>();
    assert_eq!(of("test_abstract")[0]["test_abstract"], serde_json::json!({"main.tftest.hcl": ["good", "wrong"]}));
    assert_eq!(of("test_file")[0]["test_file"], serde_json::json!({"path": "main.tftest.hcl", "status": "fail"}));
    let runs: Vec<_> = of("test_run").iter().map(|l| (l["@testrun"].clone(), l["test_run"]["status"].clone())).collect();
    assert_eq!(runs, [("good".into(), "pass".into()), ("wrong".into(), "fail".into())]);
    assert_eq!(of("test_state")[0]["test_state"]["values"]["root_module"]["resources"][0]["address"], "terraform_data.a");
    assert!(of("test_plan")[0]["test_plan"]["resource_changes"].is_array());
    assert_eq!(of("diagnostic")[0]["@testrun"], "wrong");
    let sum = serde_json::json!({"status": "fail", "passed": 1, "failed": 1, "errored": 0, "skipped": 0});
    assert_eq!(of("test_summary")[0]["test_summary"], sum);
    assert!(out.stderr.is_empty(), "{}", out.stderr);
}

#[test]
fn verbose_shows_plans_and_states() {
    let test = "run \"applied\" {}\nrun \"planned\" {\n  command = plan\n  variables { name = \"new\" }\n}\n";
    let out = project(MAIN, test).run(&["test", "-verbose"]).ok();
    out.says("\"plain\" -> \"new\"").says("resource \"terraform_data\" \"a\"").says("Outputs:");
}
