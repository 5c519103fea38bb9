//! What programs read: `-json` streams, `show -json`, `output -json`.

use crate::harness::envctl::{Envctl, Outcome};
use serde_json::{Value as Json, json};

const MAIN: &str = r#"
variable "token" {
  default   = "hush-hush-token"
  sensitive = true
}
resource "terraform_data" "a" {
  for_each = toset(["x"])
  input    = { token = var.token, key = each.key }
}
resource "random_password" "p" { length = 20 }
module "m" { source = "./m" }
output "open" { value = module.m.id }
output "secret" {
  value     = random_password.p.result
  sensitive = true
}
"#;

fn project() -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", MAIN);
    envctl
        .file("m/main.tf", "resource \"null_resource\" \"n\" {\n  triggers = { a = 1 }\n}\noutput \"id\" { value = null_resource.n.id }\n");
    envctl
}

fn lines(outcome: &Outcome) -> Vec<Json> {
    outcome.stdout.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l:?}"))).collect()
}

fn of<'a>(lines: &'a [Json], kind: &str) -> Vec<&'a Json> {
    lines.iter().filter(|l| l["type"] == kind).collect()
}

#[test]
fn a_plan_streams_its_changes() {
    let envctl = project();
    let outcome = envctl.run(&["plan", ".", "-json"]).ok().never_says("hush-hush");
    assert!(outcome.stderr.is_empty(), "{}", outcome.stderr);
    let lines = lines(&outcome);
    assert_eq!(lines[0]["type"], "version");
    assert!(lines.iter().all(|l| ["@level", "@message", "@module", "@timestamp", "type"].iter().all(|k| l.get(k).is_some())));
    let changes = of(&lines, "planned_change");
    let a = changes.iter().find(|c| c["change"]["resource"]["addr"] == "terraform_data.a[\"x\"]").unwrap();
    assert_eq!(a["change"]["action"], "create");
    assert_eq!(a["change"]["resource"]["resource_key"], "x");
    let n = changes.iter().find(|c| c["change"]["resource"]["module"] == "module.m").unwrap();
    assert_eq!(n["change"]["resource"]["resource"], "null_resource.n");
    let summary = of(&lines, "change_summary")[0];
    assert_eq!(summary["changes"], json!({"add": 3, "change": 0, "import": 0, "remove": 0, "forget": 0, "operation": "plan"}));
    assert_eq!(summary["@message"], "Plan: 3 to add, 0 to change, 0 to destroy.");
}

#[test]
fn an_apply_streams_what_happens() {
    let envctl = project();
    envctl.run(&["apply", ".", "-json"]).expect(1).says("-auto-approve");
    let outcome = envctl.run(&["apply", ".", "-json", "-auto-approve"]).ok().never_says("hush-hush");
    let all = lines(&outcome);
    assert_eq!(of(&all, "apply_start").len(), 3);
    let done = of(&all, "apply_complete");
    assert_eq!(done.len(), 3);
    assert!(done.iter().all(|d| d["hook"]["id_key"] == "id" && d["hook"]["elapsed_seconds"].is_u64()));
    let outputs = of(&all, "outputs");
    let last = outputs.last().unwrap();
    assert_eq!(last["outputs"]["secret"]["sensitive"], true);
    assert!(last["outputs"]["secret"].get("value").is_none() && last["outputs"]["open"]["value"].is_string());
    assert_eq!(of(&all, "change_summary").last().unwrap()["changes"]["operation"], "apply");
    let again = lines(&envctl.run(&["plan", ".", "-json"]).ok());
    assert_eq!(of(&again, "refresh_start").len(), 3);
    assert_eq!(of(&again, "refresh_complete").len(), 3);
    let gone = lines(&envctl.run(&["destroy", ".", "-json", "-auto-approve"]).ok());
    assert_eq!(of(&gone, "apply_complete").iter().filter(|l| l["hook"]["action"] == "delete").count(), 3);
}

#[test]
fn errors_are_lines_too() {
    let envctl = Envctl::new();
    envctl.file("main.tf", "output \"x\" { value = var.nope }\n");
    let outcome = envctl.run(&["plan", ".", "-json"]).expect(1);
    let all = lines(&outcome);
    let d = &of(&all, "diagnostic")[0]["diagnostic"];
    assert_eq!(d["severity"], "error");
    assert_eq!(d["range"]["start"]["line"], 1);
}

#[test]
fn a_saved_plan_is_shown_as_text_and_json() {
    let envctl = project();
    envctl.run(&["plan", ".", "-out", "p"]).ok();
    envctl.run(&["show", "p"]).ok().says("3 to add").never_says("hush-hush");
    let plan: Json = serde_json::from_str(&envctl.run(&["show", "-json", "p"]).ok().stdout).unwrap();
    assert_eq!(plan["format_version"], "1.2");
    assert_eq!(plan["variables"]["token"]["value"], "hush-hush-token");
    let changes = plan["resource_changes"].as_array().unwrap();
    let a = changes.iter().find(|c| c["type"] == "terraform_data").unwrap();
    assert_eq!(a["change"]["actions"], json!(["create"]));
    assert_eq!(a["index"], "x");
    assert_eq!(a["change"]["before"], Json::Null);
    assert_eq!(a["change"]["after"]["input"], json!({"key": "x", "token": "hush-hush-token"}));
    assert_eq!(a["change"]["after_sensitive"]["input"], json!({"token": true}));
    assert_eq!(a["change"]["after_unknown"]["id"], true);
    assert_eq!(plan["planned_values"]["root_module"]["child_modules"][0]["address"], "module.m");
    assert_eq!(plan["configuration"]["root_module"]["resources"][0]["expressions"]["length"], json!({"constant_value": 20}));
    assert_eq!(plan["configuration"]["root_module"]["module_calls"]["m"]["source"], "./m");
    assert_eq!(plan["output_changes"]["open"]["after_unknown"], true);
    assert_eq!(plan["errored"], false);
}

#[test]
fn the_state_is_shown_as_text_and_json() {
    let envctl = project();
    envctl.run(&["show", "."]).ok().says("empty");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    envctl.run(&["show", "."]).ok().says("terraform_data.a[\"x\"]").says("Outputs:").never_says("hush-hush");
    let state: Json = serde_json::from_str(&envctl.run(&["show", ".", "-json"]).ok().stdout).unwrap();
    assert_eq!(state["format_version"], "1.0");
    let root = &state["values"]["root_module"];
    let password = root["resources"].as_array().unwrap().iter().find(|r| r["type"] == "random_password").unwrap();
    assert_eq!(password["sensitive_values"]["result"], true);
    assert_eq!(password["values"]["result"].as_str().unwrap().len(), 20);
    assert_eq!(root["child_modules"][0]["resources"][0]["address"], "module.m.null_resource.n");
    let outputs: Json = serde_json::from_str(&envctl.run(&["output", ".", "-json"]).ok().stdout).unwrap();
    assert_eq!(outputs["secret"]["value"], password["values"]["result"]);
    let one: Json = serde_json::from_str(&envctl.run(&["output", ".", "-json", "open"]).ok().stdout).unwrap();
    assert!(one.is_string());
}
