//! `encryption` blocks and `TF_ENCRYPTION`.

use super::load_text;
use crate::config::{Encryption, KeyHash, KeySource, Passphrase, SealMethod, encryption};
use crate::diag::Diagnostics;
use crate::files::MemFiles;
use crate::lang::CallEnv;
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const BLOCK: &str = r#"
variable "pass" { sensitive = true }
locals { phrase = "${var.pass} horse" }
terraform {
  encryption {
    key_provider "pbkdf2" "x" {
      passphrase    = local.phrase
      iterations    = 250000
      hash_function = "sha256"
    }
    method "aes_gcm" "x" { keys = key_provider.pbkdf2.x }
    method "unencrypted" "none" {}
    state {
      method = method.aes_gcm.x
      fallback { method = method.unencrypted.none }
    }
  }
}
"#;

fn read(text: &str, given: Option<&str>) -> (Option<Encryption>, Diagnostics) {
    let config = load_text(text).clean();
    let env = CallEnv::new("/p", Arc::new(MemFiles::new()), config.sources.clone());
    let variables: BTreeMap<Name, Value> = [("pass".into(), Value::string("correct battery").sensitive())].into();
    let mut diags = Diagnostics::new();
    let found = encryption(&config, &variables, &env, given, &mut diags);
    (found, diags)
}

fn clean(text: &str, given: Option<&str>) -> Encryption {
    let (found, diags) = read(text, given);
    assert!(!diags.has_errors(), "{diags:?}");
    found.unwrap()
}

fn passphrase(method: &SealMethod) -> (&str, &Passphrase) {
    match method {
        SealMethod::AesGcm(key) => match &key.source {
            KeySource::Passphrase(p) => (&key.meta_key, p),
            other => panic!("{other:?}"),
        },
        SealMethod::Unencrypted => panic!("unencrypted"),
    }
}

#[test]
fn a_block_says_who_writes_and_who_reads() {
    let found = clean(BLOCK, None);
    let [method, SealMethod::Unencrypted] = &found.state.as_deref().unwrap() else { unreachable!("{found:?}") };
    let (meta_key, key) = passphrase(method);
    assert_eq!((key.text.as_str(), meta_key), ("correct battery horse", "key_provider.pbkdf2.x"));
    assert_eq!((key.iterations, key.hash, key.key_length, key.salt_length), (250_000, KeyHash::Sha256, 32, 32));
    assert!(found.plan.is_none());
    assert_eq!(found.secrets().collect::<Vec<_>>(), ["correct battery horse"]);
    assert!(!format!("{found:?}").contains("battery"));
    assert!(read("", None).0.is_none());
}

#[test]
fn the_variable_wins_argument_by_argument() {
    let found = clean(
        BLOCK,
        Some(
            r#"
            key_provider "pbkdf2" "x" {
              passphrase               = "a phrase of the variable"
              encrypted_metadata_alias = "team"
            }
            plan {
              method   = method.aes_gcm.x
              enforced = true
            }
            "#,
        ),
    );
    let [method, SealMethod::Unencrypted] = &found.state.as_deref().unwrap() else { unreachable!("{found:?}") };
    let (meta_key, key) = passphrase(method);
    assert_eq!((key.text.as_str(), meta_key, key.iterations), ("a phrase of the variable", "team", 250_000));
    assert_eq!(found.plan.unwrap().len(), 1);
    let alone = clean(
        "",
        Some(
            r#"method "unencrypted" "u" {}
        state { method = method.unencrypted.u }"#,
        ),
    );
    assert_eq!(alone.state.unwrap(), [SealMethod::Unencrypted]);
}

#[test]
fn mistakes_are_named() {
    for (from, to, message) in [
        ("local.phrase", "\"too short\"", "fewer than 16 characters"),
        ("250000", "1000", "Fewer than 200000 iterations"),
        ("250000", "0", "above zero"),
        ("\"sha256\"", "\"md5\"", "sha256 or sha512"),
        ("iterations ", "rounds ", "\"rounds\""),
        ("pbkdf2", "gcp_kms", "\"gcp_kms\""),
        ("pbkdf2", "aws_kms", "needs kms_key_id"),
        ("hash_function = \"sha256\"", "endpoints {}", "\"endpoints\""),
        ("method = method.aes_gcm.x", "method = method.aes_gcm.y", "\"y\""),
        ("keys = key_provider.pbkdf2.x", "", "needs keys"),
        ("method = method.aes_gcm.x", "method = method.aes_gcm.x\n enforced = true", "enforced"),
        ("method = method.aes_gcm.x", "", "names no method"),
        ("local.phrase", "aws_vpc.x.id", "aws_vpc.x"),
        ("local.phrase", "var.other", "var.other"),
        ("state {", "stat {", "\"stat\""),
    ] {
        assert!(BLOCK.contains(from), "{from}");
        let (found, diags) = read(&BLOCK.replace(from, to), None);
        let said: String = diags.iter().map(|d| format!("{} {}\n", d.summary, d.detail)).collect();
        assert!(found.is_none() && said.contains(message), "{from} -> {to}: {said}");
        assert!(!said.contains("battery"), "{said}");
    }
    let looping = BLOCK.replace("\"${var.pass} horse\"", "\"${local.phrase} horse\"");
    assert!(read(&looping, None).1.has_errors());
}

const KMS: &str = r#"
variable "pass" { sensitive = true }
terraform {
  encryption {
    key_provider "aws_kms" "k" {
      kms_key_id = "alias/state"
      key_spec   = "AES_256"
      region     = "eu-west-1"
      secret_key = var.pass
      endpoints {
        sts = "localhost:1"
      }
      assume_role = { role_arn = "arn:aws:iam::1:role/r" }
    }
    method "aes_gcm" "k" { keys = key_provider.aws_kms.k }
    state { method = method.aes_gcm.k }
  }
}
"#;

#[test]
fn a_key_of_kms_has_the_backends_settings() {
    let found = clean(KMS, None);
    let [SealMethod::AesGcm(key)] = &found.state.as_deref().unwrap() else { unreachable!("{found:?}") };
    let KeySource::AwsKms(kms) = &key.source else { unreachable!("{key:?}") };
    assert_eq!((key.meta_key.as_str(), kms.id.as_str(), kms.spec.as_str()), ("key_provider.aws_kms.k", "alias/state", "AES_256"));
    let names: Vec<&str> = kms.settings.keys().map(AsRef::as_ref).collect();
    assert_eq!(names, ["assume_role", "endpoints", "region", "secret_key"]);
    assert_eq!(kms.settings["endpoints"].get("sts").and_then(Value::as_str), Some("localhost:1"));
    assert_eq!(found.secrets().collect::<Vec<_>>(), ["correct battery"]);
    assert!(!format!("{found:?}").contains("battery"));
    for (from, to, message) in [
        ("\"AES_256\"", "\"RSA_2048\"", "AES_256 or AES_128"),
        ("key_spec ", "key_sort ", "\"key_sort\""),
        ("\"alias/state\"", "\"\"", "needs kms_key_id"),
        ("endpoints {", "endpoint {", "\"endpoint\""),
    ] {
        let (found, diags) = read(&KMS.replace(from, to), None);
        let said: String = diags.iter().map(|d| format!("{} {}\n", d.summary, d.detail)).collect();
        assert!(found.is_none() && said.contains(message), "{from} -> {to}: {said}");
    }
}

#[test]
fn the_variable_may_hold_json() {
    let json = r#"{
        "key_provider": {"pbkdf2": {"x": {"passphrase": "a phrase of the variable", "iterations": 200000}}},
        "method": {"aes_gcm": {"x": {"keys": "${key_provider.pbkdf2.x}"}}, "unencrypted": {"none": {}}},
        "state": {"method": "${method.aes_gcm.x}", "fallback": {"method": "${method.unencrypted.none}"}},
        "plan": {"method": "method.aes_gcm.x", "enforced": true}
    }"#;
    let found = clean("", Some(json));
    let [method, SealMethod::Unencrypted] = &found.state.as_deref().unwrap() else { unreachable!("{found:?}") };
    let (meta_key, key) = passphrase(method);
    assert_eq!((key.text.as_str(), meta_key, key.iterations), ("a phrase of the variable", "key_provider.pbkdf2.x", 200_000));
    assert_eq!(found.plan.unwrap().len(), 1);
    let over = clean(BLOCK, Some(r#"{"key_provider": {"pbkdf2": {"x": {"passphrase": "another phrase, in JSON"}}}}"#));
    assert_eq!(passphrase(&over.state.unwrap()[0]).1.text, "another phrase, in JSON");
    assert!(read(BLOCK, Some("{\"state\": ")).1.has_errors());
}
