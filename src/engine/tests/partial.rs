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

#[tokio::test]
async fn addresses_that_name_nothing_are_errors() {
    let mut h = house(TEXT);
    let wrong = [("-target", "fake_thing.bb"), ("-exclude", "module.zz"), ("-replace", "fake_thing.bb"), ("-replace", "fake_thing.a[0]")];
    for (flag, address) in wrong {
        h.options = PlanOptions::default();
        match flag {
            "-target" => h.options.targets = vec![parse_target(address).unwrap()],
            "-exclude" => h.options.excludes = vec![parse_target(address).unwrap()],
            _ => h.options.replace = vec![crate::addr::parse_instance(address).unwrap()],
        }
        let found = h.errors().await;
        assert_eq!(found, [format!("No such address: {flag}={address}: neither the configuration nor the state has it.")]);
    }
    let counted = "resource \"fake_thing\" \"a\" {\n  count = 2\n  name = \"a${count.index}\"\n}";
    let mut h = house(counted);
    for (target, wrong) in [("fake_thing.a[2]", true), ("fake_thing.a[1]", false), ("fake_thing.a", false)] {
        h.options.targets = vec![parse_target(target).unwrap()];
        assert_eq!(!h.errors().await.is_empty(), wrong, "{target}");
        h.options.targets.clear();
        h.options.excludes = vec![parse_target(target).unwrap()];
        assert_eq!(!h.errors().await.is_empty(), wrong, "{target}");
        h.options.excludes.clear();
    }
    h.options.replace = vec![crate::addr::parse_instance("fake_thing.a").unwrap()];
    assert!(!h.errors().await.is_empty(), "no instance is called that");
}

#[tokio::test]
async fn what_only_the_state_has_can_be_named() {
    let mut h = house(TEXT);
    h.converge().await;
    h.write("resource \"fake_thing\" \"a\" { name = \"a\" }");
    h.options.targets = vec![parse_target("fake_thing.c").unwrap()];
    assert_eq!(h.plan().await, ["Delete fake_thing.c"]);
    h.options.targets = vec![parse_target("fake_thing.d").unwrap()];
    let diags = h.try_plan(&mut h.providers()).await.map(|_| ()).unwrap_err();
    assert!(diags.iter().any(|d| d.help.as_deref().is_some_and(|t| t.contains("Did you mean fake_thing."))), "{diags:#?}");
}

#[tokio::test]
async fn a_partial_plan_says_so() {
    let mut h = house(TEXT);
    h.converge().await;
    h.options.targets = vec![parse_target("fake_thing.c").unwrap()];
    let planned = h.planned(&mut h.providers()).await;
    assert!(planned.diags.iter().any(|d| d.summary == "This plan is partial"), "{:#?}", planned.diags);
    let plan = planned.plan.unwrap();
    assert!(plan.is_empty() && plan.partial);
    h.options.targets.clear();
    assert!(!h.planned(&mut h.providers()).await.diags.iter().any(|d| d.summary == "This plan is partial"));
}
