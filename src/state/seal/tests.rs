use super::{KeyAnswer, Sealer, StateError, Step, is_sealed};
use crate::config::{KeyHash, KeySource, KmsKey, Passphrase, SealKey, SealMethod};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

const STATE: &[u8] =
    br#"{"version":4,"terraform_version":"1.11.0","serial":7,"lineage":"l-1","outputs":{"x":{"value":"hush"}},"resources":[]}"#;

/// Few rounds: what is tested is not how long it takes.
fn phrase(text: &str) -> Passphrase {
    Passphrase { text: text.into(), key_length: 32, iterations: 10, hash: KeyHash::Sha512, salt_length: 32 }
}

/// A sealer that needs nobody.
struct Alone(Sealer);

impl Alone {
    fn seal_state(&self, plain: &[u8]) -> Result<Vec<u8>, StateError> {
        self.0.seal_state(plain).map(done)
    }
    fn open_state(&self, bytes: &[u8]) -> Result<Vec<u8>, StateError> {
        self.0.open_state(bytes).map(done)
    }
}

fn done(step: Step) -> Vec<u8> {
    match step {
        Step::Done(bytes) => bytes,
        Step::Needs(request) => panic!("{request:?}"),
    }
}

fn sealer(methods: &[SealMethod]) -> Alone {
    Alone(asking(methods))
}

fn asking(methods: &[SealMethod]) -> Sealer {
    Sealer::new(methods.to_vec(), |bytes| rand::Rng::fill_bytes(&mut rand::rng(), bytes))
}

fn aes(name: &str, text: &str) -> SealMethod {
    with(name, phrase(text))
}

fn with(name: &str, passphrase: Passphrase) -> SealMethod {
    SealMethod::AesGcm(SealKey {
        meta_key: format!("key_provider.pbkdf2.{name}"),
        source: KeySource::Passphrase(passphrase),
        aad: Vec::new(),
    })
}

#[test]
fn the_document_has_opentofus_form() {
    let sealed = sealer(&[aes("x", "correct horse battery")]).seal_state(STATE).unwrap();
    let text = String::from_utf8(sealed.clone()).unwrap();
    assert!(text.starts_with(r#"{"serial":7,"lineage":"l-1","meta":{"key_provider.pbkdf2.x":""#), "{text}");
    assert!(text.ends_with(r#"","encryption_version":"v0"}"#) && !text.contains("hush"), "{text}");
    assert!(is_sealed(&sealed) && !is_sealed(STATE));
    let json: Json = serde_json::from_str(&text).unwrap();
    let meta = STANDARD.decode(json["meta"]["key_provider.pbkdf2.x"].as_str().unwrap()).unwrap();
    let meta: Map<String, Json> = serde_json::from_slice(&meta).unwrap();
    assert_eq!(meta.keys().collect::<Vec<_>>(), ["salt", "iterations", "hash_function", "key_length"]);
    assert_eq!(STANDARD.decode(meta["salt"].as_str().unwrap()).unwrap().len(), 32);
    assert_eq!(STANDARD.decode(json["encrypted_data"].as_str().unwrap()).unwrap().len(), 12 + STATE.len() + 16);
}

#[test]
fn keys_and_ciphertext_are_those_of_other_implementations() {
    // RFC 7914, section 11: PBKDF2-HMAC-SHA-256 of "passwd", "salt", 1 round, 64 bytes.
    let mut key = [0; 64];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"passwd", b"salt", 1, &mut key);
    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(
        hex,
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    );
    // GCM specification, test case 14: a zero key of 256 bits, a zero nonce, one zero block.
    let sealed = super::cipher::seal(&[0; 32], [0; 12], &[0; 16], &[]).unwrap();
    let hex: String = sealed.iter().skip(12).map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    // Test case 16: additional data.
    let bytes = |hex: &str| -> Vec<u8> { (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect() };
    let key = bytes(&"feffe9928665731c6d6a8f9467308308".repeat(2));
    let nonce = bytes("cafebabefacedbaddecaf888").try_into().unwrap();
    let plain =
        bytes("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let sealed = super::cipher::seal(&key, nonce, &plain, &aad).unwrap();
    assert_eq!(sealed[sealed.len() - 16..], bytes("76fc6ece0f4e1768cddf8853bb2d551b"));
    assert_eq!(super::cipher::open(&key, &sealed, &aad).unwrap(), plain);
    assert!(super::cipher::open(&key, &sealed, &aad[1..]).is_none());
}

#[test]
fn every_length_of_key_and_both_hashes_work() {
    for (key_length, hash) in [(16, KeyHash::Sha256), (24, KeyHash::Sha512), (32, KeyHash::Sha256)] {
        let method = with("x", Passphrase { key_length, hash, ..phrase("correct horse battery") });
        let sealer = sealer(&[method]);
        let sealed = sealer.seal_state(STATE).unwrap();
        assert_eq!(sealer.open_state(&sealed).unwrap(), STATE);
        assert_ne!(sealer.seal_state(STATE).unwrap(), sealed, "a nonce is used once");
    }
}

#[test]
fn another_passphrase_name_or_document_is_refused() {
    let right = sealer(&[aes("x", "correct horse battery")]);
    let sealed = right.seal_state(STATE).unwrap();
    let message = |methods: &[SealMethod], bytes: &[u8]| sealer(methods).open_state(bytes).unwrap_err().to_string();
    assert!(message(&[aes("x", "another passphrase")], &sealed).contains("another passphrase or key, another aad, or damaged data"));
    assert!(message(&[aes("y", "correct horse battery")], &sealed).contains("encrypted with key_provider.pbkdf2.x"));
    assert!(message(&[SealMethod::Unencrypted], &sealed).contains("no method that decrypts"));
    assert!(message(&[aes("x", "correct horse battery")], STATE).contains("not encrypted"));
    let changed = |name: &str, value: Json| {
        let mut json: Json = serde_json::from_slice(&sealed).unwrap();
        json[name] = value;
        json.to_string().into_bytes()
    };
    assert!(right.open_state(&changed("serial", json!(8))).unwrap_err().detail.contains("serial"));
    assert!(right.open_state(&changed("lineage", json!("l-2"))).unwrap_err().detail.contains("lineage"));
    assert!(right.open_state(&changed("encryption_version", json!("v9"))).unwrap_err().detail.contains("v9"));
    assert!(right.open_state(&changed("encrypted_data", json!("AAAA"))).is_err());
    assert!(right.open_state(&changed("meta", json!({}))).is_err());
}

#[test]
fn a_fallback_reads_what_an_old_method_wrote() {
    let old = sealer(&[aes("old", "correct horse battery")]).seal_state(STATE).unwrap();
    let both = sealer(&[aes("new", "staple battery horse"), aes("old", "correct horse battery"), SealMethod::Unencrypted]);
    assert_eq!(both.open_state(&old).unwrap(), STATE);
    assert_eq!(both.open_state(STATE).unwrap(), STATE, "plain text, where a method is unencrypted");
    let new = both.seal_state(STATE).unwrap();
    assert_eq!(sealer(&[aes("new", "staple battery horse")]).open_state(&new).unwrap(), STATE);
    let leaving = sealer(&[SealMethod::Unencrypted, aes("old", "correct horse battery")]);
    assert_eq!(leaving.seal_state(STATE).unwrap(), STATE);
    assert_eq!(leaving.open_state(&old).unwrap(), STATE);
}

fn kms(name: &str, id: &str) -> SealMethod {
    let key = KmsKey { id: id.into(), spec: "AES_256".into(), settings: Default::default() };
    SealMethod::AesGcm(SealKey { meta_key: format!("key_provider.aws_kms.{name}"), source: KeySource::AwsKms(key), aad: Vec::new() })
}

/// A service whose wrapped keys are the plain ones with the key's id in front.
fn answered(sealer: &Sealer, work: impl Fn() -> Result<Step, StateError>, asked: &mut Vec<String>) -> Result<Vec<u8>, StateError> {
    loop {
        let request = match work()? {
            Step::Done(bytes) => return Ok(bytes),
            Step::Needs(request) => *request,
        };
        asked.push(format!("{} {}", if request.wrapped.is_some() { "unwrap" } else { "make" }, request.key.id));
        let id = request.key.id.as_bytes();
        let answer = match &request.wrapped {
            None => KeyAnswer::Key { plain: vec![7; 32], wrapped: [id, &[7; 32]].concat() },
            Some(wrapped) => match wrapped.strip_prefix(id) {
                Some(plain) => KeyAnswer::Key { plain: plain.to_vec(), wrapped: wrapped.clone() },
                None => KeyAnswer::Refused("another key wrapped it".into()),
            },
        };
        sealer.learn(request, answer);
    }
}

#[test]
fn a_wrapped_key_is_asked_for_once_and_stored_as_opentofu_stores_it() {
    let (writer, mut asked) = (asking(&[kms("k", "one")]), Vec::new());
    let sealed = answered(&writer, || writer.seal_state(STATE), &mut asked).unwrap();
    let again = answered(&writer, || writer.seal_state(STATE), &mut asked).unwrap();
    assert_eq!(answered(&writer, || writer.open_state(&again), &mut asked).unwrap(), STATE);
    assert_eq!(asked, ["make one"], "a run writes with one key, and knows it");
    let json: Json = serde_json::from_slice(&sealed).unwrap();
    let meta = STANDARD.decode(json["meta"]["key_provider.aws_kms.k"].as_str().unwrap()).unwrap();
    assert_eq!(meta, format!("{{\"ciphertext_blob\":\"{}\"}}", STANDARD.encode([&b"one"[..], &[7; 32]].concat())).into_bytes());

    let (reader, mut asked) = (asking(&[kms("k", "one")]), Vec::new());
    assert_eq!(answered(&reader, || reader.open_state(&sealed), &mut asked).unwrap(), STATE);
    assert_eq!(answered(&reader, || reader.open_state(&again), &mut asked).unwrap(), STATE);
    assert_eq!(asked, ["unwrap one"], "both were written with one key");
}

#[test]
fn a_key_is_rotated_through_a_fallback() {
    let (writer, mut asked) = (asking(&[kms("old", "one")]), Vec::new());
    let sealed = answered(&writer, || writer.seal_state(STATE), &mut asked).unwrap();
    let (both, mut asked) = (asking(&[kms("new", "two"), kms("old", "one"), aes("x", "correct horse battery")]), Vec::new());
    assert_eq!(answered(&both, || both.open_state(&sealed), &mut asked).unwrap(), STATE);
    assert_eq!(asked, ["unwrap one"]);
    // The name stayed and the key is another one: the service refuses it.
    let (other, mut asked) = (asking(&[kms("old", "two")]), Vec::new());
    let error = answered(&other, || other.open_state(&sealed), &mut asked).unwrap_err();
    assert!(error.detail.contains("key_provider.aws_kms.old (another key wrapped it)"), "{error}");
    assert_eq!(asked, ["unwrap two"]);
}
