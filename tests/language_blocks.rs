//! Blocks and arguments of the language, as people write them.

use crate::harness::envctl::{Envctl, assert_next_plan_empty};

fn project(main: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", main);
    envctl
}

const PASSWORD: &str = r#"
ephemeral "random_password" "p" {
  for_each = toset(["one", "two"])
  length   = terraform_data.length.output
  lifecycle {
    precondition {
      condition     = each.key != "three"
      error_message = "There are two."
    }
    postcondition {
      condition     = length(self.result) == 14
      error_message = "Too short."
    }
  }
}
resource "terraform_data" "length" { input = 14 }
resource "terraform_data" "user" {
  provisioner "local-exec" {
    command     = "printf %s \"$PASSWORD\" > seen"
    environment = { PASSWORD = ephemeral.random_password.p["one"].result }
  }
}
"#;

#[test]
fn an_ephemeral_password_lives_for_one_run() {
    let envctl = project(PASSWORD);
    let plan = envctl.run(&["plan", ".", "-out", "p"]).ok();
    plan.says("terraform_data.user").never_says("ephemeral.random_password");
    let apply = envctl.run(&["apply", "p"]).ok();
    let apply = apply
        .says("ephemeral.random_password.p[\"one\"]: Opening...")
        .says("ephemeral.random_password.p[\"two\"]: Close complete after 0s");
    let seen = envctl.read("seen");
    assert_eq!(seen.chars().count(), 14, "{seen}");
    apply.never_says(&seen);
    let state = envctl.read("terraform.tfstate");
    assert!(!state.contains(&seen) && !state.contains("random_password"), "{state}");
    assert_next_plan_empty(&envctl, ".");
    let json = envctl.run(&["plan", ".", "-json"]).ok();
    json.says("\"ephemeral_action_started\"").says("\"ephemeral_action_complete\"");
    envctl.run(&["destroy", ".", "-auto-approve"]).ok().never_says("Opening");
}

#[test]
fn a_condition_of_an_ephemeral_resource_stops_the_run() {
    let envctl = project(&PASSWORD.replace("== 14", "== 15"));
    envctl.run(&["apply", ".", "-auto-approve"]).expect(1).says("Postcondition of a resource failed").says("Too short.");
    assert!(!envctl.path("seen").exists());
}

#[test]
fn an_ephemeral_value_reaches_no_lasting_place() {
    let base = "ephemeral \"random_password\" \"p\" { length = 12 }\n";
    let cases = [
        ("resource \"terraform_data\" \"a\" { input = ephemeral.random_password.p.result }", "input of terraform_data.a would be stored"),
        ("output \"o\" { value = ephemeral.random_password.p.result }", "The output refers to an ephemeral value"),
        ("ephemeral \"random_passwort\" \"q\" { length = 1 }", "Did you mean \"random_password\"?"),
        ("ephemeral \"random_password\" \"q\" {}", "Missing required argument"),
        ("resource \"terraform_data\" \"a\" { input = random_password.p.result }", "ephemeral.random_password.p"),
    ];
    for (text, message) in cases {
        let outcome = project(&format!("{base}{text}\n")).run(&["plan", "."]).expect(1);
        let outcome = outcome.says(message);
        assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{}", outcome.stderr);
    }
}

const DEPRECATED: &str = r#"
module "m" {
  source = "./m"
  old    = 3
}
output "a" {
  value      = module.m.dep
  deprecated = "gone with the next release"
}
"#;

#[test]
fn what_is_deprecated_warns_where_it_is_used() {
    let envctl = project(DEPRECATED);
    envctl.file("m/main.tf", "variable \"old\" {\n  default    = 1\n  deprecated = \"use new\"\n}\noutput \"dep\" {\n  value      = var.old\n  deprecated = \"use fine\"\n}\n");
    let outcome = envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let outcome = outcome.says("The variable \"old\" of module.m is deprecated: use new");
    let outcome = outcome.says("The output \"dep\" of module.m is deprecated: use fine");
    assert_eq!(outcome.stderr.matches("warning: ").count(), 2, "{}", outcome.stderr);
    assert!(envctl.read("terraform.tfstate").contains("\"deprecated\": \"gone with the next release\""));
    assert_next_plan_empty(&envctl, ".");
}

const MOMENTS: &str = r#"
resource "time_static" "now" {}
resource "time_offset" "later" {
  base_rfc3339 = "2026-01-31T00:00:00Z"
  offset_days  = var.days
}
variable "days" { default = 7 }
resource "time_rotating" "key" {
  rfc3339       = "2020-01-01T00:00:00Z"
  rotation_days = var.rotation
}
variable "rotation" { default = 36500 }
resource "time_sleep" "pause" {
  create_duration = "1100ms"
  triggers        = { at = time_offset.later.rfc3339 }
}
output "later" { value = "${time_offset.later.rfc3339} ${time_rotating.key.rotation_rfc3339} ${time_static.now.year > 2000}" }
"#;

#[test]
fn moments_stay_until_they_are_due() {
    let envctl = project(MOMENTS);
    let begin = std::time::Instant::now();
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("2026-02-07T00:00:00Z 2119-12-08T00:00:00Z true");
    assert!(begin.elapsed().as_millis() >= 1100);
    assert_next_plan_empty(&envctl, ".");
    let moved = envctl.run(&["apply", ".", "-auto-approve", "-var", "days=8"]).ok();
    moved.says("1 added, 1 changed, 1 destroyed").says("2026-02-08T00:00:00Z");
    // One that is over is made anew.
    envctl.run(&["apply", ".", "-auto-approve", "-var", "days=8", "-var", "rotation=1"]).ok().says("1 changed");
    envctl.run(&["plan", ".", "-var", "days=8", "-var", "rotation=1"]).ok().says("time_rotating.key will be created");
    envctl.run(&["destroy", ".", "-auto-approve"]).ok();
}

const UNKNOWN: &str = r#"
resource "terraform_data" "a" { input = 3 }
locals { ids = [terraform_data.a.id] }
module "m" {
  source = "./m"
  keys   = toset(local.ids)
}
resource "terraform_data" "b" { count = module.m.length }
"#;

#[test]
fn an_unknown_count_says_where_it_comes_from_and_what_to_do() {
    let envctl = project(UNKNOWN);
    let inner = "variable \"keys\" {}\nresource \"terraform_data\" \"x\" { for_each = var.keys }\nresource \"terraform_data\" \"s\" {}\noutput \"length\" { value = length(terraform_data.s.id) }\n";
    envctl.file("m/main.tf", inner);
    let plan = envctl.run(&["plan", "."]).expect(1);
    let plan = plan.says("It comes from terraform_data.a.id (through module.m.var.keys, local.ids).");
    let plan = plan.says("It comes from module.m.terraform_data.s.id (through module.m.length).");
    plan.says("-target=module.m.terraform_data.s; or leave this out for now: -exclude=terraform_data.b");
    let exclude = ["-exclude=terraform_data.b", "-exclude=module.m.terraform_data.x"];
    envctl.run(&["plan", ".", exclude[0], exclude[1]]).ok().says("2 to add");
    envctl.run(&["apply", ".", "-auto-approve", "-target=terraform_data.a", "-target=module.m.terraform_data.s"]).ok();
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("37 added");
    assert_next_plan_empty(&envctl, ".");
}

const IMPORTS: &str = "import {\n  to = terraform_data.a\n  id = \"one\"\n}\nimport {\n  to = terraform_data.b\n  id = \"two\"\n}\nresource \"terraform_data\" \"b\" {}\n";

#[test]
fn configuration_is_generated_for_imports_without_any() {
    let envctl = project(IMPORTS);
    envctl.run(&["plan", "."]).expect(1).says("-generate-config-out=FILE");
    let plan = envctl.run(&["plan", ".", "-generate-config-out=new.tf"]).ok();
    plan.says("terraform_data.a will be imported").says("2 to import, 0 to add, 0 to change").says("review it, then apply");
    let text = envctl.read("new.tf");
    assert!(text.ends_with("\nresource \"terraform_data\" \"a\" {\n}\n"), "{text}");
    envctl.run(&["plan", ".", "-generate-config-out=new.tf"]).expect(1).says("is there already");
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("2 imported");
    assert_next_plan_empty(&envctl, ".");
    let keyed = project("import {\n  to = terraform_data.a[0]\n  id = \"one\"\n}\n");
    keyed.run(&["plan", ".", "-generate-config-out=new.tf"]).expect(1).says("Cannot generate configuration");
}
