use super::*;
use crate::value::{Type, implied_from_json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

#[test]
fn every_spelling_is_masked() {
    let redactor = Redactor::new();
    let secret = "p\"a<ss wörd/1";
    redactor.add(secret);
    let json = serde_json::json!({ "p": secret }).to_string();
    assert_eq!(redactor.redact(&json), format!("{{\"p\":\"{MASK}\"}}"));
    assert_eq!(redactor.redact("x=p%22a%3Css%20w%C3%B6rd%2F1&y"), format!("x={MASK}&y"));
    assert_eq!(redactor.redact(&STANDARD.encode(secret)), MASK);
    for user in ["a", "ab", "abc"] {
        let basic = redactor.redact(&STANDARD.encode(format!("{user}:{secret}")));
        assert!(basic.contains(MASK), "{basic}");
    }
}

#[test]
fn lines_of_a_key_are_masked_one_by_one() {
    let redactor = Redactor::new();
    redactor.add("-----BEGIN-----\n  MIIabc123\nxy\n-----END-----\n");
    assert_eq!(redactor.redact("remote: MIIabc123 and xy"), format!("remote: {MASK} and xy"));
}

#[test]
fn only_what_is_marked_is_collected() {
    let redactor = Redactor::new();
    let open = implied_from_json(&serde_json::json!({"a": "public-1", "b": ["public-2"]}));
    redactor.add_value(&open);
    let hidden = implied_from_json(&serde_json::json!({"c": ["hidden-1", 123456789, null], "d": "short"})).sensitive();
    redactor.add_value(&Value::tuple(vec![hidden, Value::unknown(Type::String).sensitive()]));
    let text = "public-1 public-2 hidden-1 123456789 short";
    assert_eq!(redactor.redact(text), format!("public-1 public-2 {MASK} {MASK} short"));
    assert!(!format!("{redactor:?}").contains("hidden"));
}

#[test]
fn clones_share_and_grow() {
    let redactor = Redactor::new();
    let clone = redactor.clone();
    redactor.add("first-secret");
    assert_eq!(clone.redact("first-secret second-secret"), format!("{MASK} second-secret"));
    clone.add("second-secret");
    assert_eq!(redactor.redact("first-secret second-secret"), format!("{MASK} {MASK}"));
}

proptest! {
    #[test]
    fn no_secret_passes(secret in "\\PC{6,40}", before: String, after: String) {
        let redactor = Redactor::new();
        redactor.add(&secret);
        let text = format!("{before}{secret}{after}");
        let masked = redactor.redact(&text);
        prop_assert!(!masked.contains(&secret) || MASK.contains(&secret));
        prop_assert!(masked.contains(MASK));
    }
}
