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
    envctl.run(&["import", ".", "terraform_data.a", "the-id"]).ok().says("Imported terraform_data.a").says("plan");
    envctl.run(&["import", "terraform_data.a", "other"]).expect(1).says("already");
    envctl.run(&["state", "show", ".", "terraform_data.a"]).ok().says("the-id");
    envctl.run(&["plan", "."]).ok().says("1 to change");
}
