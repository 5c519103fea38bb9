use super::*;
use crate::addr::parse_target;

const TEXT: &str = r#"
resource "fake_thing" "a" { name = "a" }
resource "fake_thing" "b" { name = "b-${fake_thing.a.id}" }
resource "fake_thing" "c" { name = "c" }
output "b" { value = fake_thing.b.id }
output "c" { value = fake_thing.c.id }"#;

#[tokio::test]
async fn targets_bring_what_they_need() {
    let mut h = house(TEXT);
    h.options.targets = vec![parse_target("fake_thing.b").unwrap()];
    assert_eq!(h.plan().await, ["Create fake_thing.a", "Create fake_thing.b"]);
    let result = h.apply().await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    assert_eq!(h.state.outputs.keys().map(|k| k.to_string()).collect::<Vec<_>>(), ["b"]);
    h.options.targets.clear();
    assert_eq!(h.plan().await, ["Create fake_thing.c"]);
}

#[tokio::test]
async fn exclusions_take_what_needs_them() {
    let mut h = house(TEXT);
    h.options.excludes = vec![parse_target("fake_thing.a").unwrap()];
    assert_eq!(h.plan().await, ["Create fake_thing.c"]);
    h.options.excludes.clear();
    h.converge().await;
    h.options.mode = PlanMode::Destroy;
    h.options.targets = vec![parse_target("fake_thing.a").unwrap()];
    assert_eq!(h.plan().await, ["Delete fake_thing.a", "Delete fake_thing.b"]);
    h.options.targets.clear();
    h.options.excludes = vec![parse_target("fake_thing.b").unwrap()];
    assert_eq!(h.plan().await, ["Delete fake_thing.c"]);
}

#[tokio::test]
async fn one_instance_alone() {
    let mut h = house("resource \"fake_thing\" \"a\" {\n  count = 2\n  name = \"a${count.index}\"\n}");
    h.options.targets = vec![parse_target("fake_thing.a[1]").unwrap()];
    assert_eq!(h.plan().await, ["Create fake_thing.a[1]"]);
}
