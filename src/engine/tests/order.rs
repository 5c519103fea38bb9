use super::*;

#[tokio::test]
async fn dependencies_first_and_the_other_way_round_when_replacing() {
    let text = |n: &str| {
        format!(
            r#"
resource "fake_thing" "a" {{ name = "a{n}" }}
resource "fake_thing" "b" {{
  name = "b-${{fake_thing.a.id}}"
  refs = [fake_thing.a.id]
}}"#
        )
    };
    let mut h = house(&text("1"));
    assert_eq!(h.converge().await, ["create a1", "create b-i-1"]);
    h.write(&text("2"));
    assert_eq!(h.converge().await, ["delete b-i-1", "delete a1", "create a2", "create b-i-3"]);
}

#[tokio::test]
async fn create_before_destroy_spreads_to_dependencies() {
    let text = |n: &str| {
        format!(
            r#"
resource "fake_thing" "a" {{ name = "a{n}" }}
resource "fake_thing" "b" {{
  name = "b-${{fake_thing.a.id}}"
  lifecycle {{
    create_before_destroy = true
  }}
}}"#
        )
    };
    let mut h = house(&text("1"));
    h.converge().await;
    h.write(&text("2"));
    assert_eq!(h.plan().await, ["CreateThenDelete fake_thing.a", "CreateThenDelete fake_thing.b"]);
    assert_eq!(h.converge().await, ["create a2", "create b-i-3", "delete b-i-1", "delete a1"]);
}

#[tokio::test]
async fn an_update_that_lets_go_comes_before_the_destruction() {
    let mut h = house(
        r#"
resource "fake_thing" "a" { name = "a" }
resource "fake_thing" "b" {
  name = "b"
  refs = [fake_thing.a.id]
}"#,
    );
    h.converge().await;
    h.write(r#"resource "fake_thing" "b" { name = "b" }"#);
    assert_eq!(h.converge().await, ["update b", "delete a"]);
}

#[tokio::test]
async fn a_thousand_objects_refresh_in_one_call() {
    let mut h = house(
        "resource \"fake_thing\" \"a\" {\n  for_each = toset([for i in range(1000) : \"k${i}\"])\n  name = each.key\n}\nresource \"fake_thing\" \"b\" {\n  for_each = fake_thing.a\n  name = \"b-${fake_thing.a[each.key].id}\"\n}\n",
    );
    h.converge().await;
    h.cloud.get().reads = 0;
    assert!(h.plan().await.is_empty());
    assert_eq!(h.cloud.get().reads, 1);
}

#[tokio::test]
async fn every_call_lies_between_intent_and_result() {
    let mut h = house(
        r#"
resource "fake_thing" "a" { name = "a" }
resource "fake_thing" "b" { name = fake_thing.a.id }"#,
    );
    h.converge().await;
    let notes = h.journal.0.lock().unwrap().clone();
    assert_eq!(notes, ["begin fake_thing.a", "end object", "begin fake_thing.b", "end object", "clear"]);
}

#[tokio::test]
async fn a_literal_name_waits_for_its_object() {
    let mut h = house(
        r#"
resource "fake_thing" "a" {
  name = "a"
  zone = "z"
}
resource "fake_thing" "b" { name = "z" }"#,
    );
    assert_eq!(h.converge().await, ["create z", "create a"]);
    h.write("");
    assert_eq!(h.converge().await, ["delete a", "delete z"]);
}

#[tokio::test]
async fn letting_go_gives_way_where_it_would_close_a_circle() {
    let mut h = house(
        r#"
resource "fake_thing" "c" { name = "c1" }
resource "fake_thing" "a" {
  name = "a"
  refs = [fake_thing.c.id]
}
resource "fake_thing" "b" {
  name = "b"
  refs = [fake_thing.a.name]
}"#,
    );
    h.converge().await;
    h.write(
        r#"
resource "fake_thing" "c" { name = "c2" }
resource "fake_thing" "b" {
  name = "b"
  refs = [fake_thing.c.id]
}"#,
    );
    assert_eq!(h.converge().await, ["delete a", "delete c1", "create c2", "update b"]);
}
