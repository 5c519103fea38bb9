use super::*;
use crate::state::Status;

const CHAIN: &str = r#"
resource "fake_thing" "a" { name = "a" }
resource "fake_thing" "b" { name = "b-${fake_thing.a.id}" }
resource "fake_thing" "c" { name = "c" }
output "a" { value = fake_thing.a.id }
output "c" { value = fake_thing.c.id }"#;

#[tokio::test]
async fn a_failed_object_stops_only_what_depends_on_it() {
    let mut h = house(CHAIN);
    h.cloud.get().fail_create.insert("a".into());
    let result = h.apply().await;
    assert_eq!(result.diags.iter().map(|d| d.summary.clone()).collect::<Vec<_>>(), ["Creating failed"]);
    assert_eq!(h.calls(), ["create c"]);
    assert_eq!(h.state.outputs.keys().map(|k| k.to_string()).collect::<Vec<_>>(), ["c"]);
    h.cloud.get().fail_create.clear();
    assert_eq!(h.converge().await, ["create a", "create b-i-2"]);
}

#[tokio::test]
async fn a_half_made_object_is_tainted_and_replaced() {
    let mut h = house(CHAIN);
    h.cloud.get().half_create.insert("a".into());
    let result = h.apply().await;
    assert!(result.diags.has_errors());
    let addr = crate::addr::parse_instance("fake_thing.a").unwrap();
    assert_eq!(h.state.current(&addr).unwrap().status, Status::Tainted);
    h.cloud.get().half_create.clear();
    let calls = h.converge().await;
    assert_eq!(calls.first().map(String::as_str), Some("delete a"));
}

#[tokio::test]
async fn a_failed_successor_gives_the_address_back() {
    let text =
        |n: &str| format!("resource \"fake_thing\" \"a\" {{\n  name = \"{n}\"\n  lifecycle {{\n    create_before_destroy = true\n  }}\n}}");
    let mut h = house(&text("old"));
    h.converge().await;
    h.write(&text("new"));
    h.cloud.get().fail_create.insert("new".into());
    let result = h.apply().await;
    assert!(result.diags.has_errors());
    let addr = crate::addr::parse_instance("fake_thing.a").unwrap();
    let instance = h.state.instance(&addr).unwrap();
    assert!(instance.deposed.is_empty());
    assert_eq!(instance.current.as_ref().unwrap().attributes["name"], "old");
    h.cloud.get().fail_create.clear();
    h.converge().await;
}

#[tokio::test]
async fn an_old_object_that_does_not_go_stays_deposed_and_goes_next_time() {
    let text =
        |n: &str| format!("resource \"fake_thing\" \"a\" {{\n  name = \"{n}\"\n  lifecycle {{\n    create_before_destroy = true\n  }}\n}}");
    let mut h = house(&text("old"));
    h.converge().await;
    h.write(&text("new"));
    h.cloud.get().fail_delete.insert("old".into());
    assert!(h.apply().await.diags.has_errors());
    h.cloud.get().fail_delete.clear();
    assert_eq!(h.plan().await, ["Delete fake_thing.a (deposed)"]);
    assert_eq!(h.converge().await, ["delete old"]);
}

#[tokio::test]
async fn an_interrupted_run_starts_nothing_and_saves() {
    let mut h = house(CHAIN);
    h.cancelled = true;
    let result = h.apply().await;
    assert!(result.interrupted && result.saved);
    assert!(h.calls().is_empty());
    h.cancelled = false;
    h.converge().await;
}

#[tokio::test]
async fn errors_do_not_cascade_and_come_all_at_once() {
    let h = house(
        r#"
locals { x = nope.y }
resource "fake_thing" "a" { name = local.x }
resource "fake_thing" "b" { name = fake_thing.a.id }
resource "fake_thing" "c" { nome = "c" }
output "o" { value = fake_thing.b.id }"#,
    );
    let errors = h.errors().await;
    assert_eq!(errors.iter().filter(|e| e.starts_with("Reference to undeclared resource")).count(), 1, "{errors:#?}");
    assert!(errors.iter().any(|e| e.contains("nome")), "{errors:#?}");
    assert!(!errors.iter().any(|e| e.contains("fake_thing.b")), "{errors:#?}");
}

#[tokio::test]
async fn what_is_not_supported_yet_is_an_error_only_with_an_instance() {
    let text = |n: usize| format!("resource \"fake_later\" \"a\" {{\n  count = {n}\n}}");
    assert_eq!(house(&text(1)).errors().await.len(), 1);
    assert!(house(&text(0)).errors().await.is_empty());
    assert!(house("resource \"fake_thng\" \"a\" {\n}").errors().await[0].starts_with("Invalid resource type"));
}

#[tokio::test]
async fn a_cycle_names_its_members() {
    let h = house("locals {\n  a = local.b\n  b = local.a\n}");
    let (config, env) = h.config();
    let mut providers = h.providers();
    let input = PlanInput {
        config,
        schemas: Arc::new(providers.registry().clone()),
        state: State::default(),
        variables: BTreeMap::new(),
        options: PlanOptions::default(),
        env,
        workspace: "default".into(),
    };
    let Err(diags) = plan(input, &mut providers, &Silent).await else { panic!("no cycle found") };
    assert!(diags.iter().next().unwrap().detail.contains("local.a -> local.b"), "{diags:#?}");
}
