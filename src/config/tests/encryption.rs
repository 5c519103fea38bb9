//! `encryption` blocks and `TF_ENCRYPTION`.

use super::load_text;
use crate::config::{Encryption, KeyHash, SealMethod, encryption};
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

#[test]
fn a_block_says_who_writes_and_who_reads() {
    let found = clean(BLOCK, None);
    let [SealMethod::AesGcm(key), SealMethod::Unencrypted] = &found.state.as_deref().unwrap() else { unreachable!("{found:?}") };
    assert_eq!((key.passphrase.as_str(), key.meta_key.as_str()), ("correct battery horse", "key_provider.pbkdf2.x"));
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
    let [SealMethod::AesGcm(key), SealMethod::Unencrypted] = &found.state.as_deref().unwrap() else { unreachable!("{found:?}") };
    assert_eq!((key.passphrase.as_str(), key.meta_key.as_str(), key.iterations), ("a phrase of the variable", "team", 250_000));
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
        ("pbkdf2", "aws_kms", "\"aws_kms\""),
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
