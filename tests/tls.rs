//! Keys and certificates of the built-in provider `tls`, through the program.

use crate::harness::envctl::{Envctl, assert_next_plan_empty};
use crate::harness::process;
use serde_json::Value;
use std::process::{Command, Stdio};

fn project(main: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", main);
    envctl
}

fn state(envctl: &Envctl) -> Value {
    serde_json::from_str(&envctl.read("terraform.tfstate")).unwrap()
}

/// The stored attributes of a resource, with its schema version.
fn stored(state: &Value, kind: &str, name: &str) -> (i64, Value) {
    let all = state["resources"].as_array().unwrap();
    let found = all.iter().find(|r| r["type"] == kind && r["name"] == name && r["mode"] == "managed");
    let instance = &found.unwrap_or_else(|| panic!("no {kind}.{name}"))["instances"][0];
    (instance["schema_version"].as_i64().unwrap(), instance["attributes"].clone())
}

const CHAIN: &str = r#"
terraform {
  required_providers {
    tls = {
      source  = "hashicorp/tls"
      version = "~> 4.0"
    }
  }
}
variable "early" { default = 0 }
resource "tls_private_key" "root" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P384"
}
resource "tls_private_key" "leaf" { algorithm = "RSA" }
resource "tls_self_signed_cert" "root" {
  private_key_pem       = tls_private_key.root.private_key_pem
  validity_period_hours = 24
  is_ca_certificate     = true
  allowed_uses          = ["cert_signing"]
  subject {
    common_name  = "Root"
    organization = "Example"
  }
}
resource "tls_cert_request" "leaf" {
  private_key_pem = tls_private_key.leaf.private_key_pem
  dns_names       = ["localhost"]
  ip_addresses    = ["127.0.0.1"]
  subject { common_name = "localhost" }
}
resource "tls_locally_signed_cert" "leaf" {
  ca_cert_pem           = tls_self_signed_cert.root.cert_pem
  ca_private_key_pem    = tls_private_key.root.private_key_pem
  cert_request_pem      = tls_cert_request.leaf.cert_request_pem
  validity_period_hours = 12
  early_renewal_hours   = var.early
  allowed_uses          = ["digital_signature", "server_auth"]
}
data "tls_public_key" "leaf" { private_key_pem = tls_private_key.leaf.private_key_pem }
data "tls_certificate" "leaf" { content = tls_locally_signed_cert.leaf.cert_pem }
output "same" { value = data.tls_public_key.leaf.public_key_openssh == tls_private_key.leaf.public_key_openssh }
output "issuer" { value = data.tls_certificate.leaf.certificates[0].issuer }
"#;

#[test]
fn a_chain_is_made_once_and_verifies() {
    let envctl = project(CHAIN);
    let out = envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let out = out.says("5 added").says("same = true").says("issuer = \"CN=Root,O=Example\"");
    let state = state(&envctl);
    let (version, key) = stored(&state, "tls_private_key", "leaf");
    assert_eq!((version, &key["rsa_bits"], &key["ecdsa_curve"]), (1, &2048.into(), &"P224".into()));
    for name in ["private_key_pem", "private_key_pem_pkcs8", "private_key_openssh"] {
        let second = key[name].as_str().unwrap().lines().nth(1).unwrap();
        out.clone().never_says(second);
        envctl.run(&["state", "show", ".", "tls_private_key.leaf"]).ok().never_says(second);
    }
    let (version, leaf) = stored(&state, "tls_locally_signed_cert", "leaf");
    assert_eq!((version, &leaf["early_renewal_hours"], &leaf["ready_for_renewal"]), (0, &0.into(), &false.into()));
    assert_eq!((&leaf["max_path_length"], &leaf["ca_key_algorithm"]), (&Value::Null, &"ECDSA".into()));
    let (_, root) = stored(&state, "tls_self_signed_cert", "root");
    assert_eq!(
        (&root["subject"][0]["common_name"], &root["subject"][0]["country"], &root["dns_names"]),
        (&"Root".into(), &Value::Null, &Value::Null)
    );
    envctl.file("root.pem", root["cert_pem"].as_str().unwrap());
    envctl.file("leaf.pem", leaf["cert_pem"].as_str().unwrap());
    let verify = ["verify", "-CAfile", "root.pem", "-verify_hostname", "localhost", "-purpose", "sslserver", "leaf.pem"];
    let verified = Command::new("openssl").args(verify).current_dir(envctl.path("")).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    assert_next_plan_empty(&envctl, ".");
    envctl.run(&["destroy", ".", "-auto-approve"]).ok().says("5 destroyed");
}

#[test]
fn a_certificate_is_made_anew_when_its_early_renewal_has_come() {
    let envctl = project(CHAIN);
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let before = stored(&state(&envctl), "tls_locally_signed_cert", "leaf").1;
    // An hour more of warning changes the argument alone.
    envctl.run(&["apply", ".", "-auto-approve", "-var", "early=1"]).ok().says("1 changed");
    let same = stored(&state(&envctl), "tls_locally_signed_cert", "leaf").1;
    assert_eq!((&same["cert_pem"], &same["early_renewal_hours"]), (&before["cert_pem"], &1.into()));
    let plan = envctl.run(&["plan", ".", "-var", "early=12"]).ok();
    plan.says("tls_locally_signed_cert.leaf must be REPLACED").says("early_renewal_hours").never_says("tls_self_signed_cert.root");
    envctl.run(&["apply", ".", "-auto-approve", "-var", "early=12"]).ok().says("1 added").says("1 destroyed");
    let after = stored(&state(&envctl), "tls_locally_signed_cert", "leaf").1;
    assert!(after["cert_pem"] != before["cert_pem"] && after["ready_for_renewal"] == false, "{after}");
    // What is due reads so, and longer validity brings it out of that.
    envctl.run(&["plan", ".", "-var", "early=12", "-detailed-exitcode"]).expect(2);
    envctl.run(&["apply", ".", "-auto-approve", "-refresh-only", "-var", "early=12"]).ok();
    assert_eq!(stored(&state(&envctl), "tls_locally_signed_cert", "leaf").1["ready_for_renewal"], true);
}

#[test]
fn a_state_of_an_older_release_under_the_other_registry_plans_empty() {
    let envctl = project(CHAIN);
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let mut state = state(&envctl);
    for resource in state["resources"].as_array_mut().unwrap() {
        resource["provider"] = "provider[\"registry.terraform.io/hashicorp/tls\"]".into();
        let attributes = resource["instances"][0]["attributes"].as_object_mut().unwrap();
        attributes.retain(|name, _| !["max_path_length", "openssh_comment"].contains(&name.as_str()));
        if let Some(subject) = attributes.get_mut("subject") {
            subject[0].as_object_mut().unwrap().remove("email_address");
        }
    }
    envctl.file("terraform.tfstate", &state.to_string());
    assert_next_plan_empty(&envctl, ".");
    // Releases before 4.0 kept a hash in place of the key: learning the key is no reason for another certificate.
    for resource in state["resources"].as_array_mut().unwrap() {
        if resource["type"] == "tls_self_signed_cert" {
            resource["instances"][0]["attributes"]["private_key_pem"] = "0a0a9f2a6772942557ab5355d76af442f8f65e01".into();
        }
    }
    envctl.file("terraform.tfstate", &state.to_string());
    envctl.run(&["plan", "."]).ok().says("0 to add, 1 to change, 0 to destroy");
}

/// A server of `openssl` that shows the project's chain; it ends with the guard.
fn server(envctl: &Envctl, port: u16) -> process::Guard {
    let mut command = process::mortal("openssl");
    let port = port.to_string();
    command.args(["s_server", "-quiet", "-accept", &port, "-cert", "leaf.pem", "-key", "leaf.key", "-cert_chain", "root.pem"]);
    command.current_dir(envctl.path("")).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = process::spawn(command).unwrap();
    let start = std::time::Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap())).is_err() {
        assert!(start.elapsed().as_secs() < 60, "openssl s_server does not listen");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    server
}

#[test]
fn a_server_shows_a_chain_that_its_root_makes_trusted() {
    let envctl = project(CHAIN);
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let state = state(&envctl);
    let text = |kind: &str, of: &str, name: &str| stored(&state, kind, of).1[name].as_str().unwrap().to_string();
    envctl.file("leaf.pem", &text("tls_locally_signed_cert", "leaf", "cert_pem"));
    envctl.file("leaf.key", &text("tls_private_key", "leaf", "private_key_pem"));
    envctl.file("root.pem", &text("tls_self_signed_cert", "root", "cert_pem"));
    let port = process::free_port();
    let _server = server(&envctl, port);
    let look = "variable \"verify\" { default = true }\ndata \"tls_certificate\" \"it\" {\n  url = \"https://localhost:PORT\"\n  verify_chain = var.verify\n}\noutput \"seen\" { value = join(\" < \", data.tls_certificate.it.certificates[*].subject) }\n";
    envctl.file("look/main.tf", &look.replace("PORT", &port.to_string()));
    envctl.run(&["plan", "look"]).expect(1).says("agree on no TLS connection");
    envctl.run(&["plan", "look", "-var", "verify=false"]).ok().says("CN=Root,O=Example < CN=localhost");
    let roots = envctl.path("root.pem").display().to_string();
    envctl.with_env("SSL_CERT_FILE", &roots).run(&["plan", "look"]).ok().says("CN=Root,O=Example < CN=localhost");
}

#[test]
fn a_signer_that_is_no_authority_is_remarked() {
    let envctl = project(&CHAIN.replace("is_ca_certificate     = true", "is_ca_certificate     = false"));
    envctl.run(&["apply", ".", "-auto-approve", "-target=tls_self_signed_cert.root"]).ok();
    envctl.run(&["plan", "."]).ok().says("NO AUTHORITY");
}

#[test]
fn an_ephemeral_key_is_in_no_state() {
    let envctl = project(
        r#"
ephemeral "tls_private_key" "k" { algorithm = "ED25519" }
ephemeral "tls_public_key" "k" { private_key_pem = ephemeral.tls_private_key.k.private_key_pem }
resource "terraform_data" "user" {
  provisioner "local-exec" {
    command     = "printf %s \"$KEY$PUBLIC\" > seen"
    environment = { KEY = ephemeral.tls_private_key.k.private_key_openssh, PUBLIC = ephemeral.tls_public_key.k.public_key_openssh }
  }
}
"#,
    );
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let seen = envctl.read("seen");
    assert!(seen.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") && seen.contains("-----\nssh-ed25519 "), "{}", seen.len());
    assert!(!envctl.read("terraform.tfstate").contains("PRIVATE KEY"));
}

#[test]
fn what_is_not_possible_is_said_while_planning() {
    let cases = [
        ("resource \"tls_private_key\" \"k\" { algorithm = \"ECDSA\" }", "the curve P224, which is the default, is not supported"),
        ("resource \"tls_private_key\" \"k\" {\n  algorithm = \"RSA\"\n  rsa_bits = 1024\n}", "RSA keys of 1024 bits are not supported"),
        ("data \"tls_certificate\" \"c\" {\n  url = \"http://x\"\n}", "begins neither with https:// nor with tls://"),
        ("data \"tls_certificate\" \"c\" {}", "content or url is required"),
        ("data \"tls_public_key\" \"c\" { private_key_pem = \"x\" }", "it is not in PEM form"),
        ("provider \"tls\" {\n  proxy {\n    from_env = true\n  }\n}\nresource \"tls_private_key\" \"k\" { algorithm = \"RSA\" }", "proxy"),
    ];
    for (text, message) in cases {
        project(&format!("{text}\n")).run(&["plan", "."]).expect(1).says(message);
    }
}
