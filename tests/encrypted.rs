//! Encryption at rest: nothing that a run leaves on the disk shows a secret, and only the right key
//! reads it.

use crate::harness::{Envctl, assert_next_plan_empty};

const SECRET: &str = "a-password-in-the-state";
const PHRASE: &str = "correct horse battery staple";

const RESOURCES: &str = r#"
variable "phrase" {
  type      = string
  sensitive = true
}

resource "terraform_data" "x" {
  input = "a-password-in-the-state"
}
"#;

fn block(passphrase: &str, fallback: &str) -> String {
    format!(
        r#"
terraform {{
  encryption {{
    key_provider "pbkdf2" "main" {{
      passphrase    = {passphrase}
      iterations    = 200000
      hash_function = "sha256"
    }}
    method "aes_gcm" "main" {{
      keys = key_provider.pbkdf2.main
    }}
    method "unencrypted" "none" {{}}
    state {{
      method = method.aes_gcm.main
      {fallback}
    }}
    plan {{
      method = method.aes_gcm.main
    }}
  }}
}}
"#
    )
}

const FROM_PLAIN: &str = "fallback {\n        method = method.unencrypted.none\n      }";

/// Files of the environment (its configuration apart) that show the secret.
fn showing(envctl: &Envctl) -> Vec<String> {
    let all = walkdir::WalkDir::new(envctl.path("environments/a")).into_iter().filter_map(Result::ok);
    let files = all.filter(|e| e.file_type().is_file() && e.path().extension().is_none_or(|x| x != "tf"));
    let shows = |path: &std::path::Path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(SECRET.len()).any(|w| w == SECRET.as_bytes())
    };
    files.filter(|e| shows(e.path())).map(|e| e.path().display().to_string()).collect()
}

#[test]
fn a_state_is_encrypted_planned_with_and_decrypted() {
    let envctl = Envctl::new().with_env("TF_VAR_phrase", PHRASE);
    envctl.file("environments/a/main.tf", RESOURCES);
    let apply = ["apply", "a", "-auto-approve", "-input=false"];
    envctl.run(&apply).ok();
    assert_eq!(showing(&envctl).len(), 1, "the plain state, for a start");
    std::fs::remove_file(envctl.path("environments/a/terraform.tfstate.backup")).ok();

    envctl.file("environments/a/encryption.tf", &block("var.phrase", ""));
    envctl.run(&["plan", "a", "-input=false"]).expect(1).says("not encrypted").never_says(PHRASE);
    envctl.file("environments/a/encryption.tf", &block("var.phrase", FROM_PLAIN));
    envctl.run(&["apply", "a", "-auto-approve", "-input=false", "-replace=terraform_data.x"]).ok();
    std::fs::remove_file(envctl.path("environments/a/terraform.tfstate.backup")).ok();
    assert_eq!(showing(&envctl), Vec::<String>::new());
    let stored = envctl.read("environments/a/terraform.tfstate");
    assert!(stored.contains("\"encryption_version\":\"v0\"") && stored.contains("key_provider.pbkdf2.main"), "{stored}");

    envctl.file("environments/a/encryption.tf", &block("var.phrase", ""));
    assert_next_plan_empty(&envctl, "a");
    assert!(envctl.run(&["state", "pull", "a"]).ok().stdout.contains(SECRET));

    envctl.run(&["plan", "a", "-input=false", "-replace=terraform_data.x", "-out", "environments/a/kept.plan"]).ok();
    assert_eq!(showing(&envctl), Vec::<String>::new());
    envctl.run(&["apply", "environments/a/kept.plan"]).ok().says("1 added");

    envctl.file("environments/a/encryption.tf", &block("\"another long passphrase\"", ""));
    envctl
        .run(&["plan", "a", "-input=false"])
        .expect(1)
        .says("did not decrypt it")
        .never_says(PHRASE)
        .never_says("another long passphrase");
    std::fs::remove_file(envctl.path("environments/a/encryption.tf")).unwrap();
    envctl.run(&["plan", "a", "-input=false"]).expect(1).says("The state is encrypted").says("TF_ENCRYPTION");
}

/// Reads the state of `a`, which is encrypted, with the methods of a block of its own.
fn reading(remote: &str) -> String {
    format!(
        r#"
terraform {{
  encryption {{
    key_provider "pbkdf2" "main" {{
      passphrase = var.phrase
      iterations = 200000
      hash_function = "sha256"
    }}
    method "aes_gcm" "theirs" {{
      keys = key_provider.pbkdf2.main
    }}
    method "aes_gcm" "other" {{
      keys = key_provider.pbkdf2.main
      aad  = [1, 2, 255]
    }}
    method "unencrypted" "none" {{}}
    {remote}
  }}
}}

variable "phrase" {{
  type      = string
  sensitive = true
}}

data "terraform_remote_state" "theirs" {{
  backend = "local"
  config  = {{ path = "../a/terraform.tfstate" }}
}}

resource "terraform_data" "copy" {{
  input = data.terraform_remote_state.theirs.outputs.name
}}
"#
    )
}

#[test]
fn another_state_that_is_encrypted_is_read() {
    let envctl = Envctl::new().with_env("TF_VAR_phrase", PHRASE);
    envctl.file("environments/a/main.tf", &format!("{RESOURCES}\noutput \"name\" {{\n  value = \"from-a\"\n}}\n"));
    envctl.file("environments/a/encryption.tf", &block("var.phrase", ""));
    envctl.run(&["apply", "a", "-auto-approve", "-input=false"]).ok();
    let plan = |remote: &str| {
        envctl.file("environments/b/main.tf", &reading(remote));
        envctl.run(&["plan", "b", "-input=false"])
    };
    plan("").expect(1).says("encrypted").says("remote_state_data_sources").never_says(PHRASE);
    let named = "remote_state_data_source \"theirs\" {\n method = method.aes_gcm.theirs\n }";
    plan(&format!("remote_state_data_sources {{\n {named}\n }}")).ok().says("from-a");
    plan("remote_state_data_sources {\n default {\n method = method.aes_gcm.theirs\n }\n }").ok().says("from-a");
    // What the method authenticates beside the text has to be the same.
    plan("remote_state_data_sources {\n default {\n method = method.aes_gcm.other\n }\n }").expect(1).says("did not decrypt");
    let chain = "default {\n method = method.aes_gcm.other\n fallback {\n method = method.aes_gcm.theirs\n }\n }";
    plan(&format!("remote_state_data_sources {{\n {chain}\n }}")).ok().says("from-a");
    // A target that does not name plain text refuses it; who has none reads it.
    std::fs::remove_file(envctl.path("environments/a/encryption.tf")).unwrap();
    std::fs::remove_file(envctl.path("environments/a/terraform.tfstate")).unwrap();
    envctl.run(&["apply", "a", "-auto-approve", "-input=false"]).ok();
    plan(&format!("remote_state_data_sources {{\n {named}\n }}")).expect(1).says("not encrypted");
    plan(&format!("remote_state_data_sources {{\n {chain}\n }}")).expect(1).says("not encrypted");
    let other = named.replace("\"theirs\"", "\"others\"");
    plan(&format!("remote_state_data_sources {{\n {other}\n }}")).ok().says("from-a");
    let plain = "remote_state_data_source \"theirs\" {\n method = method.unencrypted.none\n }";
    plan(&format!("remote_state_data_sources {{\n {plain}\n {chain}\n }}")).ok().says("from-a");
    plan("remote_state_data_sources {\n default {\n method = method.aes_gcm.missing\n }\n }").expect(1).says("\"missing\"");
}
