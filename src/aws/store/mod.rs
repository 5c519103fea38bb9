//! A state in S3, locked in DynamoDB, by an object in S3, or both: OpenTofu's `backend "s3"`.
//!
//! `settings` reads the backend block, `objects` and `table` speak to the services, `lock`, `beat`
//! and `keeper` hold the lock, `probe` asks services other than AWS's whether they can, `digest`
//! compares state and digest, `guard` and `writing` write, `removal` removes, `admin` makes bucket and table.

mod admin;
mod beat;
mod digest;
mod errors;
mod fields;
mod guard;
mod keeper;
mod key_provider;
mod lock;
mod objects;
mod probe;
mod removal;
mod settings;
mod table;
mod versions;
mod writing;

pub use admin::{S3Admin, TAG};
pub use key_provider::connect_key_provider;
pub use settings::{Backend, CustomerKey};

use crate::aws::errors::call;
use crate::aws::settings::Env;
use crate::aws::{Aws, Stats, sdk_config};
use crate::provider::{Fence, ProviderError};
use crate::store::{
    Backoff, HeldLock, LockGuard, LockInfo, LockRequest, StateMark, StateStore, StateVersion, StoreDescription, StoreError, StoreErrorKind,
    StoredState,
};
use crate::value::Value;
use async_trait::async_trait;
use beat::{Rhythm, boottime};
use errors::explain;
use guard::S3Guard;
use keeper::Keeper;
use lock::{Locks, Try, Watches};
use objects::Objects;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use table::Table;
use tokio::sync::OnceCell;

/// A state object and its lock. Cloning gives another handle to the same store.
#[derive(Clone)]
pub struct S3Store {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Arc<Backend>,
    /// Reads, keeps the lock, and writes the journal.
    objects: Objects,
    table: Option<Table>,
    /// Write only while the lock is ours.
    written: Objects,
    written_table: Option<Table>,
    /// Armed while the lock is held: the store's own, and the one that the providers share.
    fences: [Fence; 2],
    s3_is_aws: bool,
    /// Asked once, where the service is not AWS's.
    removes_conditionally: Arc<OnceCell<bool>>,
    rhythm: Rhythm,
    /// Factor on waits.
    scale: f64,
    region: Option<String>,
    /// What this store read or wrote last; the outer `None`: nothing yet.
    known: Mutex<Option<Option<Known>>>,
    held: AtomicBool,
    writing: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Known {
    tag: Option<String>,
    mark: Option<StateMark>,
    /// What the digest item says, as far as we know.
    digest: Option<String>,
}

impl S3Store {
    /// Opens the store of a `backend "s3"` in a workspace (`default` or empty: the key itself).
    /// `env` are the variables that fill what the block leaves open; calls are counted in `stats`.
    /// Asks for the account only where the block restricts it.
    ///
    /// # Errors
    /// Wrong settings, no region, an account that the block forbids.
    pub async fn open(settings: &BTreeMap<Arc<str>, Value>, workspace: &str, env: &Env, stats: Stats) -> Result<Self, StoreError> {
        Self::open_fenced(settings, workspace, env, stats, Fence::new()).await
    }

    /// As [`S3Store::open`]; while this store holds its lock it keeps `fence` armed, so that
    /// whatever asks that fence changes nothing once the lock is lost.
    ///
    /// # Errors
    /// As [`S3Store::open`].
    pub async fn open_fenced(
        settings: &BTreeMap<Arc<str>, Value>,
        workspace: &str,
        env: &Env,
        stats: Stats,
        fence: Fence,
    ) -> Result<Self, StoreError> {
        let backend = Arc::new(Backend::read(settings, workspace, env)?);
        let aws = connect(&backend, stats).await?;
        let fences = [Fence::new(), fence];
        let writing = aws.again().fenced(fences[0].clone());
        Ok(Self::with(backend, &aws, &writing, fences, env))
    }

    fn with(backend: Arc<Backend>, aws: &Aws, writing: &Aws, fences: [Fence; 2], env: &Env) -> Self {
        let objects = |aws: &Aws| Objects::new(aws.s3(None), backend.clone());
        let table = |aws: &Aws| backend.table.clone().map(|name| Table::new(aws.dynamodb(None), backend.clone(), name));
        let inner = Inner {
            objects: objects(aws),
            table: table(aws),
            written: objects(writing),
            written_table: table(writing),
            fences,
            s3_is_aws: aws.s3_is_aws(),
            removes_conditionally: Arc::default(),
            rhythm: Rhythm::of(env),
            scale: backend.aws.scale(),
            region: Some(aws.region().to_string()).filter(|r| !r.is_empty()),
            known: Mutex::new(None),
            held: AtomicBool::new(false),
            writing: tokio::sync::Mutex::new(()),
            backend,
        };
        S3Store { inner: Arc::new(inner) }
    }

    /// The settings in use.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.inner.backend
    }
}

/// The clients of a backend, in an account that it allows.
async fn connect(backend: &Backend, stats: Stats) -> Result<Aws, StoreError> {
    let sdk = sdk_config(&backend.aws).await.map_err(configuration)?;
    let aws = Aws::new(sdk, backend.aws.clone(), stats);
    if backend.allowed_accounts.is_empty() && backend.forbidden_accounts.is_empty() {
        return Ok(aws);
    }
    let identity = call("sts:GetCallerIdentity", aws.sts().get_caller_identity().send()).await;
    let identity = identity.map_err(|e| explain(e, "Asking which account this is", backend))?;
    let account = identity.account().unwrap_or_default().to_string();
    let allowed = backend.allowed_accounts.is_empty() || backend.allowed_accounts.contains(&account);
    if allowed && !backend.forbidden_accounts.contains(&account) {
        return Ok(aws);
    }
    let detail =
        format!("The credentials belong to account {account}, which the backend's allowed_account_ids or forbidden_account_ids exclude.");
    Err(StoreError::new(StoreErrorKind::Denied, "Wrong account", detail)
        .help("Use the profile or credentials of the account that holds the state."))
}

/// A wrong configuration of the backend, in the store's words.
fn configuration(error: ProviderError) -> StoreError {
    let help = error.help.unwrap_or_else(|| "Check the backend block, the profile and the AWS_* variables.".into());
    let detail =
        error.detail.replace("the provider block", "the backend block").replace("Neither the provider block", "Neither the backend block");
    StoreError::new(StoreErrorKind::Other, error.summary, detail).help(help.replace("the provider block", "the backend block"))
}

impl Inner {
    fn known(&self) -> Option<Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_known(&self, known: Option<Known>) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    fn set_held(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
    }

    fn locks(&self) -> Locks {
        Locks {
            backend: self.backend.clone(),
            objects: self.objects.clone(),
            table: self.table.clone(),
            rhythm: self.rhythm,
            s3_is_aws: self.s3_is_aws,
            removes_conditionally: self.removes_conditionally.clone(),
        }
    }

    /// Tries until it holds the lock or the time is up. A lasting one has no lease. Answers the
    /// lock and the boot time before the call that took it.
    async fn obtain(&self, request: LockRequest, lasting: bool) -> Result<(LockInfo, Duration), StoreError> {
        let mut info = request.info;
        info.path = self.path();
        let info = info.completed(jiff::Timestamp::now(), "");
        let json = info.to_json();
        let (locks, started) = (self.locks(), Instant::now());
        let (mut watches, mut backoff) = (Watches::default(), Backoff::default().scaled(self.scale));
        let mut again = 0;
        loop {
            let sent = boottime();
            let (holder, lease) = match locks.take(&json, lasting, &mut watches).await? {
                Try::Taken => return Ok((info, sent)),
                Try::Again if again < 5 => {
                    again += 1;
                    continue;
                }
                Try::Again => (LockInfo::default(), None),
                Try::Held { info, lease } => (info, lease),
            };
            again = 0;
            let left = request.timeout.saturating_sub(started.elapsed());
            if left == Duration::ZERO {
                return Err(self.locked(holder, lease));
            }
            tokio::time::sleep(backoff.next(left)).await;
        }
    }

    fn place(&self) -> StoreDescription {
        StoreDescription {
            kind: "s3".into(),
            container: self.backend.bucket.clone(),
            key: self.backend.key.clone(),
            region: self.region.clone(),
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", self.backend.bucket, self.backend.key)
    }

    /// The lock could not be given back: what becomes of it.
    fn still_held(&self, error: StoreError, info: &LockInfo) -> StoreError {
        let cause = error.help.map(|h| format!("{h} ")).unwrap_or_default();
        let help = format!(
            "{cause}The lock stays. A run on this machine takes it over at once, others {} s after its last sign of life; \
             envctl unlock <env> {} breaks it now.",
            self.rhythm.lease.as_secs() + 10,
            info.id
        );
        StoreError::new(error.kind, error.summary, error.detail).help(help)
    }

    fn locked(&self, info: LockInfo, lease: Option<u64>) -> StoreError {
        let error = StoreError::locked(info, &format!("s3://{}", self.path()));
        let Some(help) = &error.help else { return error };
        let more = match lease {
            Some(lease) => format!(
                "Its holder renews it; from a dead one envctl takes it over after {} s of waiting (-lock-timeout={}s).",
                lease + 10,
                lease + 30
            ),
            None => "This lock has no lease: it stays until somebody gives it back.".to_string(),
        };
        let help = format!("{help}. {more}");
        error.help(help)
    }
}

#[async_trait]
impl StateStore for S3Store {
    fn describe(&self) -> StoreDescription {
        self.inner.place()
    }

    async fn read(&self) -> Result<Option<StoredState>, StoreError> {
        self.inner.read_state(self.inner.held.load(Ordering::SeqCst)).await
    }

    async fn lock(&self, request: LockRequest) -> Result<Box<dyn LockGuard>, StoreError> {
        let inner = &self.inner;
        let (info, sent) = inner.obtain(request, false).await?;
        inner.set_held(true);
        let keeper = Keeper::start(inner.locks(), info.to_json(), sent);
        inner.fences.iter().for_each(|f| f.arm(keeper.fence()));
        Ok(Box::new(S3Guard::new(inner.clone(), info, keeper)))
    }

    async fn without_lock(&self, mut info: LockInfo) -> Result<Box<dyn LockGuard>, StoreError> {
        let inner = &self.inner;
        info.path = inner.path();
        let info = info.completed(jiff::Timestamp::now(), "");
        inner.set_held(true);
        Ok(Box::new(S3Guard::new(inner.clone(), info, Keeper::of_nothing(inner.rhythm))))
    }

    async fn acquire(&self, request: LockRequest) -> Result<LockInfo, StoreError> {
        if !self.inner.locks().enabled() {
            let detail = format!("The backend of s3://{} has neither dynamodb_table nor use_lockfile.", self.inner.path());
            return Err(StoreError::new(StoreErrorKind::Other, "This state has no lock", detail)
                .help("Add use_lockfile = true to the backend block."));
        }
        Ok(self.inner.obtain(request, true).await?.0)
    }

    async fn held_locks(&self) -> Result<Vec<HeldLock>, StoreError> {
        self.inner.locks().held().await
    }

    async fn holder(&self) -> Result<Option<LockInfo>, StoreError> {
        let holders = self.inner.locks().holders().await?;
        Ok(holders.first().map(|raw| LockInfo::from_json(raw.as_bytes()).unwrap_or_default()))
    }

    async fn force_unlock(&self, id: &str) -> Result<(), StoreError> {
        let locks = self.inner.locks();
        let holders = locks.holders().await?;
        let id_of = |raw: &String| LockInfo::from_json(raw.as_bytes()).unwrap_or_default().id;
        let matching: Vec<_> = holders.iter().filter(|raw| id_of(raw) == id).collect();
        if matching.is_empty() {
            let held = holders
                .first()
                .map_or("The state is not locked.".to_string(), |raw| format!("The lock that is held has the id {}.", id_of(raw)));
            let detail = format!("No lock with the id {id} is held on s3://{}. {held}", self.inner.path());
            return Err(StoreError::new(StoreErrorKind::Other, "There is no such lock", detail)
                .help("Use the id that the error of the held lock names."));
        }
        for raw in matching {
            locks.release(raw).await?;
        }
        Ok(())
    }

    async fn read_record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = self.inner.record_key(name)?;
        Ok(self.inner.objects.get(&key, "Reading a record beside the state").await?.map(|s| s.bytes))
    }

    async fn list_records(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.records(prefix).await
    }

    async fn versions(&self, limit: usize) -> Result<Vec<StateVersion>, StoreError> {
        self.inner.state_versions(limit).await
    }

    async fn read_version(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.state_version(id).await
    }

    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        self.inner.workspaces().await
    }
}
