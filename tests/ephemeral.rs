//! Ephemeral values: used, never stored.

use crate::harness::envctl::{Envctl, assert_next_plan_empty};

const MAIN: &str = r#"
variable "token" {
  ephemeral = true
  type      = string
}
module "m" {
  source = "./m"
  token  = var.token
}
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command     = "printf %s \"$TOKEN\" > seen"
    environment = { TOKEN = module.m.token }
  }
}
"#;
const INNER: &str = r#"
variable "token" { ephemeral = true }
output "token" {
  value     = "${var.token}!"
  ephemeral = true
}
"#;

fn project(main: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", main).file("m/main.tf", INNER);
    envctl
}

#[test]
fn an_ephemeral_variable_is_used_and_kept_nowhere() {
    let envctl = project(MAIN);
    envctl.run(&["plan", ".", "-var", "token=very-secret", "-out", "p"]).ok().never_says("very-secret");
    assert!(!envctl.read("p").contains("very-secret"));
    envctl.run(&["apply", "p"]).expect(1).says("is ephemeral").says("Give it again");
    envctl.run(&["apply", "p", "-var", "token=very-secret"]).ok().never_says("very-secret");
    assert_eq!(envctl.read("seen"), "very-secret!");
    assert!(!envctl.read("terraform.tfstate").contains("very-secret"));
    let envctl = envctl.with_env("TF_VAR_token", "other");
    assert_next_plan_empty(&envctl, ".");
}

#[test]
fn what_would_be_stored_is_refused() {
    let cases = [
        ("resource \"terraform_data\" \"b\" { input = { x = var.token } }\n", "Invalid use of an ephemeral value"),
        ("output \"t\" { value = var.token }\n", "Invalid use of an ephemeral value"),
        ("output \"t\" {\n  value = 1\n  ephemeral = true\n}\n", "Ephemeral output in the root module"),
    ];
    for (text, message) in cases {
        let envctl = project(&format!("{MAIN}{text}"));
        envctl.run(&["plan", ".", "-var", "token=very-secret"]).expect(1).says(message).never_says("very-secret");
    }
    let envctl = project(&format!("{MAIN}resource \"terraform_data\" \"b\" {{ input = ephemeralasnull(var.token) }}\n"));
    envctl.run(&["apply", ".", "-var", "token=very-secret", "-auto-approve"]).ok();
}
