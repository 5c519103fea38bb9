use super::*;

const ONE: &str = r#"resource "fake_thing" "a" { name = "a" }"#;

#[tokio::test]
async fn create_update_replace_delete() {
    let mut h = house(ONE);
    assert_eq!(h.plan().await, ["Create fake_thing.a"]);
    assert_eq!(h.converge().await, ["create a"]);
    h.write(
        r#"resource "fake_thing" "a" {
  name = "a"
  size = 3
  rule { port = 80 }
}"#,
    );
    assert_eq!(h.plan().await, ["Update fake_thing.a"]);
    assert_eq!(h.converge().await, ["update a"]);
    h.write(r#"resource "fake_thing" "a" { name = "b" }"#);
    assert_eq!(h.plan().await, ["DeleteThenCreate fake_thing.a"]);
    assert_eq!(h.converge().await, ["delete a", "create b"]);
    h.write("");
    assert_eq!(h.plan().await, ["Delete fake_thing.a"]);
    assert_eq!(h.converge().await, ["delete b"]);
    assert!(h.state.resources.is_empty());
}

#[tokio::test]
async fn a_vanished_object_is_made_again_and_shown_as_drift() {
    let mut h = house(ONE);
    h.converge().await;
    h.cloud.get().objects.clear();
    let planned = h.planned(&mut h.providers()).await;
    let plan = planned.plan.unwrap();
    assert_eq!(lines(&plan), ["Create fake_thing.a"]);
    assert_eq!(plan.drift.len(), 1);
    h.converge().await;
}

#[tokio::test]
async fn count_and_for_each_say_why_instances_go() {
    use crate::plan::ActionReason::*;
    let mut h = house(
        r#"
resource "fake_thing" "c" {
  count = 3
  name  = "c${count.index}"
}
resource "fake_thing" "e" {
  for_each = { x = 1, y = 2 }
  name     = each.key
  size     = each.value
}"#,
    );
    h.converge().await;
    h.write(
        r#"
resource "fake_thing" "c" {
  count = 1
  name  = "c${count.index}"
}
resource "fake_thing" "e" {
  for_each = { x = 1 }
  name     = each.key
  size     = each.value
}"#,
    );
    let plan = h.planned(&mut h.providers()).await.plan.unwrap();
    let reasons: Vec<_> = plan.changes.iter().filter_map(|c| Some((c.addr.to_string(), c.reason?))).collect();
    assert_eq!(
        reasons,
        [
            ("fake_thing.c[1]".to_string(), DeleteBecauseCountIndex),
            ("fake_thing.c[2]".to_string(), DeleteBecauseCountIndex),
            ("fake_thing.e[\"y\"]".to_string(), DeleteBecauseEachKey),
        ]
    );
    h.converge().await;
    h.write(r#"resource "fake_thing" "c" { name = "c0" }"#);
    let plan = h.planned(&mut h.providers()).await.plan.unwrap();
    assert_eq!(lines(&plan), ["Delete fake_thing.e[\"x\"]"], "c[0] moves to c");
    let moved = plan.changes.iter().find(|c| c.previous_addr.is_some()).unwrap();
    assert_eq!(moved.previous_addr.as_ref().unwrap().to_string(), "fake_thing.c[0]");
    h.converge().await;
}

#[tokio::test]
async fn moved_blocks_rename_without_touching() {
    let mut h = house(ONE);
    h.converge().await;
    h.write("resource \"fake_thing\" \"b\" {\n  name = \"a\"\n}\nmoved {\n  from = fake_thing.a\n  to = fake_thing.b\n}\n");
    assert!(h.plan().await.is_empty());
    assert!(h.converge().await.is_empty());
    assert_eq!(h.state.resources.keys().map(ToString::to_string).collect::<Vec<_>>(), ["fake_thing.b"]);
}

#[tokio::test]
async fn what_depends_on_a_moved_object_still_goes_before_it() {
    let mut h = house("resource \"fake_thing\" \"a\" { name = \"a\" }\nresource \"fake_thing\" \"z\" { name = fake_thing.a.id }\n");
    h.converge().await;
    let moved = "moved {\n  from = fake_thing.a\n  to = fake_thing.b\n}\n";
    h.write(&format!(
        "resource \"fake_thing\" \"b\" {{ name = \"a\" }}\nresource \"fake_thing\" \"z\" {{ name = fake_thing.b.id }}\n{moved}"
    ));
    assert!(h.converge().await.is_empty());
    let user = h.state.instances().find(|(a, ..)| a.resource.name.as_ref() == "z").unwrap().2;
    let dependencies: Vec<String> = user.current.iter().flat_map(|o| &o.dependencies).map(ToString::to_string).collect();
    assert_eq!(dependencies, ["fake_thing.b"]);
    h.write("");
    let calls = h.converge().await;
    assert_eq!(calls.last().map(String::as_str), Some("delete a"), "{calls:?}");
}

#[tokio::test]
async fn destroy_removes_everything() {
    let mut h = house(
        r#"
data "fake_lookup" "d" { name = "q" }
resource "fake_thing" "a" { name = data.fake_lookup.d.value }
resource "fake_thing" "b" {
  name = "b"
  refs = [fake_thing.a.id]
}
output "id" { value = fake_thing.b.id }"#,
    );
    h.converge().await;
    assert_eq!(h.state.outputs.len(), 1);
    h.options.mode = PlanMode::Destroy;
    h.cloud.get().log.clear();
    let result = h.apply().await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    assert_eq!(h.calls(), ["delete b", "delete <q>"]);
    assert!(h.state.resources.is_empty(), "{:#?}", h.state.resources);
    assert!(h.state.outputs.is_empty());
}

#[tokio::test]
async fn protected_objects_stay() {
    let mut h = house("resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  lifecycle {\n    prevent_destroy = true\n  }\n}");
    h.converge().await;
    h.write("resource \"fake_thing\" \"a\" {\n  name = \"b\"\n  lifecycle {\n    prevent_destroy = true\n  }\n}");
    assert!(
        h.errors().await[0].starts_with("Instance cannot be destroyed: fake_thing.a has lifecycle.prevent_destroy, and a change of name")
    );
}

#[tokio::test]
async fn tainted_and_requested_objects_are_replaced() {
    let mut h = house(ONE);
    h.converge().await;
    h.options.replace = vec![crate::addr::parse_instance("fake_thing.a").unwrap()];
    assert_eq!(h.plan().await, ["DeleteThenCreate fake_thing.a"]);
    h.options.replace.clear();
    for resource in h.state.resources.values_mut() {
        for instance in resource.instances.values_mut() {
            instance.current.as_mut().unwrap().status = crate::state::Status::Tainted;
        }
    }
    assert_eq!(h.plan().await, ["DeleteThenCreate fake_thing.a"]);
    assert_eq!(h.converge().await, ["delete a", "create a"]);
}

#[tokio::test]
async fn refresh_only_takes_over_what_changed_outside() {
    let mut h = house(
        "resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  lifecycle {\n    ignore_changes = [size]\n  }\n}\noutput \"size\" {\n  value = fake_thing.a.size\n}\n",
    );
    h.converge().await;
    {
        let mut world = h.cloud.get();
        for object in world.objects.values_mut() {
            let mut members = object.members().unwrap().clone();
            members.insert("size".into(), Value::int(9));
            *object = Value::object(members);
        }
    }
    h.options.mode = PlanMode::RefreshOnly;
    let result = h.apply().await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    assert_eq!(h.state.outputs["size"].value, serde_json::json!(9));
    h.options.mode = PlanMode::Normal;
    h.assert_empty().await;
}
