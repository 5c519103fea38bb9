use super::*;
use crate::plan::file::{PlanOrigin, SavedPlan};

fn kept(plan: Plan) -> SavedPlan {
    let origin = PlanOrigin {
        environment: "stage".into(),
        store: "local".into(),
        workspace: "default".into(),
        file_hashes: BTreeMap::from([("/p/main.tf".into(), "h".into())]),
        backend: ("local".into(), BTreeMap::from([("path".into(), Value::string("x"))])),
        made: "2026-01-01T00:00:00Z".into(),
        configuration: serde_json::json!({ "root_module": {} }),
        apps: BTreeMap::from([("a".into(), Some("abc".into())), ("b".into(), None)]),
    };
    let bytes = SavedPlan { plan, origin: origin.clone() }.to_bytes();
    let back = SavedPlan::from_bytes(&bytes).unwrap_or_else(|d| panic!("{d:#?}"));
    assert_eq!(back.origin, origin);
    assert_eq!(back.to_bytes(), bytes);
    back
}

const TEXT: &str = r#"
data "fake_lookup" "d" { name = "q" }
resource "fake_thing" "a" {
  name = data.fake_lookup.d.value
  tags = { t = "x" }
}
resource "fake_thing" "b" { name = "b-${fake_thing.a.id}" }
output "b" { value = fake_thing.b.id }"#;

#[tokio::test]
async fn a_saved_plan_is_applied_once_and_without_planning_again() {
    let mut h = house(TEXT);
    let saved = kept(h.planned(&mut h.providers()).await.plan.unwrap());
    assert!(saved.stale(&h.state).is_none());
    let mut providers = h.providers();
    let result = h.apply_plan(&saved.plan, &mut providers).await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    assert_eq!(h.calls(), ["create <q>", "create b-i-1"]);
    h.assert_empty().await;
    assert_eq!(saved.stale(&h.state).unwrap().summary, "The plan is stale");
    h.write(&TEXT.replace("\"x\"", "\"y\""));
    let saved = kept(h.planned(&mut h.providers()).await.plan.unwrap());
    assert!(saved.stale(&h.state).is_none());
    let result = h.apply_plan(&saved.plan, &mut h.providers()).await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    h.assert_empty().await;
}

#[tokio::test]
async fn a_configuration_that_says_something_else_breaks_the_promise() {
    let mut h = house("resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  size = 1\n}");
    let saved = kept(h.planned(&mut h.providers()).await.plan.unwrap());
    h.write("resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  size = 2\n}");
    let result = h.apply_plan(&saved.plan, &mut h.providers()).await;
    assert_eq!(result.diags.iter().next().unwrap().summary, "The plan no longer holds");
    assert!(h.calls().is_empty());
}

#[test]
fn what_is_no_plan_is_refused() {
    assert_eq!(SavedPlan::from_bytes(b"PK\x03\x04").unwrap_err().summary, "Not a plan file");
    assert_eq!(SavedPlan::from_bytes(b"{\"envctl_plan\": 2}").unwrap_err().summary, "Plan of another version");
    assert_eq!(SavedPlan::from_bytes(b"{\"envctl_plan\": 1}").unwrap_err().summary, "Not a plan file");
}
