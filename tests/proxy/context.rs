//! What the rules share: the way to moto, the settings, the states that pass.

use super::settings::Settings;
use super::transitions::Transitions;
use super::upstream::Upstream;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Given to every rule.
pub struct Context {
    /// moto.
    pub upstream: Upstream,
    settings: Mutex<Settings>,
    instances: Mutex<Transitions>,
    databases: Mutex<Transitions>,
    snapshots: Mutex<Transitions>,
}

impl Context {
    /// A context with default settings.
    pub fn new(upstream: Upstream) -> Self {
        Self { upstream, settings: Mutex::default(), instances: Mutex::default(), databases: Mutex::default(), snapshots: Mutex::default() }
    }

    /// The settings at this moment.
    pub fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    /// Replaces the settings.
    pub fn set_settings(&self, settings: Settings) {
        *lock(&self.settings) = settings;
    }

    /// Instances between two states.
    pub fn instances(&self) -> MutexGuard<'_, Transitions> {
        lock(&self.instances)
    }

    /// Databases between two states.
    pub fn databases(&self) -> MutexGuard<'_, Transitions> {
        lock(&self.databases)
    }

    /// Snapshots of databases that are being made.
    pub fn snapshots(&self) -> MutexGuard<'_, Transitions> {
        lock(&self.snapshots)
    }
}

/// A lock that ignores poisoning: a failed test must not fail the next.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a rule remembers of objects, by region and id.
pub struct Memory<V>(Mutex<HashMap<(String, String), V>>);

impl<V> Default for Memory<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V: Clone + Default> Memory<V> {
    /// What is remembered, or the default.
    pub fn get(&self, region: &str, id: &str) -> V {
        lock(&self.0).get(&(region.to_owned(), id.to_owned())).cloned().unwrap_or_default()
    }

    /// Changes what is remembered.
    pub fn change(&self, region: &str, id: &str, change: impl FnOnce(&mut V)) {
        change(lock(&self.0).entry((region.to_owned(), id.to_owned())).or_default());
    }

    /// Forgets an object.
    pub fn forget(&self, region: &str, id: &str) {
        lock(&self.0).remove(&(region.to_owned(), id.to_owned()));
    }
}
