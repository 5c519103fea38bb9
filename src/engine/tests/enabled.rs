use super::*;

const TEXT: &str = r#"
variable "on" { type = bool }
resource "fake_thing" "a" {
  name = "a"
  lifecycle { enabled = var.on }
}
data "fake_lookup" "d" {
  name = "d"
  lifecycle { enabled = var.on }
}
module "m" {
  source = "./m"
  lifecycle { enabled = var.on }
}
output "all" {
  value = [
    try(fake_thing.a.name, "no a"),
    fake_thing.a == null,
    data.fake_lookup.d != null ? data.fake_lookup.d.value : "no d",
    module.m == null ? "no m" : module.m.name,
  ]
}"#;

fn switched(text: &str, on: bool) -> House {
    let mut h = house(text);
    h.variables.insert("on".into(), Value::bool(on));
    h.files
        .insert("m/main.tf".into(), "resource \"fake_thing\" \"b\" { name = \"b\" }\noutput \"name\" { value = fake_thing.b.name }".into());
    h
}

#[tokio::test]
async fn a_switch_makes_one_instance_or_none() {
    let mut h = switched(TEXT, true);
    h.converge().await;
    assert_eq!(h.state.outputs["all"].value, serde_json::json!(["a", false, "<d>", "b"]));
    h.variables.insert("on".into(), Value::bool(false));
    assert_eq!(h.plan().await, ["Delete fake_thing.a", "Delete module.m.fake_thing.b"]);
    let planned = h.planned(&mut h.providers()).await.plan.unwrap();
    let reasons: Vec<_> = planned.changes.iter().filter_map(|c| c.reason).collect();
    assert_eq!(reasons, [crate::plan::ActionReason::DeleteBecauseEnabledFalse, crate::plan::ActionReason::DeleteBecauseNoModule]);
    h.converge().await;
    assert_eq!(h.state.outputs["all"].value, serde_json::json!(["no a", true, "no d", "no m"]));
}

#[tokio::test]
async fn an_instance_counted_before_keeps_its_object() {
    let mut h = switched("variable \"on\" {}\nresource \"fake_thing\" \"a\" {\n name = \"a\"\n count = var.on ? 1 : 0\n}", true);
    h.converge().await;
    h.write("variable \"on\" {}\nresource \"fake_thing\" \"a\" {\n name = \"a\"\n lifecycle {\n enabled = var.on\n }\n}");
    assert_eq!(h.converge().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_switch_is_a_known_truth() {
    let cases = [
        ("fake_thing.x.zone == \"z1\"", "The enabled of fake_thing.a is known only after apply"),
        ("null", "enabled of fake_thing.a must be true or false, and not null."),
        ("var.on ? null : true", "must be true or false"),
        ("\"maybe\"", "enabled"),
    ];
    for (text, message) in cases {
        let main = format!(
            "variable \"on\" {{}}\nresource \"fake_thing\" \"x\" {{ name = \"x\" }}\nresource \"fake_thing\" \"a\" {{\n name = \"a\"\n lifecycle {{\n enabled = {text}\n }}\n}}"
        );
        let errors = switched(&main, true).errors().await;
        assert!(errors.len() == 1 && errors[0].contains(message), "{text}: {errors:#?}");
    }
    let off = switched(
        "variable \"on\" {}\nresource \"fake_thing\" \"a\" {\n name = \"a\"\n lifecycle {\n enabled = var.on\n }\n}\noutput \"o\" { value = fake_thing.a.name }",
        false,
    );
    assert!(off.errors().await[0].contains("null"), "{:?}", off.errors().await);
}
