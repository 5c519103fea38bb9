//! The key provider `aws_kms`, against the emulator's KMS.

use super::{KEPT, Locks, TREE, World};
use crate::harness::assert_next_plan_empty;
use aes_gcm::aead::{Aead, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use envctl::state::seal::is_sealed;
use serde_json::{Value as Json, json};

const KEY: &str = "kms/terraform.tfstate";
const SECRET: &str = "hunter2-in-the-state";

pub fn new_key(world: &World) -> String {
    let made = world.aws.json_call("kms", "TrentService.CreateKey", &json!({"Description": "states"}));
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

fn world() -> World {
    let mut world = World::new();
    world.envctl = world.envctl.with_env("TF_VAR_note", SECRET);
    world.envctl.file("environments/dev/main.tf", TREE);
    world.backend(KEPT, KEY, Locks::Both, "");
    world
}

pub fn block(name: &str, id: &str, more: &str, fallback: &str) -> String {
    format!(
        r#"
key_provider "aws_kms" "{name}" {{
  kms_key_id = "{id}"
  key_spec   = "AES_256"
  region     = "eu-central-1"
}}
method "aes_gcm" "{name}" {{
  keys = key_provider.aws_kms.{name}
}}
{more}
state {{
  method = method.aes_gcm.{name}
  {fallback}
}}
plan {{
  method   = method.aes_gcm.{name}
  enforced = true
}}
"#
    )
}

pub fn in_terraform(content: &str) -> String {
    format!("terraform {{\n  encryption {{\n{content}\n  }}\n}}\n")
}

fn sealed(world: &World) -> Json {
    let bytes = world.object(KEPT, KEY).unwrap();
    assert!(is_sealed(&bytes));
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn states_plans_and_records_are_sealed_with_data_keys() {
    let world = world();
    let run = |args: &[&str]| world.envctl.run(args);
    let id = new_key(&world);
    world.envctl.file("environments/dev/encryption.tf", &in_terraform(&block("main", &id, "", "")));
    world.apply();
    let document = sealed(&world);
    assert_next_plan_empty(&world.envctl, "dev");

    // What another implementation does with the document.
    let meta = STANDARD.decode(document["meta"]["key_provider.aws_kms.main"].as_str().unwrap()).unwrap();
    let meta: Json = serde_json::from_slice(&meta).unwrap();
    assert_eq!(meta.as_object().unwrap().keys().collect::<Vec<_>>(), ["ciphertext_blob"]);
    let unwrapped = world.aws.json_call("kms", "TrentService.Decrypt", &json!({"KeyId": id, "CiphertextBlob": meta["ciphertext_blob"]}));
    let key = STANDARD.decode(unwrapped["Plaintext"].as_str().unwrap()).unwrap();
    let data = STANDARD.decode(document["encrypted_data"].as_str().unwrap()).unwrap();
    let (nonce, text) = data.split_first_chunk::<12>().unwrap();
    let plain = aes_gcm::Aes256Gcm::new_from_slice(&key).unwrap().decrypt(&(*nonce).into(), text).unwrap();
    let state: Json = serde_json::from_slice(&plain).unwrap();
    assert_eq!((&state["serial"], &state["lineage"]), (&document["serial"], &document["lineage"]));
    assert!(String::from_utf8(plain).unwrap().contains(SECRET));

    run(&["plan", "dev", "-input=false", "-replace=terraform_data.top", "-out", "kept.plan"]).ok();
    let kept = world.envctl.read("kept.plan");
    assert!(is_sealed(kept.as_bytes()) && !kept.contains(SECRET));
    run(&["show", "kept.plan"]).ok().says("terraform_data.top");
    run(&["apply", "kept.plan"]).ok().says("1 added");
    run(&["state", "mv", "dev", "terraform_data.top", "terraform_data.peak"]).ok();
    run(&["state", "versions", "dev"]).ok().says("4 instances");
    for key in world.keys(KEPT, "kms/") {
        let bytes = world.object(KEPT, &key).unwrap();
        assert!(is_sealed(&bytes), "{key} is plain");
    }
    world.assert_tidy(KEPT, KEY, Locks::Both);
}

#[test]
fn keys_rotate_through_fallbacks() {
    let world = world();
    let run = |args: &[&str]| world.envctl.run(args);
    let apply = ["apply", "dev", "-auto-approve", "-input=false", "-replace=terraform_data.top"];
    let (one, two) = (new_key(&world), new_key(&world));
    let phrase = "key_provider \"pbkdf2\" \"old\" {\n passphrase = \"correct horse battery staple\"\n iterations = 200000\n}\nmethod \"aes_gcm\" \"old\" {\n keys = key_provider.pbkdf2.old\n}\n";
    let file = |content: &str| world.envctl.file("environments/dev/encryption.tf", &in_terraform(content));
    file(&format!("{phrase}state {{\n method = method.aes_gcm.old\n}}\n"));
    world.apply();
    assert!(sealed(&world)["meta"].get("key_provider.pbkdf2.old").is_some());

    file(&block("one", &one, phrase, "fallback {\n method = method.aes_gcm.old\n}"));
    run(&apply).ok();
    assert!(sealed(&world)["meta"].get("key_provider.aws_kms.one").is_some());

    let older = block("one", &one, "", "");
    let older = older.split("state {").next().unwrap();
    file(&block("two", &two, older, "fallback {\n method = method.aes_gcm.one\n}"));
    run(&apply).ok();
    assert!(sealed(&world)["meta"].get("key_provider.aws_kms.two").is_some());
    file(&block("two", &two, "", ""));
    assert_next_plan_empty(&world.envctl, "dev");

    // The fallback's key, and the name that stayed with another key.
    file(&block("one", &one, "", ""));
    run(&["plan", "dev", "-input=false"]).expect(1).says("key_provider.aws_kms.two").says("key_provider.aws_kms.one");
    file(&block("two", &one, "", ""));
    run(&["plan", "dev", "-input=false"]).expect(1);
}

#[test]
fn the_variable_sets_it_in_both_syntaxes() {
    let mut world = world();
    let id = new_key(&world);
    world.envctl = world.envctl.with_env("TF_ENCRYPTION", &block("main", &id, "", ""));
    world.apply();
    assert!(sealed(&world)["meta"].get("key_provider.aws_kms.main").is_some());
    let json = json!({
        "key_provider": {"aws_kms": {"main": {"kms_key_id": id, "key_spec": "AES_256", "region": "eu-central-1"}}},
        "method": {"aes_gcm": {"main": {"keys": "${key_provider.aws_kms.main}"}}},
        "state": {"method": "${method.aes_gcm.main}", "enforced": true},
    });
    world.envctl = world.envctl.with_env("TF_ENCRYPTION", &json.to_string());
    assert_next_plan_empty(&world.envctl, "dev");
    world.envctl = world.envctl.with_env("TF_ENCRYPTION", "{\"state\":");
    world.envctl.run(&["plan", "dev", "-input=false"]).expect(1).says("TF_ENCRYPTION");
}

#[test]
fn a_key_that_is_not_there_stops_the_run_before_anything_is_made() {
    let world = world();
    let id = new_key(&world);
    let missing = "00000000-1111-2222-3333-444444444444";
    world.envctl.file("environments/dev/encryption.tf", &in_terraform(&block("main", missing, "", "")));
    world.envctl.run(&["apply", "dev", "-auto-approve", "-input=false"]).expect(1).says("No key to encrypt with").says(missing);
    assert_eq!(world.object(KEPT, KEY), None);
    world.envctl.file("environments/dev/encryption.tf", &in_terraform(&block("main", &id, "", "").replace("eu-central-1", "nowhere-9")));
    world.envctl.run(&["plan", "dev", "-input=false"]).ok().says("4 to add");
    world.envctl.file("environments/dev/encryption.tf", &in_terraform(&block("main", &id, "", "")));
    world.apply();
    world.proxy.fault(json!({"operation": "kms/Decrypt", "action": "code", "code": "DisabledException"}));
    world.envctl.run(&["plan", "dev", "-input=false"]).expect(1).says("did not decrypt it").says("DisabledException");
    world.proxy.clear_faults();
    assert_next_plan_empty(&world.envctl, "dev");
}
