//! Modules that lie elsewhere: registries, repositories, archives, buckets.
//!
//! [`Modules`] answers the loader from the lock file and the cache, without any call. What it does
//! not have it fetches when told to, all of it at once, and the lock file then says what each
//! source meant, so that every machine gets the same.

pub mod address;
mod archive;
mod cache;
mod credentials;
mod document;
mod git;
mod http;
mod installed;
mod limits;
mod lock;
mod netrc;
mod page;
mod registry;
mod run;

pub use document::document;
pub use lock::{Entry, FILE as LOCK_FILE, Key};

use crate::config::{Constraint, ModuleAnswer, ModuleFolder, ModuleRequest};
use crate::diag::Diagnostic;
use crate::objects::ObjectSource;
use address::{Package, Source};
use credentials::Hosts;
use installed::InstalledModules;
use limits::Limits;
use lock::Lock;
use netrc::Netrc;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How modules are looked for.
pub struct Settings {
    /// The root module's folder: the lock file lies there.
    pub root_dir: PathBuf,
    /// Where packages are kept: `.envctl/modules` of the project.
    pub cache: PathBuf,
    /// `.terraform`, whose modules serve where they fit.
    pub data_dir: PathBuf,
    /// The process's environment: tokens, limits.
    pub env: BTreeMap<String, String>,
    /// Choose anew instead of what is locked.
    pub upgrade: bool,
    /// Fetch and lock everything (`get`): folders below `.terraform` do not serve, and what is no
    /// longer called leaves the lock file.
    pub own: bool,
    /// Reads buckets; `None`: this build has none.
    pub objects: Option<Arc<dyn ObjectSource>>,
}

/// The modules of one root module that lie elsewhere.
pub struct Modules {
    settings: Settings,
    limits: Limits,
    locked: Lock,
    installed: InstalledModules,
    hosts: Arc<Hosts>,
    netrc: Arc<Netrc>,
    known: Mutex<Known>,
}

/// What this run found out.
#[derive(Default)]
struct Known {
    /// Chosen in this run.
    entries: BTreeMap<Key, Entry>,
    /// Archives of this machine: fetched, never locked.
    unlocked: BTreeMap<Key, Entry>,
    failed: BTreeMap<Key, Diagnostic>,
    used: BTreeSet<Key>,
    /// Packages whose content was compared with their digest.
    checked: BTreeSet<PathBuf>,
}

/// A request, understood.
struct Wanted {
    key: Key,
    package: Package,
    subfolder: String,
    constraint: Option<Constraint>,
}

impl Modules {
    /// Opens lock file and cache of a root module.
    ///
    /// # Errors
    /// When there is a lock file that cannot be understood.
    pub fn open(settings: Settings) -> Result<Modules, Diagnostic> {
        let locked = Lock::read(&settings.root_dir.join(lock::FILE))?;
        let installed =
            if settings.own { InstalledModules::default() } else { InstalledModules::read(&settings.data_dir, &settings.root_dir) };
        let hosts = Arc::new(Hosts::read(&settings.env));
        let netrc = Arc::new(Netrc::read(&settings.env));
        let limits = Limits::of(&settings.env);
        Ok(Modules { settings, limits, locked, installed, hosts, netrc, known: Mutex::default() })
    }

    /// Tokens and passwords of hosts, to be masked in what is printed.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.hosts.secrets().chain(self.netrc.secrets())
    }

    /// Where the module of a call is, without any call.
    #[must_use]
    pub fn find(&self, request: &ModuleRequest) -> ModuleAnswer {
        match self.look(request) {
            Ok(Some(folder)) => ModuleAnswer::Folder(folder),
            Ok(None) => ModuleAnswer::Later,
            Err(d) => ModuleAnswer::Refused(d),
        }
    }

    fn look(&self, request: &ModuleRequest) -> Result<Option<ModuleFolder>, Box<Diagnostic>> {
        let wanted = wanted(request)?;
        if let Package::File(path, None) = &wanted.package {
            return here(path, &wanted.subfolder).map(Some).map_err(Box::new);
        }
        let mut known = self.known();
        known.used.insert(wanted.key.clone());
        if let Some(failed) = known.failed.get(&wanted.key) {
            let of_version = failed.summary == registry::NO_MATCH;
            return Err(Box::new(failed.clone().or_at(request.version_span.filter(|_| of_version))));
        }
        let known = &mut *known;
        let of_run = known.entries.get(&wanted.key).or_else(|| known.unlocked.get(&wanted.key));
        let of_lock = self.locked.entries.get(&wanted.key).filter(|_| !self.settings.upgrade);
        let Some(entry) = of_run.or(of_lock) else {
            return Ok(self.installed.find(request, wanted.constraint.as_ref()));
        };
        let package = self.settings.cache.join(folder_name(&wanted.package, entry));
        if !package.is_dir() || self.settings.own && !sound(&package, entry, &mut known.checked) {
            return Ok(None);
        }
        let module = cache::subfolder(&package, &entry.folder, entry.location.as_ref().unwrap_or(&wanted.key.source))?;
        let dir = cache::subfolder(&module, &wanted.subfolder, &wanted.key.source)?;
        Ok(Some(ModuleFolder { dir, package }))
    }

    /// Fetches what requests ask for, several at once; what fails is the answer from then on.
    pub fn fetch(&self, requests: &[ModuleRequest], progress: &(dyn Fn(&str) + Sync)) {
        let mut groups: BTreeMap<Key, (Wanted, Vec<String>)> = BTreeMap::new();
        for request in requests {
            if let Ok(wanted) = wanted(request) {
                let group = groups.entry(wanted.key.clone()).or_insert_with(|| (wanted, Vec::new()));
                group.1.push(request.path.to_string());
            }
        }
        run::all(self, groups.into_values().collect(), progress);
    }

    /// Writes what was chosen into the lock file. `whole`: the tree was loaded to its last call.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&self, whole: bool) -> Result<(), Diagnostic> {
        let known = self.known();
        let only = Some(&known.used).filter(|_| self.settings.own && whole);
        let stale = only.is_some_and(|only| self.locked.entries.keys().any(|k| !only.contains(k)));
        if known.entries.is_empty() && !stale {
            return Ok(());
        }
        let path = self.settings.root_dir.join(lock::FILE);
        std::fs::create_dir_all(&self.settings.cache)
            .map_err(|e| Diagnostic::error("Module cache not writable", format!("{}: {e}.", self.settings.cache.display())))?;
        lock::update(&path, &self.settings.cache.join(".guard"), &known.entries, only)
    }

    /// What the calls of this run mean, in order of sources.
    #[must_use]
    pub fn chosen(&self) -> Vec<(Key, Entry)> {
        let known = self.known();
        let entry = |key: &Key| {
            let found = known.entries.get(key).or_else(|| known.unlocked.get(key)).or_else(|| self.locked.entries.get(key));
            found.map(|e| (key.clone(), e.clone()))
        };
        known.used.iter().filter_map(entry).collect()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passwords and keys that a source holds, to be masked in what is printed.
#[must_use]
pub fn secrets_of(source: &str) -> Vec<String> {
    // Also of one that is refused: its text is shown where it is written.
    let parsed = address::parse(source, false).map(|s| s.package.secrets()).unwrap_or_default();
    parsed.into_iter().chain(address::queried_secrets(source)).collect()
}

/// Reads a request's source and version.
fn wanted(request: &ModuleRequest) -> Result<Wanted, Box<Diagnostic>> {
    let at = |d: Diagnostic, span: Option<crate::diag::Span>| Box::new(d.or_at(span));
    let Source { package, subfolder } = address::parse(&request.source, request.version.is_some()).map_err(|d| {
        let span = if d.summary == "Invalid version argument" { request.version_span } else { None };
        at(d, span.or(Some(request.source_span)))
    })?;
    let constraint = request.version.as_deref().map(Constraint::parse).transpose().map_err(|part| {
        let error = Diagnostic::error("Invalid version constraint", format!("\"{part}\" is no condition on a version."));
        at(error.help("Write conditions as in: version = \"~> 5.1\" or version = \">= 5.0, < 6.0\""), request.version_span)
    })?;
    let key = Key { source: package.shown(), constraint: constraint.as_ref().map(ToString::to_string) };
    Ok(Wanted { key, package, subfolder, constraint })
}

/// Whether a package of the cache still is what its entry says; one that somebody changed is removed.
fn sound(package: &Path, entry: &Entry, checked: &mut BTreeSet<PathBuf>) -> bool {
    if checked.contains(package) {
        return true;
    }
    let sound = cache::digest(package).is_ok_and(|digest| digest == entry.digest);
    if sound {
        checked.insert(package.to_path_buf());
    } else {
        let _ = std::fs::remove_dir_all(package);
    }
    sound
}

/// A folder of this machine, used where it lies.
fn here(path: &Path, subfolder: &str) -> Result<ModuleFolder, Diagnostic> {
    let path = crate::files::clean(path);
    if !path.is_dir() {
        return Err(Diagnostic::error("Module not found", format!("There is no folder {}.", path.display())));
    }
    let dir = cache::subfolder(&path, subfolder, &path.display().to_string())?;
    Ok(ModuleFolder { dir, package: path })
}

/// The folder of the cache that holds a package.
fn folder_name(package: &Package, entry: &Entry) -> String {
    let version = entry.version.as_ref().map(|v| {
        let plain: String = v.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
        format!("-{plain}")
    });
    let digest: String = entry.digest.trim_start_matches("sha256:").chars().take(16).collect();
    format!("{}{}-{digest}", package.slug(), version.unwrap_or_default())
}

fn join(outer: &str, inner: &str) -> String {
    [outer, inner].iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("/")
}
