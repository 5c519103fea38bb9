//! Answers that are lost while the run lives.

use super::*;
use crate::provider::ErrorKind;
use crate::state::Status;

const NORMAL: PlanMode = PlanMode::Normal;
const PAIR: &str = r#"
resource "fake_tagged" "a" {
  name = "a"
  size = 3
}

resource "fake_named" "b" {
  name = "b"
  size = 1
  refs = [fake_tagged.a.id]
}
"#;

fn lose(place: &Place, moment: &str, kind: ErrorKind) {
    place.cloud.get().lost.insert(moment.into(), kind);
}

/// The errors of an apply.
async fn errors(place: &Place, text: &str) -> Vec<crate::diag::Diagnostic> {
    let (result, _) = place.apply_until(text, NORMAL, watch::channel(false).1).await;
    result.diags.iter().filter(|d| d.is_error()).cloned().collect()
}

#[tokio::test]
async fn what_a_create_with_a_lost_answer_made_is_found_and_finished_in_the_same_run() {
    let whole = Place::new();
    whole.apply(PAIR, NORMAL).await;
    for (moment, kind) in [
        ("after create a", ErrorKind::Unsettled),
        ("after create b", ErrorKind::Unsettled),
        // The call was repeated, and met what its first try had made.
        ("after create b", ErrorKind::AlreadyExists),
    ] {
        let place = Place::new();
        lose(&place, moment, kind);
        place.apply(PAIR, NORMAL).await;
        assert!(place.cloud.get().lost.is_empty(), "{moment}: nothing was lost");
        assert_eq!(place.picture(), whole.picture(), "{moment}");
        place.assert_clean(PAIR, NORMAL, moment).await;
    }
}

#[tokio::test]
async fn what_had_the_name_before_is_not_ours_whatever_was_lost() {
    for kind in [ErrorKind::Unsettled, ErrorKind::AlreadyExists] {
        let place = Place::new();
        let others = cloud::Thing { kind: cloud::Kind::Named, attributes: stranger(), tag: None };
        place.cloud.get().things.insert("b".into(), others);
        lose(&place, "before create b", kind);
        let failed = errors(&place, PAIR).await;
        assert_eq!(failed.len(), 1, "{failed:#?}");
        let addr = crate::addr::parse_instance("fake_named.b").unwrap();
        assert!(place.state().current(&addr).is_none(), "{kind:?}");
        place.cloud.get().things.remove("b");
        place.apply(PAIR, NORMAL).await;
        place.assert_clean(PAIR, NORMAL, "the stranger is gone").await;
    }
}

fn stranger() -> Value {
    let members = [("id", "b"), ("name", "b"), ("secret", "theirs")];
    Value::object(members.into_iter().map(|(n, v)| (n.into(), Value::string(v))).collect())
}

#[tokio::test]
async fn what_is_not_found_is_looked_for_by_the_next_run() {
    let place = Place::new();
    lose(&place, "before create a", ErrorKind::Unsettled);
    let failed = errors(&place, PAIR).await;
    let help = failed[0].help.clone().unwrap();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert!(help.starts_with("Check the network. Nobody knows yet"), "{help}");
    place.apply(PAIR, NORMAL).await;
    let tokens = place.cloud.get().tokens.clone();
    assert_eq!(tokens[0], tokens[1], "the token is used again");
    place.assert_clean(PAIR, NORMAL, "made by the next run").await;
}

#[tokio::test]
async fn a_create_that_an_outage_cut_short_is_finished_not_replaced() {
    let place = Place::new();
    lose(&place, "before finish a", ErrorKind::Unsettled);
    assert_eq!(errors(&place, PAIR).await.len(), 1);
    let addr = crate::addr::parse_instance("fake_tagged.a").unwrap();
    assert_eq!(place.state().current(&addr).unwrap().status, Status::Tainted, "another tool would replace it");
    let found = place.apply(PAIR, NORMAL).await;
    assert!(found.iter().any(|f| f.starts_with("adopted fake_tagged.a")), "{found:?}");
    assert!(place.cloud.get().things.contains_key("i-1"), "it is the same object");
    place.assert_clean(PAIR, NORMAL, "finished").await;
}

/// The journal tells moments by the dead run's clock; what is found does not depend on them.
#[tokio::test]
async fn a_clock_that_jumped_by_hours_changes_nothing_of_what_is_found() {
    let whole = Place::new();
    whole.apply(PAIR, NORMAL).await;
    for hours in [-7, 7, -24 * 400, 24 * 400] {
        let place = Place::new();
        let at = whole.fuse.names().iter().position(|n| n == "after create a").unwrap();
        assert!(place.run(PAIR, NORMAL, Some(at)).await.is_none());
        *place.skew.lock().unwrap() = jiff::SignedDuration::from_hours(hours);
        let found = place.run(PAIR, NORMAL, None).await.unwrap();
        assert!(found[0].starts_with("adopted fake_tagged.a, created "), "{hours} h: {found:?}");
        assert_eq!(place.picture(), whole.picture(), "{hours} h");
        place.assert_clean(PAIR, NORMAL, &format!("{hours} h")).await;
    }
}
