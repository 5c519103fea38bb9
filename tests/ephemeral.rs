//! Ephemeral values: used, never stored.

use crate::harness::Sshd;
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

/// Applications take ephemeral values at plan, apply and deploy; nothing shows or keeps them.
#[test]
fn applications_get_ephemeral_values_and_nobody_else() {
    let sshd = Sshd::start();
    let envctl = Envctl::new();
    let text = |kept: &str| {
        format!(
            r#"
terraform {{
  backend "local" {{}}
}}

ephemeral "random_password" "db" {{
  length  = 24
  special = false
}}

locals {{
  password = ephemeral.random_password.db.result
}}

resource "terraform_data" "made" {{
  input = "{kept}"
}}

app "web" {{
  host = "target"

  ssh {{
    config = "{}"
  }}

  file "~/app.env" {{
    content = "PASSWORD=${{local.password}}\nKEPT=${{terraform_data.made.output}}\n"
  }}
}}
"#,
            sshd.ssh_config().display()
        )
    };
    envctl.file("environments/one/main.tf", &text("first"));
    let on_host = || std::fs::read_to_string(sshd.home().join("app.env")).unwrap();
    let mut seen = Vec::new();
    for (command, kept) in [("apply", "first"), ("deploy", "first"), ("apply", "second")] {
        envctl.file("environments/one/main.tf", &text(kept));
        let outcome = envctl.run(&[command, "one", "-auto-approve", "-input=false", "-no-color"]).ok();
        let file = on_host();
        let password = file.lines().next().unwrap().strip_prefix("PASSWORD=").unwrap().to_owned();
        assert_eq!(password.len(), 24, "{command}: {file}");
        assert!(file.contains(&format!("KEPT={kept}\n")), "{command}: {file}");
        assert!(!outcome.text().contains(&password), "{}", outcome.text());
        seen.push(password);
    }
    seen.dedup();
    assert_eq!(seen.len(), 3, "another one each time");
    let plan = envctl.run(&["plan", "one", "-input=false", "-no-color"]).ok();
    plan.says("(sensitive value)");
    for entry in walkdir::WalkDir::new(envctl.path(".")).into_iter().flatten().filter(|e| e.file_type().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(seen.iter().all(|password| !text.contains(password.as_str())), "{}", entry.path().display());
    }
}
