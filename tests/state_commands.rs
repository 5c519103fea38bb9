//! Commands that change a state by hand, on a local state.

use crate::harness::{Envctl, assert_next_plan_empty};
use serde_json::Value as Json;

const TREE: &str = r#"
variable "note" {
  default = "plain"
}

resource "terraform_data" "base" {
  input = var.note
}

resource "terraform_data" "top" {
  input = terraform_data.base.id
}

resource "null_resource" "many" {
  for_each = toset(["a", "b"])
}

module "inner" {
  source = "./inner"
}
"#;

const INNER: &str = r#"
resource "null_resource" "deep" {
  count = 2
}
"#;

const STATE: &str = "environments/dev/terraform.tfstate";

fn project() -> Envctl {
    let envctl = Envctl::new();
    envctl.file("environments/dev/main.tf", TREE).file("environments/dev/inner/main.tf", INNER);
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl
}

fn state(envctl: &Envctl) -> Json {
    serde_json::from_str(&envctl.read(STATE)).unwrap()
}

fn serial(envctl: &Envctl) -> u64 {
    state(envctl)["serial"].as_u64().unwrap()
}

fn list(envctl: &Envctl, more: &[&str]) -> Vec<String> {
    let args: Vec<&str> = ["state", "list", "dev"].iter().chain(more).copied().collect();
    envctl.run(&args).ok().stdout.lines().map(str::to_owned).collect()
}

/// No lock, no half-written file is left beside the state.
fn assert_tidy(envctl: &Envctl) {
    let left = std::fs::read_dir(envctl.path("environments/dev")).unwrap();
    let names: Vec<String> = left.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|n| n.contains("lock.info") || n.contains(".tmp")), "{names:?}");
}

#[test]
fn list_filters_by_address_and_id() {
    let envctl = project();
    let all = [
        "null_resource.many[\"a\"]",
        "null_resource.many[\"b\"]",
        "terraform_data.base",
        "terraform_data.top",
        "module.inner.null_resource.deep[0]",
        "module.inner.null_resource.deep[1]",
    ];
    assert_eq!(list(&envctl, &[]), all);
    assert_eq!(list(&envctl, &["null_resource.many"]), all[..2]);
    assert_eq!(list(&envctl, &["module.inner", "terraform_data.top"]), all[3..]);
    let id = state(&envctl)["resources"][1]["instances"][0]["attributes"]["id"].as_str().unwrap().to_owned();
    assert_eq!(list(&envctl, &["-id", &id]), ["terraform_data.base"]);
    assert_eq!(list(&envctl, &["-id=none-such"]), [""; 0]);
    envctl.run(&["state", "list", "dev", "null_resource.no"]).expect(1).says("null_resource.no").says("Not in the state");
    let inside = envctl.run_in("environments/dev", &["state", "list", "terraform_data.base"]).ok();
    assert_eq!(inside.stdout, "terraform_data.base\n");
}

#[test]
fn show_prints_as_tofu_does() {
    let envctl = project();
    let id = state(&envctl)["resources"][1]["instances"][0]["attributes"]["id"].as_str().unwrap().to_owned();
    let shown = envctl.run(&["state", "show", "dev", "terraform_data.base"]).ok();
    let want = format!(
        "# terraform_data.base:\nresource \"terraform_data\" \"base\" {{\n    id     = \"{id}\"\n    input  = \"plain\"\n    output = \"plain\"\n}}\n"
    );
    assert_eq!(shown.stdout, want);
    envctl.run(&["state", "show", "dev", "terraform_data.no"]).expect(1).says("no object at terraform_data.no");
}

#[test]
fn mv_changes_addresses_and_nothing_else() {
    let envctl = project();
    let (before, first) = (state(&envctl), serial(&envctl));
    envctl
        .run(&["state", "mv", "dev", "terraform_data.base", "terraform_data.moved", "-dry-run"])
        .ok()
        .says("Would move terraform_data.base");
    assert_eq!(state(&envctl), before);
    envctl
        .run(&["state", "mv", "dev", "terraform_data.base", "terraform_data.moved"])
        .ok()
        .says("Moved terraform_data.base to terraform_data.moved");
    let after = state(&envctl);
    assert_eq!((serial(&envctl), &after["lineage"]), (first + 1, &before["lineage"]));
    assert_eq!(list(&envctl, &["terraform_data"].map(|_| "terraform_data.moved")), ["terraform_data.moved"]);
    let top = after["resources"].as_array().unwrap().iter().find(|r| r["name"] == "top").unwrap();
    assert_eq!(top["instances"][0]["dependencies"], serde_json::json!(["terraform_data.moved"]));
    assert_eq!(serde_json::from_str::<Json>(&envctl.read("environments/dev/terraform.tfstate.backup")).unwrap(), before);
    envctl.file("environments/dev/main.tf", &TREE.replace("\"base\"", "\"moved\"").replace("terraform_data.base", "terraform_data.moved"));
    assert_next_plan_empty(&envctl, "dev");

    envctl.run(&["state", "mv", "dev", "module.inner", "module.other"]).ok();
    envctl.run(&["state", "mv", "dev", "null_resource.many[\"a\"]", "null_resource.many[\"c\"]"]).ok();
    let moved = ["null_resource.many[\"b\"]", "null_resource.many[\"c\"]", "module.other.null_resource.deep[0]"];
    assert_eq!(list(&envctl, &["null_resource.many", "module.other.null_resource.deep[0]"]), moved);
    assert_eq!(serial(&envctl), first + 3);
    let before = state(&envctl);
    envctl.run(&["state", "mv", "dev", "terraform_data.top", "terraform_data.moved"]).expect(1).says("terraform_data.moved already");
    envctl.run(&["state", "mv", "dev", "terraform_data.top", "null_resource.top"]).expect(1).says("different types");
    envctl.run(&["state", "mv", "dev", "terraform_data.top"]).expect(1);
    assert_eq!(state(&envctl), before);
    assert_tidy(&envctl);
}

#[test]
fn rm_forgets_and_the_next_plan_makes_them_anew() {
    let envctl = project();
    let first = serial(&envctl);
    envctl.run(&["state", "rm", "dev", "module.inner", "-dry-run"]).ok().says("Would forget module.inner.null_resource.deep[1]");
    assert_eq!(serial(&envctl), first);
    let out = envctl.run(&["state", "rm", "dev", "module.inner", "null_resource.many[\"a\"]", "null_resource.no"]).ok();
    out.says("Forgotten module.inner.null_resource.deep[0]").says("3 instances").says("null_resource.no");
    assert_eq!(list(&envctl, &[]), ["null_resource.many[\"b\"]", "terraform_data.base", "terraform_data.top"]);
    assert_eq!(serial(&envctl), first + 1);
    envctl.run(&["state", "rm", "dev", "null_resource.no"]).expect(1).says("null_resource.no");
    envctl.run(&["state", "rm", "dev"]).expect(1).says("No address");
    assert_eq!(serial(&envctl), first + 1, "a command that changes nothing writes nothing");
    envctl.run(&["plan", "dev", "-detailed-exitcode"]).expect(2).says("module.inner.null_resource.deep[0]");
    envctl.run_in("environments/dev", &["state", "rm", "terraform_data.top"]).ok();
    assert_tidy(&envctl);
}

#[test]
fn taint_replaces_and_untaint_takes_it_back() {
    let envctl = project();
    let first = serial(&envctl);
    envctl.run(&["taint", "dev", "terraform_data.top"]).ok();
    envctl.run(&["taint", "dev", "terraform_data.top"]).ok().says("already");
    assert_eq!(serial(&envctl), first + 1, "tainting twice writes once");
    envctl.run(&["state", "show", "dev", "terraform_data.top"]).ok().says("# terraform_data.top: (tainted)");
    envctl.run(&["plan", "dev", "-detailed-exitcode"]).expect(2).says("terraform_data.top");
    envctl.run(&["untaint", "dev", "terraform_data.top"]).ok();
    assert_next_plan_empty(&envctl, "dev");
    envctl.run(&["untaint", "dev", "terraform_data.top"]).expect(1).says("not tainted");
    envctl.run(&["taint", "dev", "terraform_data.no"]).expect(1).says("terraform_data.no");
    envctl.run(&["taint", "dev", "terraform_data.no", "-allow-missing"]).ok().says("terraform_data.no");
    assert_eq!(serial(&envctl), first + 2);
    assert_tidy(&envctl);
}

#[test]
fn push_refuses_what_would_lose_something() {
    let envctl = project();
    let stored = state(&envctl);
    let now = serial(&envctl);
    let push = |change: &dyn Fn(&mut Json), more: &[&str]| {
        let mut new = stored.clone();
        change(&mut new);
        envctl.file("new.tfstate", &new.to_string());
        let args: Vec<&str> = ["state", "push", "dev", "new.tfstate"].iter().chain(more).copied().collect();
        envctl.run(&args)
    };
    push(&|_| {}, &[]).ok().says("the same");
    push(&|s| s["serial"] = (now - 1).into(), &[]).expect(1).says("older");
    push(&|s| s["lineage"] = "another".into(), &[]).expect(1).says("lineage");
    let fewer = |s: &mut Json| drop(s["resources"].as_array_mut().unwrap().pop());
    push(&fewer, &[]).expect(1).says("different things");
    assert_eq!(state(&envctl), stored, "nothing was written");
    push(
        &|s| {
            fewer(s);
            s["serial"] = (now + 5).into()
        },
        &[],
    )
    .ok();
    assert_eq!((serial(&envctl), state(&envctl)["resources"].as_array().unwrap().len()), (now + 5, 3));
    push(&|_| {}, &["-force"]).ok();
    assert_eq!((serial(&envctl), state(&envctl)["resources"].as_array().unwrap().len()), (now + 6, 4), "a serial never goes back");
    envctl.file("broken", "{\"version\":4,");
    envctl.run(&["state", "push", "dev", "broken"]).expect(1).says("broken").says("cut off");
    envctl.run(&["state", "push", "dev", "none-such"]).expect(1).says("none-such");
    assert_next_plan_empty(&envctl, "dev");
    assert_tidy(&envctl);
}

#[test]
fn push_fills_an_environment_without_a_state() {
    let envctl = project();
    envctl.file("environments/new/main.tf", TREE).file("environments/new/inner/main.tf", INNER);
    envctl.run(&["state", "rm", "new", "terraform_data.top"]).expect(1).says("There is no state");
    assert!(!envctl.path("environments/new/terraform.tfstate").exists(), "an attempt leaves no file");
    envctl.run(&["state", "push", "new", STATE]).ok();
    assert_next_plan_empty(&envctl, "new");
    assert_eq!(envctl.run(&["state", "pull", "new"]).ok().stdout, envctl.read(STATE));
}

#[test]
fn replace_provider_asks_first() {
    let envctl = project();
    let before = state(&envctl);
    let words = ["state", "replace-provider", "dev", "hashicorp/null", "registry.acme.com/acme/null"];
    envctl.run(&words).expect(1).says("-auto-approve").says("module.inner.null_resource.deep");
    assert_eq!(state(&envctl), before);
    let all: Vec<&str> = words.iter().copied().chain(["-auto-approve"]).collect();
    envctl.run(&all).ok().says("2 resources have another provider");
    let text = envctl.read(STATE);
    assert!(text.contains("registry.acme.com/acme/null") && !text.contains("hashicorp/null"), "{text}");
    assert_eq!(serial(&envctl), before["serial"].as_u64().unwrap() + 1);
    envctl.run(&all).ok().says("No resource");
    assert_eq!(serial(&envctl), before["serial"].as_u64().unwrap() + 1);
    assert_tidy(&envctl);
}
