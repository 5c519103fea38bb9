use super::*;

const REGIONS: &str = r#"
variable "regions" { type = set(string) }
variable "used" { type = set(string) }
provider "fake" {
  alias    = "by_region"
  for_each = var.regions
  region   = "r-${each.key}"
}
resource "fake_thing" "a" {
  for_each = var.used
  provider = fake.by_region[each.key]
  name     = each.key
}
data "fake_lookup" "d" {
  for_each = var.used
  provider = fake.by_region[each.value]
  name     = each.key
}
module "m" {
  source   = "./m"
  for_each = var.used
  providers = { fake = fake.by_region[each.key] }
  name     = "m-${each.key}"
}"#;

fn names(all: &[&str]) -> Value {
    Value::set(crate::value::Type::String, all.iter().map(Value::string).collect())
}

fn regions(text: &str, regions: &[&str], used: &[&str]) -> House {
    let mut h = house(text);
    h.files.insert(
        "m/main.tf".into(),
        "variable \"name\" {}\nmodule \"n\" {\n source = \"./n\"\n name = var.name\n providers = { fake = fake }\n}".into(),
    );
    h.files.insert("m/n/main.tf".into(), "variable \"name\" {}\nresource \"fake_thing\" \"b\" { name = var.name }".into());
    h.set(regions, used);
    h
}

impl House {
    fn set(&mut self, regions: &[&str], used: &[&str]) {
        self.variables.insert("regions".into(), names(regions));
        self.variables.insert("used".into(), names(used));
    }
}

#[tokio::test]
async fn every_instance_is_managed_by_its_own_provider() {
    let mut h = regions(REGIONS, &["x", "y", "z"], &["x", "y"]);
    h.converge().await;
    let text = String::from_utf8(crate::state::write(&h.state, Style::Compact)).unwrap();
    let own = |key: &str| format!("\"provider\":\"provider[\\\"registry.opentofu.org/hashicorp/fake\\\"].by_region[\\\"{key}\\\"]\"");
    assert_eq!((text.matches(&own("x")).count(), text.matches(&own("y")).count()), (3, 3), "{text}");
    h.state = read(text.as_bytes()).unwrap();
    h.cloud.get().log.clear();
    h.assert_empty().await;
    // What is not used any more is removed by the instance that made it.
    h.set(&["x", "y"], &["x"]);
    h.cloud.get().log.clear();
    assert_eq!(h.converge().await, ["delete m-y", "delete y"].map(str::to_string));
    h.set(&["x"], &["x"]);
    h.assert_empty().await;
    h.options.mode = PlanMode::Destroy;
    assert!(!h.apply().await.diags.has_errors());
    assert!(h.state.resources.is_empty());
}

#[tokio::test]
async fn an_instance_goes_after_its_objects() {
    let mut h = regions(REGIONS, &["x", "y"], &["x", "y"]);
    h.converge().await;
    h.set(&["x"], &["x"]);
    let errors = h.errors().await;
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(
        errors[0].contains("fake_thing.a[\"y\"] is in the state and was made with")
            && errors[0].starts_with("Provider instance not present")
    );
    h.set(&["x"], &["x", "w"]);
    assert!(h.errors().await.iter().any(|e| e.contains("needs provider[\"registry.opentofu.org/hashicorp/fake\"].by_region[\"w\"]")));
}

#[tokio::test]
async fn an_object_follows_when_its_provider_gets_instances() {
    let mut h = regions(
        "variable \"regions\" {}\nvariable \"used\" {}\nprovider \"fake\" {\n alias = \"by_region\"\n}\nresource \"fake_thing\" \"a\" {\n for_each = var.used\n provider = fake.by_region\n name = each.key\n}",
        &["x"],
        &["x"],
    );
    h.converge().await;
    h.write(REGIONS.split("data \"fake").next().unwrap());
    assert_eq!(h.plan().await, Vec::<String>::new());
    h.converge().await;
}

#[tokio::test]
async fn keys_are_known_and_plain() {
    let cases = [
        ("provider = fake.by_region", "does not say which instance"),
        ("provider = fake.by_region[null]", "is null"),
        ("provider = fake.by_region[sensitive(each.key)]", "neither sensitive nor ephemeral"),
        ("provider = fake.plain[each.key]", "which has no for_each here"),
        ("provider = fake.by_region[fake_thing.other.id]", "is known only after apply"),
    ];
    for (text, message) in cases {
        let h = regions(
            &format!(
                "variable \"regions\" {{}}\nvariable \"used\" {{}}\nprovider \"fake\" {{\n alias = \"plain\"\n}}\nprovider \"fake\" {{\n alias = \"by_region\"\n for_each = var.regions\n}}\nresource \"fake_thing\" \"other\" {{ name = \"o\" }}\nresource \"fake_thing\" \"a\" {{\n for_each = var.used\n {text}\n name = each.key\n}}"
            ),
            &["x"],
            &["x"],
        );
        let errors = h.try_errors().await;
        assert!(errors.len() == 1 && errors[0].contains(message), "{text}: {errors:#?}");
    }
}
