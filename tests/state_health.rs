//! `state verify`, `state versions`, `state restore`, on a local state.

use crate::harness::{Envctl, assert_next_plan_empty};
use serde_json::Value as Json;

const STATE: &str = "environments/dev/terraform.tfstate";

const TREE: &str = r#"
resource "terraform_data" "base" {
  input = "plain"
}

resource "terraform_data" "top" {
  input      = "plain"
  depends_on = [terraform_data.base]
}

resource "random_password" "one" {
  length = 12
}

resource "random_password" "two" {
  length = 12
}
"#;

fn project() -> Envctl {
    let envctl = Envctl::new();
    envctl.file("environments/dev/main.tf", TREE);
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl
}

fn state(envctl: &Envctl) -> Json {
    serde_json::from_str(&envctl.read(STATE)).unwrap()
}

fn damage(envctl: &Envctl, change: impl FnOnce(&mut Json)) {
    let mut json = state(envctl);
    change(&mut json);
    envctl.file(STATE, &json.to_string());
}

#[test]
fn verify_lists_what_is_wrong() {
    let envctl = project();
    envctl.run(&["state", "verify", "dev"]).ok().says("is sound: serial 1, 4 instances");
    let sound = envctl.read(STATE);
    damage(&envctl, |s| {
        s["lineage"] = "".into();
        let resources = s["resources"].as_array_mut().unwrap();
        let base = resources.iter().position(|r| r["name"] == "base").unwrap();
        resources.remove(base);
        let two = resources.iter_mut().find(|r| r["name"] == "two").unwrap();
        two["instances"][0]["schema_version"] = 99.into();
        let mut vpc = serde_json::json!({"mode": "managed", "type": "aws_unheard_of", "name": "a",
            "provider": "provider[\"registry.opentofu.org/hashicorp/aws\"]",
            "instances": [{"schema_version": 0, "attributes": {"id": "x-1"}}]});
        resources.push(vpc.clone());
        vpc["name"] = "b".into();
        resources.push(vpc);
    });
    let out = envctl.run(&["state", "verify", "dev"]).expect(1);
    out.clone().says("state: the lineage is missing");
    out.clone().says("terraform_data.top: it depends on terraform_data.base, which is not in the state");
    out.clone().says("random_password.two: it was written with schema version 99");
    out.clone().says("aws_unheard_of.b: it is the same object as aws_unheard_of.a (aws_unheard_of x-1)");
    out.says("4 problems").says("2 objects have types");
    envctl.file(STATE, &sound[..sound.len() / 2]);
    envctl.run(&["state", "verify", "dev"]).expect(1).says("cut off");
    envctl.file(STATE, "");
    envctl.run(&["state", "verify", "dev"]).ok().says("no state yet");
}

#[test]
fn verify_sees_a_state_that_went_back() {
    let envctl = project();
    let old = envctl.read(STATE);
    envctl.run(&["taint", "dev", "terraform_data.top"]).ok();
    envctl.run(&["untaint", "dev", "terraform_data.top"]).ok();
    envctl.run(&["state", "verify", "dev"]).ok();
    envctl.file(STATE, &old);
    envctl.run(&["state", "verify", "dev"]).expect(1).says("its serial is 1").says("backup is 2");
}

#[test]
fn what_apply_and_rm_leave_is_sound() {
    let envctl = project();
    let without = TREE
        .replace("depends_on = [terraform_data.base]", "")
        .replace("resource \"terraform_data\" \"base\" {\n  input = \"plain\"\n}", "");
    envctl.file("environments/dev/main.tf", &without);
    envctl.run(&["apply", "dev", "-auto-approve"]).ok().says("1 destroyed");
    envctl.run(&["state", "verify", "dev"]).ok();
    envctl.file("environments/dev/main.tf", TREE);
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl.run(&["state", "rm", "dev", "terraform_data.base"]).ok();
    envctl.run(&["state", "verify", "dev"]).ok();
}

#[test]
fn the_backup_can_be_restored() {
    let envctl = project();
    let before = state(&envctl);
    envctl.run(&["state", "versions", "dev"]).ok().says("current").says("serial 1").never_says("backup");
    envctl.run(&["state", "rm", "dev", "random_password"]).expect(1);
    envctl.run(&["state", "rm", "dev", "random_password.one"]).ok();
    let listed = envctl.run(&["state", "versions", "dev"]).ok();
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert!(lines[0].starts_with("current") && lines[0].contains("serial 2") && lines[0].contains("3 instances"), "{lines:?}");
    assert!(lines[1].starts_with("backup") && lines[1].contains("serial 1") && lines[1].contains("4 instances"), "{lines:?}");
    envctl.run(&["state", "restore", "dev", "backup"]).expect(1).says("-auto-approve").says("+ random_password.one");
    envctl.run(&["state", "restore", "dev", "nonsense", "-auto-approve"]).expect(1).says("No such version");
    assert_eq!(state(&envctl)["serial"], 2);
    envctl.run(&["state", "restore", "dev", "backup", "-auto-approve"]).ok().says("serial 3");
    assert_eq!((&state(&envctl)["serial"], &state(&envctl)["resources"]), (&3.into(), &before["resources"]));
    envctl.run(&["state", "restore", "dev", "current", "-auto-approve"]).ok().says("Nothing to restore");
    assert_next_plan_empty(&envctl, "dev");
    envctl.run(&["state", "verify", "dev"]).ok();
}

#[test]
fn a_broken_state_is_replaced_by_its_backup() {
    let envctl = project();
    envctl.run(&["taint", "dev", "terraform_data.top"]).ok();
    let text = envctl.read(STATE);
    envctl.file(STATE, &text[..text.len() - 100]);
    envctl.run(&["plan", "dev"]).expect(1).says("cut off");
    envctl.run(&["state", "restore", "dev", "backup", "-auto-approve"]).ok().says("not usable").says("serial 2");
    assert_eq!(envctl.read("environments/dev/terraform.tfstate.unreadable"), text[..text.len() - 100]);
    let backup: Json = serde_json::from_str(&envctl.read("environments/dev/terraform.tfstate.backup")).unwrap();
    assert_eq!(backup["serial"], 1, "the good backup is not overwritten by the broken state");
    assert_next_plan_empty(&envctl, "dev");
}

#[test]
fn another_lineage_needs_force() {
    let envctl = project();
    envctl.run(&["taint", "dev", "terraform_data.top"]).ok();
    damage(&envctl, |s| s["lineage"] = "another".into());
    envctl.run(&["state", "restore", "dev", "backup", "-auto-approve"]).expect(1).says("lineage").says("-force");
    envctl.run(&["state", "restore", "dev", "backup", "-auto-approve", "-force"]).ok();
    assert_ne!(state(&envctl)["lineage"], "another");
}
