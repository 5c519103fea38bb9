//! `import`, `removed` and `moved`: objects change their place in the state, not themselves.

use crate::harness::envctl::{Envctl, assert_next_plan_empty};
use serde_json::Value as Json;

fn project(main: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", main);
    envctl
}

#[test]
fn import_blocks_are_planned_shown_and_applied() {
    let envctl = project(
        r#"
variable "ids" { default = { a = "id-a", b = "id-b" } }
import {
  to = terraform_data.one
  id = "id-${"one"}"
}
import {
  for_each = var.ids
  to       = module.m.terraform_data.many[each.key]
  id       = each.value
}
resource "terraform_data" "one" { input = "x" }
module "m" { source = "./m" }
output "id" { value = terraform_data.one.id }
"#,
    );
    envctl.file("m/main.tf", "resource \"terraform_data\" \"many\" { for_each = toset([\"a\", \"b\", \"c\"]) }\n");
    let plan = envctl.run(&["plan", "."]).ok();
    let plan = plan.says("module.m.terraform_data.many[\"a\"] will be imported").says("(imported from \"id-one\")");
    plan.says("Plan: 3 to import, 1 to add, 1 to change, 0 to destroy.");
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("3 imported");
    let state: Json = serde_json::from_str(&envctl.run(&["state", "pull", "."]).ok().stdout).unwrap();
    assert_eq!(state["outputs"]["id"]["value"], "id-one");
    assert_next_plan_empty(&envctl, ".");
}

#[test]
fn imports_that_cannot_be_are_errors_with_their_place() {
    let cases = [
        ("import {\n  to = terraform_data.no\n  id = \"x\"\n}", "does not exist"),
        ("import {\n  to = null_resource.n\n  id = \"x\"\n}\nresource \"null_resource\" \"n\" {}", "Import is not possible"),
        ("import {\n  to = terraform_data.a[1]\n  id = \"x\"\n}\nresource \"terraform_data\" \"a\" { count = 1 }", "no instance"),
        (
            "import {\n  to = terraform_data.a\n  id = terraform_data.b.id\n}\nresource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}",
            "known while planning",
        ),
        ("import {\n  to = data.x.y\n  id = \"x\"\n}", "must name a managed resource"),
        ("import {\n  to = terraform_data.a\n}", "\"id\" is required"),
    ];
    for (text, message) in cases {
        project(text).run(&["plan", "."]).expect(1).says(message).says("main.tf:");
    }
}

#[test]
fn one_object_is_imported_by_command() {
    let envctl = project("resource \"terraform_data\" \"a\" { input = 1 }\n");
    envctl.run(&["import", ".", "terraform_data.b", "x"]).expect(1).says("not in the configuration");
    envctl.run(&["import", ".", "terraform_data.a", "the-id"]).ok().says("Imported terraform_data.a").says("plan").never_says("partial");
    envctl.run(&["import", "terraform_data.a", "other"]).expect(1).says("already");
    envctl.run(&["state", "show", ".", "terraform_data.a"]).ok().says("the-id");
    envctl.run(&["plan", "."]).ok().says("1 to change");
}

#[test]
fn removed_objects_are_forgotten_or_destroyed() {
    let two = "resource \"local_file\" \"a\" {\n  filename = \"a.txt\"\n  content = \"a\"\n}\nmodule \"m\" { source = \"./m\" }\n";
    let envctl = project(two);
    envctl.file("m/main.tf", "resource \"local_file\" \"b\" {\n  filename = \"b.txt\"\n  content = \"b\"\n}\n");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    envctl.file("main.tf", &format!("{two}removed {{\n  from = local_file.a\n}}\n"));
    envctl.run(&["plan", "."]).expect(1).says("Removed object still exists");
    envctl.file("main.tf", "removed { from = local_file.a }\nremoved {\n  from = module.m\n  lifecycle { destroy = true }\n}\n");
    envctl.run(&["plan", "."]).ok().says("will be forgotten").says("1 to destroy, 1 to forget");
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("1 destroyed, 1 forgotten");
    assert!(envctl.path("a.txt").exists() && !envctl.path("b.txt").exists());
    assert_next_plan_empty(&envctl, ".");
    envctl.file("main.tf", "removed { from = local_file.a[0] }\n");
    envctl.run(&["plan", "."]).expect(1).says("without keys");
}

#[test]
fn chains_of_moves_work_from_any_point() {
    let moves = r#"
moved {
  from = terraform_data.b
  to   = terraform_data.c["k"]
}
moved {
  from = terraform_data.a
  to   = terraform_data.b
}
resource "terraform_data" "c" { for_each = toset(["k"]) }
resource "terraform_data" "d" { input = terraform_data.c["k"].id }
"#;
    for start in ["a", "b"] {
        let envctl = project(&format!(
            "resource \"terraform_data\" \"{start}\" {{}}\nresource \"terraform_data\" \"d\" {{ input = terraform_data.{start}.id }}\n"
        ));
        envctl.run(&["apply", ".", "-auto-approve"]).ok();
        envctl.file("main.tf", moves);
        envctl.run(&["plan", "."]).ok().says("0 to add, 0 to change, 0 to destroy").says(&format!("(moved from terraform_data.{start})"));
        envctl.run(&["apply", ".", "-auto-approve"]).ok();
        assert_next_plan_empty(&envctl, ".");
        let state = envctl.run(&["state", "pull", "."]).ok().stdout;
        assert!(state.contains("\"terraform_data.c\"") && !state.contains(&format!("\"terraform_data.{start}\"")), "{state}");
    }
}

#[test]
fn modules_move_with_everything_in_them() {
    let inner = "variable \"n\" { default = 0 }\nresource \"terraform_data\" \"x\" { count = 2 }\nmodule \"in\" { source = \"../n\" }\n";
    let envctl = project("module \"a\" { source = \"./m\" }\nmodule \"k\" {\n  source = \"./m\"\n  count = 2\n}\n");
    envctl.file("m/main.tf", inner).file("n/main.tf", "resource \"terraform_data\" \"y\" {}\n");
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("9 added");
    envctl.file(
        "main.tf",
        r#"
module "b" {
  source   = "./m"
  for_each = toset(["one"])
}
module "j" {
  source = "./m"
  count  = 2
}
moved {
  from = module.a
  to   = module.b["one"]
}
moved {
  from = module.k
  to   = module.j
}
moved {
  from = module.b["one"].terraform_data.x[1]
  to   = terraform_data.out
}
resource "terraform_data" "out" {}
"#,
    );
    let plan = envctl.run(&["plan", "."]).ok().says("module.j[1].module.in.terraform_data.y has moved");
    plan.says("terraform_data.out has moved").says("Plan: 1 to add, 0 to change, 0 to destroy.");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    assert_next_plan_empty(&envctl, ".");
}

#[test]
fn moves_that_cannot_be_are_explained() {
    let one = "moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\n";
    let b = "resource \"terraform_data\" \"b\" {}\n";
    let cases = [
        (format!("{one}{b}resource \"terraform_data\" \"a\" {{}}\n"), "Moved object still exists"),
        (format!("{one}moved {{\n  from = terraform_data.b\n  to = terraform_data.a\n}}\n"), "Cyclic moved blocks"),
        (format!("{one}moved {{\n  from = terraform_data.a\n  to = terraform_data.c\n}}\n{b}"), "Ambiguous moved blocks"),
        ("moved {\n  from = null_resource.a\n  to = terraform_data.b\n}\n".to_string(), "Resource type mismatch"),
        ("moved {\n  from = module.a\n  to = terraform_data.b\n}\n".to_string(), "Invalid moved block"),
    ];
    for (text, message) in cases {
        project(&text).run(&["plan", "."]).expect(1).says(message).says("main.tf:");
    }
    let envctl = project("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\n");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    envctl.file("main.tf", &format!("{one}{b}"));
    envctl.run(&["plan", "."]).ok().says("An object could not be moved").says("1 to destroy");
}
