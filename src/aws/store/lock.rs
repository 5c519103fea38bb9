//! Taking, keeping and giving back the lock: an object beside the state, an item in the table, or
//! both (the object first, and undone when the item is held).

use super::beat::{Beat, Rhythm, Watch, boottime, random};
use super::errors::{condition_failed, explain, no_conditions};
use super::objects::{Condition, Objects, Stored};
use super::probe::cannot_lock;
use super::settings::Backend;
use super::table::{LockItem, Table};
use crate::aws::errors::ApiError;
use crate::provider::ErrorKind;
use crate::store::{HeldLock, LockInfo, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Where locks of one state are kept.
#[derive(Clone)]
pub(super) struct Locks {
    pub backend: Arc<Backend>,
    pub objects: Objects,
    pub table: Option<Table>,
    pub rhythm: Rhythm,
    pub s3_is_aws: bool,
    pub removes_conditionally: Arc<OnceCell<bool>>,
}

/// The outcome of one try.
pub(super) enum Try {
    Taken,
    /// Somebody holds it: the raw info, and whether it has a lease that may run out.
    Held {
        info: LockInfo,
        lease: Option<u64>,
    },
    /// It was just given back; try again at once.
    Again,
}

/// What a contender saw of the holders so far.
#[derive(Debug, Default)]
pub(super) struct Watches {
    object: Watch,
    item: Watch,
}

/// Why a renewal failed.
pub(super) enum Renewal {
    /// Somebody else holds the lock, or nobody.
    Lost(String),
    /// Nobody knows; to be tried again.
    Unknown,
}

impl Locks {
    pub fn enabled(&self) -> bool {
        self.table.is_some() || self.backend.use_lockfile
    }

    pub(super) fn lock_key(&self) -> String {
        format!("{}.tflock", self.backend.key)
    }

    fn beat_key(&self) -> String {
        format!("{}.envctl/lock", self.backend.key)
    }

    /// One try to take the lock with this `Info`; a lasting lock has no lease.
    pub async fn take(&self, info: &str, lasting: bool, watches: &mut Watches) -> Result<Try, StoreError> {
        let beat = (!lasting).then(|| Beat::first(self.rhythm));
        if self.backend.use_lockfile {
            match self.take_object(info, beat.as_ref(), &mut watches.object).await? {
                Try::Taken => {}
                other => {
                    self.glance(&mut watches.item).await?;
                    return Ok(other);
                }
            }
        }
        let Some(table) = &self.table else { return Ok(Try::Taken) };
        let taken = self.take_item(table, info, beat.as_ref(), &mut watches.item).await;
        if !matches!(taken, Ok(Try::Taken)) && self.backend.use_lockfile {
            let undone = self.release_object(info).await;
            return taken.and_then(|t| undone.map(|()| t));
        }
        taken
    }

    /// The item's silence counts from now on, also while the object is held.
    async fn glance(&self, watch: &mut Watch) -> Result<(), StoreError> {
        let Some(table) = &self.table else { return Ok(()) };
        if let Some(item) = table.lock_item().await? {
            watch.is_dead(&item.info, item.beat.as_ref(), boottime());
        }
        Ok(())
    }

    async fn take_object(&self, info: &str, beat: Option<&Beat>, watch: &mut Watch) -> Result<Try, StoreError> {
        let doing = "Taking the lock in S3";
        let id = LockInfo::from_json(info.as_bytes()).unwrap_or_default().id;
        let note = beat.map(|b| b.to_json(&id));
        let (key, tags) = (self.lock_key(), &self.backend.lock_tags);
        let Err(error) = self.objects.put_noted(&key, info.as_bytes(), note.as_deref(), tags, &Condition::Absent).await else {
            return self.probe_conditional_writes(info).await.map(|()| Try::Taken);
        };
        if no_conditions(&error) {
            return Err(cannot_lock());
        }
        if !condition_failed(&error) && error.kind != ErrorKind::Unsettled {
            return Err(explain(error, doing, &self.backend));
        }
        match self.objects.get(&key, doing).await? {
            None if condition_failed(&error) => Ok(Try::Again),
            None => Err(explain(error, doing, &self.backend)),
            Some(seen) if seen.bytes == info.as_bytes() => Ok(Try::Taken),
            Some(seen) => self.contend_object(&seen, watch).await,
        }
    }

    /// The last sign of life of a lock object: the beat object that belongs to it, else what was
    /// noted on it when it was made.
    async fn beat_of(&self, lock: &Stored) -> Result<(LockInfo, Option<Beat>), StoreError> {
        let info = LockInfo::from_json(&lock.bytes).unwrap_or_default();
        let noted = lock.note.as_ref().and_then(|n| Beat::from_json(n.as_bytes(), &info.id));
        let beat = self.objects.get(&self.beat_key(), "Reading the lock").await?;
        let renewed = beat.and_then(|b| Beat::from_json(&b.bytes, &info.id));
        Ok((info, renewed.or(noted)))
    }

    /// Somebody holds the lock object. A dead holder's is removed if it is still the one we saw,
    /// where the service can promise that.
    async fn contend_object(&self, seen: &Stored, watch: &mut Watch) -> Result<Try, StoreError> {
        let (info, beat) = self.beat_of(seen).await?;
        let dead = watch.is_dead(&String::from_utf8_lossy(&seen.bytes), beat.as_ref(), boottime());
        let held = Try::Held { info, lease: beat.map(|b| b.lease) };
        let Some(tag) = seen.tag.as_deref().filter(|_| dead) else { return Ok(held) };
        if !self.removes_conditionally().await? {
            return Ok(held);
        }
        match self.objects.delete(&self.lock_key(), Some(tag)).await {
            Ok(()) => Ok(Try::Again),
            Err(e) if condition_failed(&e) => Ok(Try::Again),
            Err(e) if no_conditions(&e) => Ok(held),
            Err(e) => Err(explain(e, "Taking the lock of a dead process", &self.backend)),
        }
    }

    async fn take_item(&self, table: &Table, info: &str, beat: Option<&Beat>, watch: &mut Watch) -> Result<Try, StoreError> {
        let doing = "Taking the lock in DynamoDB";
        let Err(error) = table.put_lock(info, beat, None).await else { return Ok(Try::Taken) };
        if !condition_failed(&error) && error.kind != ErrorKind::Unsettled {
            return Err(explain(error, doing, &self.backend));
        }
        let seen = table.lock_item().await?;
        match seen {
            None if condition_failed(&error) => Ok(Try::Again),
            None => Err(explain(error, doing, &self.backend)),
            Some(item) if item.info == info => Ok(Try::Taken),
            Some(item) => {
                if watch.is_dead(&item.info, item.beat.as_ref(), boottime()) {
                    return match table.put_lock(info, beat, Some(&item)).await {
                        Ok(()) => Ok(Try::Taken),
                        Err(e) if condition_failed(&e) => Ok(self.ours_after_all(table, info).await?.map_or(Try::Taken, |i| held(&i))),
                        Err(e) => Err(explain(e, "Taking the lock of a dead process", &self.backend)),
                    };
                }
                Ok(held(&item))
            }
        }
    }

    /// After a failed condition: `None` when the item is ours (a repeated call had succeeded).
    async fn ours_after_all(&self, table: &Table, info: &str) -> Result<Option<LockItem>, StoreError> {
        Ok(table.lock_item().await?.filter(|i| i.info != info))
    }

    async fn put_beat(&self, info: &str, beat: &Beat) -> Result<(), ApiError> {
        let id = LockInfo::from_json(info.as_bytes()).unwrap_or_default().id;
        self.objects.put(&self.beat_key(), beat.to_json(&id).as_bytes(), &BTreeMap::new(), &Condition::Always).await.map(drop)
    }

    /// Renews our lock everywhere.
    pub async fn renew(&self, info: &str) -> Result<(), Renewal> {
        if let Some(table) = &self.table {
            match table.renew(info, &random()).await {
                Ok(()) => {}
                Err(e) if condition_failed(&e) => return Err(Renewal::Lost("the lock item in DynamoDB is not ours any more".into())),
                Err(_) => return Err(Renewal::Unknown),
            }
        }
        if !self.backend.use_lockfile {
            return Ok(());
        }
        // First the beat, then the question whose lock it is: a contender who saw no beat has removed the lock by then.
        self.put_beat(info, &Beat::first(self.rhythm)).await.map_err(|_| Renewal::Unknown)?;
        match self.objects.get(&self.lock_key(), "Renewing the lock").await {
            Ok(Some(seen)) if seen.bytes == info.as_bytes() => Ok(()),
            Ok(_) => Err(Renewal::Lost("the lock object in S3 is not ours any more".into())),
            Err(_) => Err(Renewal::Unknown),
        }
    }

    /// Gives our lock back; one that is gone already is fine, one of somebody else is left alone.
    pub async fn release(&self, info: &str) -> Result<(), StoreError> {
        let object = if self.backend.use_lockfile { self.release_object(info).await } else { Ok(()) };
        let item = match &self.table {
            Some(table) => match table.delete_lock(info).await {
                Ok(()) => Ok(()),
                Err(e) if condition_failed(&e) => Ok(()),
                Err(e) => Err(explain(e, "Giving the lock back", &self.backend)),
            },
            None => Ok(()),
        };
        object.and(item)
    }

    async fn release_object(&self, info: &str) -> Result<(), StoreError> {
        let doing = "Giving the lock back";
        let Some(seen) = self.objects.get(&self.lock_key(), doing).await? else { return Ok(()) };
        if seen.bytes != info.as_bytes() {
            return Ok(());
        }
        self.objects.delete(&self.beat_key(), None).await.map_err(|e| explain(e, doing, &self.backend))?;
        match self.objects.delete(&self.lock_key(), seen.tag.as_deref()).await {
            Err(e) if no_conditions(&e) => self.objects.delete(&self.lock_key(), None).await.map_err(|e| explain(e, doing, &self.backend)),
            Err(e) if !condition_failed(&e) => Err(explain(e, doing, &self.backend)),
            _ => Ok(()),
        }
    }

    /// Who holds the lock, as raw `Info` by place.
    pub async fn holders(&self) -> Result<Vec<String>, StoreError> {
        let mut all = Vec::new();
        if self.backend.use_lockfile {
            let object = self.objects.get(&self.lock_key(), "Reading the lock").await?;
            all.extend(object.map(|o| String::from_utf8_lossy(&o.bytes).into_owned()));
        }
        if let Some(table) = &self.table {
            all.extend(table.lock_item().await?.map(|i| i.info));
        }
        Ok(all)
    }

    /// The same with everything that is known of each.
    pub async fn held(&self) -> Result<Vec<HeldLock>, StoreError> {
        let described = |info: LockInfo, place: String, beat: Option<Beat>| HeldLock {
            info,
            place,
            lease: beat.as_ref().map(|b| Duration::from_secs(b.lease)),
            dead: beat.is_some_and(|b| b.process.is_certainly_dead()),
        };
        let mut all = Vec::new();
        if self.backend.use_lockfile
            && let Some(object) = self.objects.get(&self.lock_key(), "Reading the lock").await?
        {
            let (info, beat) = self.beat_of(&object).await?;
            all.push(described(info, format!("s3://{}/{}", self.backend.bucket, self.lock_key()), beat));
        }
        if let Some(table) = &self.table
            && let Some(item) = table.lock_item().await?
        {
            let info = LockInfo::from_json(item.info.as_bytes()).unwrap_or_default();
            let name = self.backend.table.as_deref().unwrap_or_default();
            all.push(described(info, format!("DynamoDB table {name:?}"), item.beat));
        }
        Ok(all)
    }
}

fn held(item: &LockItem) -> Try {
    let info = LockInfo::from_json(item.info.as_bytes()).unwrap_or_default();
    Try::Held { info, lease: item.beat.as_ref().map(|b| b.lease) }
}
