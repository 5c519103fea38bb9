//! Wires the edges in: providers of this build, and stores by backend.

use crate::config::{Backend, RemoteStates};
use crate::disk::LocalStore;
use crate::process::LocalSecrets;
use crate::provider::{Configured, Databases, Fence, Registry, Simulator};
use crate::secret::{SecretError, SecretRef, SecretSource};
use crate::state::seal::Sealer;
use crate::store::{KeyService, SealedStore, Seals, StateReader, StateStore, StoreError, StoreErrorKind};
use crate::value::{Name, Value};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// What the edges of one run share: the environment they read and the calls they count.
#[derive(Clone)]
pub struct Edges {
    /// The root module's folder: where relative paths of local stores start.
    pub root_dir: PathBuf,
    /// The process's variables with those of env files over them.
    #[cfg_attr(not(feature = "aws"), allow(dead_code))]
    pub env: BTreeMap<String, String>,
    /// Counts calls.
    #[cfg(feature = "aws")]
    pub stats: crate::aws::Stats,
    /// Closed by the store when the lock is lost; the providers ask it before they change anything.
    #[cfg_attr(not(feature = "aws"), allow(dead_code))]
    pub fence: Fence,
    /// How other states are read that are encrypted; empty until the configuration has said so.
    pub remote_seals: Arc<OnceLock<RemoteSeals>>,
}

/// What decrypts states of others, by the data source that asks for them.
#[derive(Default)]
pub struct RemoteSeals {
    default: Option<Arc<Seals>>,
    named: BTreeMap<Name, Arc<Seals>>,
}

impl Edges {
    /// Edges of one run.
    #[must_use]
    pub fn new(root_dir: PathBuf, env: BTreeMap<String, String>) -> Self {
        Edges {
            root_dir,
            env,
            #[cfg(feature = "aws")]
            stats: crate::aws::Stats::default(),
            fence: Fence::new(),
            remote_seals: Arc::default(),
        }
    }

    /// Opens the store of a backend for a workspace.
    ///
    /// # Errors
    /// A backend this build does not have, or settings that do not open.
    pub async fn store(&self, backend: &Backend, workspace: &str) -> Result<Arc<dyn StateStore>, StoreError> {
        self.open_store(&backend.kind, &backend.settings, workspace).await
    }

    async fn open_store(
        &self,
        backend: &str,
        settings: &BTreeMap<Name, Value>,
        workspace: &str,
    ) -> Result<Arc<dyn StateStore>, StoreError> {
        match backend {
            "local" => Ok(Arc::new(LocalStore::open(&self.root_dir, settings, workspace)?)),
            #[cfg(feature = "aws")]
            "s3" => {
                let fence = self.fence.clone();
                Ok(Arc::new(crate::aws::store::S3Store::open_fenced(settings, workspace, &self.env, self.stats.clone(), fence).await?))
            }
            other => {
                let detail = format!("The backend {other:?} is not one of this build's.");
                Err(StoreError::new(StoreErrorKind::Other, "Unsupported backend", detail).help("Use the backend \"s3\" or \"local\"."))
            }
        }
    }

    /// Takes how states of others are encrypted; once.
    pub fn seal_remote(&self, remote: RemoteStates) {
        let seals = |methods| Arc::new(Seals::new(Sealer::new(methods, random), self.keys()));
        let named = remote.named.into_iter().map(|(name, methods)| (name, seals(methods))).collect();
        drop(self.remote_seals.set(RemoteSeals { default: remote.default.map(seals), named }));
    }

    /// Who makes and unwraps keys for encryption.
    #[must_use]
    pub fn keys(&self) -> Arc<dyn KeyService> {
        #[cfg(feature = "aws")]
        return Arc::new(crate::aws::KmsKeys::new(self.env.clone(), self.stats.clone()));
        #[cfg(not(feature = "aws"))]
        Arc::new(NoKeys)
    }

    /// Where the secrets of applications come from; files are relative to the project.
    #[must_use]
    pub fn secrets(&self, project: &Path) -> Secrets {
        let home = self.env.get("HOME").map(PathBuf::from);
        #[cfg(feature = "aws")]
        let aws: Option<Arc<dyn SecretSource>> = Some(Arc::new(crate::aws::AwsSecrets::new(self.env.clone(), self.stats.clone())));
        #[cfg(not(feature = "aws"))]
        let aws = None;
        Secrets { local: LocalSecrets { env: self.env.clone(), project: project.to_path_buf(), home }, aws }
    }

    /// Every provider of this build.
    #[must_use]
    pub fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        for provider in crate::builtin::providers(Arc::new(self.clone())) {
            registry.add(provider);
        }
        #[cfg(feature = "aws")]
        registry.add(Arc::new(crate::aws::AwsProvider::counting(self.env.clone(), self.stats.clone()).fenced(self.fence.clone())));
        registry
    }
}

/// This machine's secrets, and AWS's where this build has them.
pub struct Secrets {
    local: LocalSecrets,
    aws: Option<Arc<dyn SecretSource>>,
}

#[async_trait]
impl SecretSource for Secrets {
    async fn fetch(&self, wanted: &SecretRef) -> Result<String, SecretError> {
        match (wanted, &self.aws) {
            (SecretRef::Env { .. } | SecretRef::File { .. } | SecretRef::Command { .. }, _) => self.local.fetch(wanted).await,
            (_, Some(aws)) => aws.fetch(wanted).await,
            (_, None) => {
                let detail = "Secrets Manager and Systems Manager need AWS, and this build of envctl cannot ask them.";
                Err(SecretError::new("A secret cannot be fetched", detail)
                    .help("Use a build with the feature \"aws\" that has these services; env, file and command work in every build."))
            }
        }
    }
}

#[async_trait]
impl StateReader for Edges {
    async fn open(
        &self,
        asks: &str,
        backend: &str,
        settings: &BTreeMap<Name, Value>,
        workspace: &str,
    ) -> Result<Arc<dyn StateStore>, StoreError> {
        let store = self.open_store(backend, settings, workspace).await?;
        let seals = self.remote_seals.get().and_then(|remote| remote.named.get(asks).or(remote.default.as_ref()));
        Ok(match seals {
            Some(seals) => Arc::new(SealedStore::new(store, seals.clone())),
            None => store,
        })
    }
}

/// Fills bytes with randomness of the system.
pub fn random(bytes: &mut [u8]) {
    rand::Rng::fill_bytes(&mut rand::rng(), bytes);
}

/// The databases of a configured provider, in a region; `None`: it has none.
#[must_use]
pub fn databases(configured: &Configured, region: Option<String>) -> Option<Arc<dyn Databases>> {
    #[cfg(feature = "aws")]
    return crate::aws::RdsDatabases::of(configured, region).map(|d| Arc::new(d) as Arc<dyn Databases>);
    #[cfg(not(feature = "aws"))]
    {
        let _ = (configured, region);
        None
    }
}

/// Who says what the credentials of a configured provider allow; `None`: nobody does.
#[must_use]
pub fn simulator(configured: &Configured) -> Option<Box<dyn Simulator>> {
    #[cfg(feature = "aws")]
    return crate::aws::IamSimulator::of(configured).map(|s| Box::new(s) as Box<dyn Simulator>);
    #[cfg(not(feature = "aws"))]
    {
        let _ = configured;
        None
    }
}

/// Where modules in buckets are fetched from; `None`: this build reads none.
#[must_use]
#[cfg_attr(not(feature = "aws"), allow(unused_variables))]
pub fn objects(env: &BTreeMap<String, String>) -> Option<Arc<dyn crate::objects::ObjectSource>> {
    #[cfg(feature = "aws")]
    return Some(Arc::new(crate::aws::S3Objects::new(env.clone(), crate::aws::Stats::default())));
    #[cfg(not(feature = "aws"))]
    None
}

/// Encryption without AWS needs nobody's keys.
#[cfg(not(feature = "aws"))]
struct NoKeys;

#[cfg(not(feature = "aws"))]
#[async_trait]
impl KeyService for NoKeys {
    async fn answer(&self, _request: &crate::state::seal::KeyRequest) -> Result<crate::state::seal::KeyAnswer, StoreError> {
        let detail = "The key provider \"aws_kms\" needs AWS, and this build of envctl has none.";
        Err(StoreError::new(StoreErrorKind::Other, "Unsupported key provider", detail).help("Use a build with the feature \"aws\"."))
    }
}
