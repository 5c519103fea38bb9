use super::*;

const WITH_TOKEN: &str = r#"
ephemeral "fake_token" "t" { name = "k" }
resource "fake_thing" "a" {
  name              = "a"
  secret_wo         = ephemeral.fake_token.t.value
  secret_wo_version = 1
}"#;

fn log(h: &House) -> Vec<String> {
    std::mem::take(&mut h.cloud.get().log)
}

#[tokio::test]
async fn opened_for_the_plan_and_again_for_the_apply() {
    let mut h = house(WITH_TOKEN);
    assert_eq!(h.plan().await, ["Create fake_thing.a"]);
    assert_eq!(log(&h), ["configure ", "open k", "close k"]);
    let mut providers = h.providers();
    let plan = h.planned(&mut providers).await.plan.unwrap();
    h.cloud.get().log.clear();
    let result = h.apply_plan(&plan, &mut providers).await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    assert_eq!(log(&h), ["open k", "create a with k-1", "close k"]);
    h.assert_empty().await;
}

#[tokio::test]
async fn a_write_only_value_is_given_and_never_stored() {
    let mut h = house(WITH_TOKEN);
    h.converge().await;
    h.write(&WITH_TOKEN.replace("= 1", "= 2"));
    assert_eq!(h.plan().await, ["Update fake_thing.a"]);
    let planned = h.planned(&mut h.providers()).await.plan.unwrap();
    let change = planned.changes.iter().find(|c| !c.is_nothing()).unwrap();
    assert!(change.after.as_ref().unwrap().get("secret_wo").unwrap().is_null());
    assert_eq!(change.notes.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["write-only"]);
    assert_eq!(h.converge().await, ["open k", "close k", "open k", "update a with k-2", "close k"]);
    let stored = String::from_utf8(crate::state::write(&h.state, Style::Compact)).unwrap();
    assert!(stored.contains("\"secret_wo\":null") && !stored.contains("k-2"), "{stored}");
    // The value alone moves nothing: only the provider could know it.
    h.write(&WITH_TOKEN.replace("= 1", "= 2").replace("ephemeral.fake_token.t.value", "\"other\""));
    h.assert_empty().await;
}

#[tokio::test]
async fn opened_late_where_its_configuration_is_not_known_yet() {
    let mut h = house(
        r#"
resource "fake_thing" "a" { name = "a" }
ephemeral "fake_token" "t" { name = fake_thing.a.id }
ephemeral "fake_token" "u" { name = ephemeral.fake_token.t.value }
locals { v = "<${ephemeral.fake_token.u.value}>" }
resource "fake_thing" "b" {
  name      = "b"
  secret_wo = local.v
}"#,
    );
    assert_eq!(h.plan().await, ["Create fake_thing.a", "Create fake_thing.b"]);
    let calls = h.converge().await;
    assert_eq!(calls, ["create a", "open i-1", "open i-1-1", "create b with <i-1-1-1>", "close i-1-1", "close i-1"]);
    let text = String::from_utf8(crate::state::write(&h.state, Style::Compact)).unwrap();
    assert!(!text.contains("ephemeral") && !text.contains("fake_token"), "{text}");
}

#[tokio::test]
async fn a_provider_is_configured_from_one_that_is_open() {
    let mut h = house(
        r#"
provider "fake" {
  alias  = "by_token"
  region = ephemeral.fake_token.t.value
}
ephemeral "fake_token" "t" { name = "r" }
resource "fake_thing" "a" {
  provider = fake.by_token
  name     = "a"
}"#,
    );
    let result = h.apply().await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    let calls = log(&h);
    assert_eq!(calls, ["configure ", "open r", "configure r-1", "close r", "open r", "configure r-2", "create a", "close r"]);
    h.options.mode = PlanMode::Destroy;
    let result = h.apply().await;
    assert!(!result.diags.has_errors(), "{:#?}", result.diags);
    assert_eq!(h.calls(), ["open r", "close r", "open r", "delete a", "close r"]);
}

#[tokio::test]
async fn kept_alive_while_the_run_needs_it() {
    let mut h = house(&WITH_TOKEN.replace("{ name = \"k\" }", "{\n name = \"k\"\n renews = true\n}"));
    assert!(!h.apply().await.diags.has_errors());
    let calls = h.calls();
    let made = calls.iter().position(|c| c.starts_with("create a")).unwrap();
    assert!(calls.iter().skip(made - 1).any(|c| c == "renew k"), "{calls:?}");
    assert_eq!(calls.last().map(String::as_str), Some("close k"));
}

#[tokio::test]
async fn what_cannot_be_opened_stops_what_needs_it() {
    let h = house(WITH_TOKEN);
    h.cloud.get().fail_create.insert("k".into());
    assert_eq!(h.errors().await, ["Opening failed: the fake says no"]);
}

#[tokio::test]
async fn ephemeral_values_stay_out_of_what_lasts() {
    let cases = [
        ("resource \"fake_thing\" \"b\" { name = local.t }", "name of fake_thing.b would be stored"),
        (
            "resource \"fake_thing\" \"b\" {\n name = \"b\"\n rule {\n port = 1\n note = local.t\n }\n}",
            "rule of fake_thing.b would be stored",
        ),
        ("data \"fake_lookup\" \"b\" { name = local.t }", "name of data.fake_lookup.b would be stored"),
        ("output \"o\" { value = local.t }", "is not ephemeral itself"),
        ("resource \"fake_thing\" \"b\" {\n count = length(local.t)\n name = \"b\"\n}", "comes from an ephemeral value"),
        ("resource \"fake_thing\" \"b\" {\n for_each = toset([local.t])\n name = \"b\"\n}", "ephemeral"),
        ("module \"m\" {\n source = \"./m\"\n plain = local.t\n}", "var.plain of module.m is ephemeral"),
    ];
    for (text, message) in cases {
        let mut h = house(&format!(
            "ephemeral \"fake_token\" \"t\" {{ name = \"k\" }}\nlocals {{ t = nonsensitive(ephemeral.fake_token.t.value) }}\n{text}"
        ));
        h.files.insert("m/main.tf".into(), "variable \"plain\" {}".into());
        let errors = h.errors().await;
        assert!(errors.len() == 1 && errors[0].contains(message), "{text}: {errors:#?}");
    }
}
