//! What happens beside a killed run: requests that arrive late, other tools, strangers, impatience.

use super::cloud::{Kind, Thing, with};
use super::*;
use crate::value::{Members, Type};

const NORMAL: PlanMode = PlanMode::Normal;
const ONE: &str = "resource \"fake_tagged\" \"a\" {\n  name = \"a\"\n  size = 3\n}\n";

/// A place where a run of `text` was killed at the first moment of this name.
async fn killed_at(place: &Place, text: &str, moment: &str) {
    let reference = Place::new();
    for (id, thing) in &place.cloud.get().things {
        reference.cloud.get().things.insert(id.clone(), thing.clone());
    }
    *reference.shelf.state.lock().unwrap() = place.shelf.state.lock().unwrap().clone();
    let watching = watch::channel(false).1;
    let _ = reference.apply_until(text, NORMAL, watching).await;
    let at = reference.fuse.names().iter().position(|n| n == moment);
    assert!(at.is_some(), "{:?}", reference.fuse.names());
    assert!(place.run(text, NORMAL, at).await.is_none());
}

fn thing(id: &str, name: &str, tag: Option<String>) -> Thing {
    let members: Members = [
        ("id".into(), Value::string(id)),
        ("name".into(), Value::string(name)),
        ("size".into(), Value::int(3)),
        ("secret".into(), Value::null(Type::String)),
        ("refs".into(), Value::null(Type::list(Type::String))),
    ]
    .into();
    Thing { kind: Kind::Tagged, attributes: Value::object(members), tag }
}

fn addr() -> crate::addr::InstanceAddr {
    crate::addr::parse_instance("fake_tagged.a").unwrap()
}

#[tokio::test]
async fn a_request_that_arrives_late_makes_no_second_object() {
    let place = Place::new();
    killed_at(&place, ONE, "before create a").await;
    place.run(ONE, NORMAL, None).await.unwrap();
    let tokens = place.cloud.get().tokens.clone();
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[0], tokens[1], "the token is used again");
    place.assert_clean(ONE, NORMAL, "before it arrives").await;

    let late = thing("late", "a", Some(tokens[0].clone()));
    place.cloud.get().things.insert("late".into(), late);
    let found = place.run(ONE, NORMAL, None).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("fake_tagged.a was created") && found[0].ends_with("it will be destroyed"), "{found:?}");
    let ids: Vec<String> = place.cloud.get().things.keys().cloned().collect();
    assert_eq!(ids, ["i-1"]);
    place.assert_clean(ONE, NORMAL, "after it arrived").await;
}

#[tokio::test]
async fn a_late_request_is_adopted_where_the_address_is_free() {
    let place = Place::new();
    killed_at(&place, ONE, "before create a").await;
    place.run("", NORMAL, None).await.unwrap();
    let token = place.cloud.get().tokens[0].clone();
    place.cloud.get().things.insert("late".into(), thing("late", "a", Some(token)));
    let found = place.run(ONE, NORMAL, None).await.unwrap();
    assert_eq!(found, ["adopted fake_tagged.a, created by a previous run"]);
    assert_eq!(place.cloud.get().things.len(), 1);
    assert_eq!(place.cloud.get().things["late"].tag, None);
    place.assert_clean(ONE, NORMAL, "adopted").await;
}

#[tokio::test]
async fn what_another_tool_put_at_the_address_stays() {
    let place = Place::new();
    killed_at(&place, ONE, "after create a").await;
    // Another tool creates its own and writes the state.
    let other = thing("other", "a", None);
    let mut state = State { lineage: "theirs".into(), serial: 7, ..State::default() };
    let schema = crate::provider::ResourceType::schema(
        place.providers().registry().provider(&source()).unwrap().resource("fake_tagged").unwrap().as_ref(),
    );
    let stored = crate::state::object::encode(&other.attributes, &schema, crate::state::object::ObjectMeta::default());
    let provider = crate::addr::ProviderConfigAddr::parse("provider[\"registry.opentofu.org/hashicorp/fake\"]").unwrap();
    state.instance_mut(&addr(), &provider).current = Some(stored);
    place.cloud.get().things.insert("other".into(), other);
    *place.shelf.state.lock().unwrap() = Some(crate::state::write(&state, Style::Compact));

    place.run(ONE, NORMAL, None).await.unwrap();
    let ids: Vec<String> = place.cloud.get().things.keys().cloned().collect();
    assert_eq!(ids, ["other"], "ours was superfluous and is destroyed");
    assert_eq!(place.state().current(&addr()).unwrap().attributes["id"], "other");
    place.assert_clean(ONE, NORMAL, "another tool").await;
}

fn source() -> crate::addr::ProviderSource {
    crate::addr::ProviderSource::default_for("fake")
}

#[tokio::test]
async fn a_name_that_was_taken_before_is_never_adopted() {
    const NAMED: &str = "resource \"fake_named\" \"b\" {\n  name = \"b\"\n}\n";
    let place = Place::new();
    let stranger = Thing { kind: Kind::Named, ..thing("b", "b", None) };
    place.cloud.get().things.insert("b".into(), stranger);
    killed_at(&place, NAMED, "before create b").await;
    let (result, recovered) = {
        place.fuse.set(None);
        place.apply_until(NAMED, NORMAL, watch::channel(false).1).await
    };
    assert!(recovered.findings.is_empty(), "{:?}", recovered.findings);
    assert_eq!(result.diags.iter().map(|d| d.summary.as_str()).collect::<Vec<_>>(), ["It exists"]);
    assert!(place.state().resources.is_empty());
}

#[tokio::test]
async fn looking_shows_and_changes_nothing() {
    let place = Place::new();
    killed_at(&place, ONE, "after create a").await;
    place.fuse.set(None);
    let before = (place.shelf.state.lock().unwrap().clone(), place.shelf.records.lock().unwrap().clone());
    let store = MemStore::new(place.shelf.clone());
    let (state, recovered) = place.heal(&store, None).await;
    let texts: Vec<String> = recovered.findings.iter().map(|f| f.text(false)).collect();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].starts_with("would adopt fake_tagged.a, created "), "{texts:?}");
    let (plan, ..) = place.plan(ONE, NORMAL, state).await;
    assert_eq!(super::super::lines(&plan), ["Update fake_tagged.a"], "the second step of its create is left");
    assert_eq!(before, (place.shelf.state.lock().unwrap().clone(), place.shelf.records.lock().unwrap().clone()));
    assert!(place.cloud.get().things["i-1"].tag.is_some());
}

#[tokio::test]
async fn leaving_at_once_saves_and_the_next_run_goes_on() {
    let place = Place::new();
    let text = format!("{ONE}resource \"fake_named\" \"b\" {{\n  name = \"b\"\n}}\n");
    place.fuse.stick("after create a");
    let (sender, leave) = watch::channel(false);
    let impatient = async {
        while !place.fuse.names().iter().any(|n| n == "after create a") || place.fuse.names().iter().all(|n| n != "after create b") {
            tokio::task::yield_now().await;
        }
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        sender.send(true).unwrap();
    };
    let ((result, _), ()) = futures::join!(place.apply_until(&text, NORMAL, leave), impatient);
    assert!(result.interrupted && result.saved);
    assert_eq!(place.state().resources.len(), 1, "b is in the state, a is in the journal");
    place.run(&text, NORMAL, None).await.unwrap();
    assert_eq!(place.cloud.get().things.len(), 2);
    place.assert_clean(&text, NORMAL, "left").await;
}

#[tokio::test]
async fn a_secret_is_masked_in_the_state_also_when_it_was_adopted() {
    let text = ONE.replace("size", "secret = \"hidden\"\n  size");
    let place = Place::new();
    killed_at(&place, &text, "after create a").await;
    place.run(&text, NORMAL, None).await.unwrap();
    let object = place.state().current(&addr()).unwrap().clone();
    assert_eq!(object.sensitive_paths, [crate::value::Path::attr("secret")]);
    let whole = with(&place.cloud.get().things["i-1"].attributes, &[]);
    assert_eq!(whole.get("secret").and_then(Value::as_str), Some("hidden"));
}

#[tokio::test]
async fn what_was_made_by_the_name_of_a_lost_create_is_not_finished_again() {
    const NAMED: &str = "resource \"fake_named\" \"b\" {\n  name = \"b\"\n}\n";
    let place = Place::new();
    killed_at(&place, NAMED, "before create b").await;
    for _ in 0..3 {
        place.run(NAMED, NORMAL, None).await.unwrap();
    }
    assert_eq!(place.cloud.get().resumed, Vec::<String>::new(), "others may have added to it since");
    place.assert_clean(NAMED, NORMAL, "made again").await;
}
