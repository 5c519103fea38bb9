use super::*;
use serde_json::json;

#[tokio::test]
async fn values_pass_through_modules_with_keys() {
    let mut h = house(
        r#"
module "m" {
  source   = "./m"
  for_each = { x = 1, y = 2 }
  name     = "${each.key}-${each.value}"
}
output "ids" { value = { for k, m in module.m : k => m.id } }
output "one" { value = module.m["x"].name }"#,
    );
    h.files.insert(
        "m/main.tf".into(),
        r#"
variable "name" { type = string }
locals { full = "n-${var.name}" }
resource "fake_thing" "t" { name = local.full }
output "id" { value = fake_thing.t.id }
output "name" { value = fake_thing.t.name }"#
            .into(),
    );
    assert_eq!(h.plan().await, ["Create module.m[\"x\"].fake_thing.t", "Create module.m[\"y\"].fake_thing.t"]);
    h.converge().await;
    assert_eq!(h.state.outputs["one"].value, json!("n-x-1"));
    assert_eq!(h.state.outputs["ids"].value.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn data_is_read_while_planning_or_deferred() {
    let mut h = house(
        r#"
data "fake_lookup" "now" { name = "q" }
resource "fake_thing" "a" { name = data.fake_lookup.now.value }
data "fake_lookup" "late" { name = fake_thing.a.id }
resource "fake_thing" "b" { name = "b${data.fake_lookup.late.value}" }
data "fake_lookup" "waits" {
  name       = "w"
  depends_on = [fake_thing.a]
}"#,
    );
    assert_eq!(h.plan().await, ["Create fake_thing.a", "Create fake_thing.b", "Read data.fake_lookup.late", "Read data.fake_lookup.waits"]);
    assert_eq!(h.converge().await, ["create <q>", "create b<i-1>"]);
}

#[tokio::test]
async fn sensitive_values_stay_marked() {
    let mut h = house(
        r#"
variable "token" {
  type      = string
  sensitive = true
}
resource "fake_thing" "a" {
  name = "a"
  tags = { t = var.token }
}
output "tags" {
  value     = fake_thing.a.tags
  sensitive = true
}"#,
    );
    h.variables.insert("token".into(), Value::string("hush").sensitive());
    let plan = h.planned(&mut h.providers()).await.plan.unwrap();
    assert!(plan.changes[0].after.as_ref().unwrap().get("tags").unwrap().has_sensitive());
    h.converge().await;
    let addr = crate::addr::parse_instance("fake_thing.a").unwrap();
    assert_eq!(h.state.current(&addr).unwrap().sensitive_paths.len(), 1);
    assert!(h.state.outputs["tags"].sensitive);
    h.write("variable \"token\" {\n  type = string\n  sensitive = true\n}\noutput \"t\" {\n  value = var.token\n}");
    assert!(h.errors().await[0].starts_with("Output refers to sensitive values"));
}

#[tokio::test]
async fn unknown_repetition_names_its_origin() {
    let h = house(
        "resource \"fake_thing\" \"a\" {\n  name = \"a\"\n}\nresource \"fake_thing\" \"b\" {\n  for_each = toset([fake_thing.a.id])\n  name = each.key\n}",
    );
    let errors = h.errors().await;
    assert!(errors[0].contains("It comes from fake_thing.a"), "{errors:?}");
}

#[tokio::test]
async fn conditions_are_checked_before_and_after() {
    let text = "resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  lifecycle {\n    precondition {\n      condition = 1 == 2\n      error_message = \"never\"\n    }\n  }\n}";
    assert_eq!(house(text).errors().await, ["Precondition of a resource failed: never"]);
    let text = "resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  lifecycle {\n    postcondition {\n      condition = self.zone == \"z9\"\n      error_message = \"wrong zone\"\n    }\n  }\n}\nresource \"fake_thing\" \"b\" {\n  name = fake_thing.a.id\n}";
    let mut h = house(text);
    let result = h.apply().await;
    assert!(result.diags.iter().any(|d| d.detail == "wrong zone"), "{:#?}", result.diags);
    assert_eq!(h.calls(), ["create a"]);
}

#[tokio::test]
async fn triggers_replace() {
    let text = |size: usize| {
        format!(
            "resource \"fake_thing\" \"a\" {{\n  name = \"a\"\n  size = {size}\n}}\nresource \"fake_thing\" \"b\" {{\n  name = \"b\"\n  lifecycle {{\n    replace_triggered_by = [fake_thing.a.size]\n  }}\n}}"
        )
    };
    let mut h = house(&text(1));
    h.converge().await;
    h.write(&text(2));
    assert_eq!(h.plan().await, ["Update fake_thing.a", "DeleteThenCreate fake_thing.b"]);
    h.converge().await;
}

#[tokio::test]
async fn timeouts_are_kept_though_no_api_returns_them() {
    let mut h = house("resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  timeouts {\n    create = \"1m\"\n  }\n}");
    h.converge().await;
}

#[tokio::test]
async fn a_provider_may_need_an_object() {
    let mut h = house(
        r#"
resource "fake_thing" "a" { name = "a" }
provider "fake" {
  alias  = "late"
  region = fake_thing.a.zone
}
resource "fake_thing" "b" {
  provider = fake.late
  name     = "b"
}"#,
    );
    assert_eq!(h.converge().await, ["create a", "create b"]);
    assert!(h.cloud.get().log.contains(&"configure z1".to_string()));
}
