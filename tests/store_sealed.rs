//! The encrypted store, around a local one and around S3.

use crate::conformance;
use async_trait::async_trait;
use envctl::config::{KeyHash, KeySource, KmsKey, Passphrase, SealKey, SealMethod};
use envctl::disk::LocalStore;
use envctl::state::seal::{KeyAnswer, KeyRequest, Sealer, is_sealed};
use envctl::store::{KeyService, SealedStore, Seals, StateStore, StoreError, StoreErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Wraps a key by turning it round; says no to what it did not wrap.
#[derive(Default)]
struct Service {
    asked: AtomicUsize,
    down: bool,
}

#[async_trait]
impl KeyService for Service {
    async fn answer(&self, request: &KeyRequest) -> Result<KeyAnswer, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.down {
            return Err(StoreError::new(StoreErrorKind::Unreachable, "No key to encrypt with", "The service does not answer."));
        }
        let plain: Vec<u8> = (0..32).collect();
        let wrapped: Vec<u8> = plain.iter().rev().copied().collect();
        Ok(match &request.wrapped {
            Some(other) if *other != wrapped => KeyAnswer::Refused("another key wrapped it".into()),
            _ => KeyAnswer::Key { plain, wrapped },
        })
    }
}

fn seals(source: KeySource, service: Arc<Service>) -> Arc<Seals> {
    let key = SealKey { meta_key: "key_provider.x.y".into(), source, aad: Vec::new() };
    Arc::new(Seals::new(Sealer::new(vec![SealMethod::AesGcm(key)], |b| rand::Rng::fill_bytes(&mut rand::rng(), b)), service))
}

/// Few rounds: what is tested is not how long it takes.
fn passphrase() -> KeySource {
    let text = "correct horse battery staple".into();
    KeySource::Passphrase(Passphrase { text, key_length: 32, iterations: 10, hash: KeyHash::Sha256, salt_length: 32 })
}

fn kms() -> KeySource {
    KeySource::AwsKms(KmsKey { id: "k".into(), spec: "AES_256".into(), settings: Default::default() })
}

#[tokio::test]
async fn conforms_around_a_file() {
    for source in [passphrase(), kms()] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/terraform.tfstate");
        let open = || -> Arc<dyn StateStore> {
            Arc::new(SealedStore::new(Arc::new(LocalStore::new(&path)), seals(source.clone(), Arc::default())))
        };
        conformance::all(&open).await;
        assert!(is_sealed(&std::fs::read(&path).unwrap()));
    }
}

#[cfg(feature = "aws")]
#[tokio::test]
async fn conforms_around_s3() {
    use crate::store_s3::{KEY, TABLE, World};
    use envctl::value::Value;
    let world = World::new();
    let both = [("use_lockfile", Value::bool(true)), ("dynamodb_table", Value::string(TABLE))];
    let stores = futures::future::join_all((0..30).map(|_| world.open(&both))).await;
    let stores = std::sync::Mutex::new(stores);
    let open = || -> Arc<dyn StateStore> {
        Arc::new(SealedStore::new(stores.lock().unwrap().pop().expect("enough handles"), seals(passphrase(), Arc::default())))
    };
    conformance::all(&open).await;
    assert!(is_sealed(&world.object(KEY).unwrap()));
}

#[tokio::test]
async fn a_service_is_asked_once_and_its_silence_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("terraform.tfstate");
    let state = br#"{"version":4,"serial":1,"lineage":"one"}"#;
    let service = Arc::new(Service::default());
    let store: Arc<dyn StateStore> = Arc::new(SealedStore::new(Arc::new(LocalStore::new(&path)), seals(kms(), service.clone())));
    let guard = conformance::held(&store).await;
    let names: Vec<String> = (0..8).map(|n| format!("apps/{n}")).collect();
    let writes = names.iter().map(|name| guard.write_record(name, b"x"));
    futures::future::join_all(writes).await.into_iter().for_each(|r| r.unwrap());
    guard.write_state(state).await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(store.read().await.unwrap().unwrap().bytes, state);
    assert_eq!(service.asked.load(Ordering::SeqCst), 1);

    let down = Arc::new(Service { down: true, ..Service::default() });
    let store = SealedStore::new(Arc::new(LocalStore::new(&path)), seals(kms(), down));
    assert_eq!(store.read().await.unwrap_err().kind, StoreErrorKind::Unreachable);
}
