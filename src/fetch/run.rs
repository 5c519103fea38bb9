//! Fetching packages, several at once, on a thread and runtime of its own: loading is not async.

use super::address::{Archive, Checksum, ChecksumKind, HttpPackage, Package, Source, bare};
use super::cache::{digest, hex, install, sweep, workplace};
use super::http::Http;
use super::lock::Entry;
use super::registry::Registries;
use super::{Modules, Wanted, archive, folder_name, git, join, page};
use crate::diag::Diagnostic;
use crate::objects::{ObjectAddress, ObjectError};
use futures::StreamExt;
use md5::Digest as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::OnceCell;

/// How many packages at once.
const AT_ONCE: usize = 8;
/// Pages that send on to pages.
const HOPS: usize = 5;

/// Packages with the calls that want them.
type Groups = Vec<(Wanted, Vec<String>)>;

/// Fetches all groups; the outcomes lie in `modules` afterwards.
pub(super) fn all(modules: &Modules, groups: Groups, progress: &(dyn Fn(&str) + Sync)) {
    if groups.is_empty() {
        return;
    }
    let keys: Vec<_> = groups.iter().map(|(w, _)| w.key.clone()).collect();
    let started = std::thread::scope(|scope| {
        let thread = scope.spawn(|| -> Result<(), String> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
            sweep(&modules.settings.cache);
            runtime.block_on(Run::new(modules, progress, groups.len()).groups(groups));
            Ok(())
        });
        thread.join().unwrap_or_else(|_| Err("it ended unexpectedly; please report this".into()))
    });
    let mut known = modules.known();
    for key in keys {
        let done = [&known.entries, &known.unlocked].iter().any(|m| m.contains_key(&key)) || known.failed.contains_key(&key);
        if !done {
            let why = started.clone().err().unwrap_or_else(|| "it was not tried".into());
            let error = Diagnostic::error("Module not fetched", format!("{} could not be fetched: {why}.", key.source));
            known.failed.insert(key, error);
        }
    }
}

struct Run<'a> {
    modules: &'a Modules,
    progress: &'a (dyn Fn(&str) + Sync),
    total: usize,
    done: AtomicUsize,
    http: OnceCell<Http>,
    registries: OnceCell<Registries>,
}

/// A package in a temporary folder.
struct Fetched {
    commit: Option<String>,
    /// The module's folder in it.
    folder: String,
    /// What it really came from, if not its own source.
    location: Option<String>,
    /// It depends on this machine, so it is not locked.
    local: bool,
}

impl<'a> Run<'a> {
    fn new(modules: &'a Modules, progress: &'a (dyn Fn(&str) + Sync), total: usize) -> Self {
        Run { modules, progress, total, done: AtomicUsize::new(0), http: OnceCell::new(), registries: OnceCell::new() }
    }

    async fn groups(&self, groups: Groups) {
        futures::stream::iter(groups).map(|(wanted, calls)| self.group(wanted, calls)).buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    async fn group(&self, wanted: Wanted, calls: Vec<String>) {
        let started = Instant::now();
        let calls = match calls.as_slice() {
            [one] => one.clone(),
            [one, two] => format!("{one}, {two}"),
            [one, rest @ ..] => format!("{one} and {} more", rest.len()),
            [] => String::new(),
        };
        let constraint = wanted.key.constraint.as_ref().map(|c| format!(" {c}")).unwrap_or_default();
        (self.progress)(&format!("Fetching {}{constraint} for {calls}\n", wanted.key.source));
        let outcome = self.package(&wanted).await;
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let mut known = self.modules.known();
        match outcome {
            Ok((entry, local)) => {
                let what = entry.version.clone().or_else(|| entry.commit.as_ref().map(|c| c.chars().take(12).collect()));
                let what = what.map(|w| format!(" {w}")).unwrap_or_default();
                let seconds = started.elapsed().as_secs_f32();
                (self.progress)(&format!("Fetched {}{what} in {seconds:.1} s ({done} of {})\n", wanted.key.source, self.total));
                let map = if local { &mut known.unlocked } else { &mut known.entries };
                map.insert(wanted.key, entry);
            }
            Err(d) => drop(known.failed.insert(wanted.key, *d)),
        }
    }

    /// Fetches a package into the cache; whether it is of this machine alone.
    async fn package(&self, wanted: &Wanted) -> Result<(Entry, bool), Box<Diagnostic>> {
        let modules = self.modules;
        let pinned = modules.locked.entries.get(&wanted.key).filter(|_| !modules.settings.upgrade);
        let place = workplace(&modules.settings.cache)?;
        let tree = place.path().join("tree");
        std::fs::create_dir(&tree).map_err(|e| unwritable(&tree, &e))?;
        let version = match &wanted.package {
            Package::Registry(module) => Some(match pinned.and_then(|p| p.version.clone()).or_else(|| self.locked_version(wanted)) {
                Some(version) => version,
                None => self.registries().await?.choose(module, wanted.constraint.as_ref()).await?,
            }),
            _ => None,
        };
        let (start, through) = match (&wanted.package, &version) {
            (Package::Registry(module), Some(version)) => (self.registries().await?.location(module, version).await?, true),
            (package, _) => (Source { package: package.clone(), subfolder: String::new() }, false),
        };
        let commit = pinned.and_then(|p| p.commit.as_deref());
        let fetched = self.tree(start, commit, &tree, through).await?;
        let digest = digest(&tree).map_err(|e| unwritable(&tree, &e))?;
        if let Some(pinned) = pinned.filter(|p| p.digest != digest) {
            return Err(Box::new(differs(&wanted.key.source, pinned, &digest)));
        }
        let entry = Entry { version, location: fetched.location, folder: fetched.folder, commit: fetched.commit, digest };
        install(&modules.settings.cache, &tree, &folder_name(&wanted.package, &entry))?;
        Ok((entry, fetched.local))
    }

    /// A version of the same module that another call or an older constraint has locked.
    fn locked_version(&self, wanted: &Wanted) -> Option<String> {
        if self.modules.settings.upgrade {
            return None;
        }
        self.modules.locked.version_for(&wanted.key.source, wanted.constraint.as_ref())
    }

    /// Fetches the tree of a source, following pages that send on.
    async fn tree(&self, start: Source, commit: Option<&str>, tree: &Path, through: bool) -> Result<Fetched, Box<Diagnostic>> {
        let Source { mut package, subfolder: mut folder } = start;
        let mut sent_on = through;
        for _ in 0..HOPS {
            let mut found = None;
            match &package {
                Package::Git(repository) => found = Some(git::fetch(repository, commit, tree).await?),
                Package::Http(HttpPackage { url, archive: Some(form), checksum }) => {
                    let file = tree.with_file_name("archive");
                    self.http().await?.download(url, &file, self.modules.limits.download).await?;
                    self.unpack(file, *form, tree, checksum.clone(), bare(url)).await?;
                }
                Package::Http(HttpPackage { url, archive: None, .. }) => {
                    let next = page::target(self.http().await?, url).await?;
                    package = next.package;
                    folder = join(&next.subfolder, &folder);
                    sent_on = true;
                    continue;
                }
                Package::Objects(address, form) => self.objects(address, *form, tree).await?,
                Package::File(path, Some(form)) => self.unpack(path.clone(), *form, tree, None, path.display().to_string()).await?,
                Package::File(..) | Package::Registry(_) => {
                    let detail = format!("{} is no place to fetch from.", package.shown());
                    return Err(Box::new(Diagnostic::error("Module not fetched", detail)));
                }
            }
            let local = matches!(package, Package::File(..));
            return Ok(Fetched { commit: found, folder, location: sent_on.then(|| package.shown()), local });
        }
        Err(Box::new(Diagnostic::error("Module not fetched", format!("{} sends on more than {HOPS} times.", package.shown()))))
    }

    async fn unpack(&self, file: PathBuf, form: Archive, tree: &Path, sum: Option<Checksum>, name: String) -> Result<(), Diagnostic> {
        let (tree, limits) = (tree.to_path_buf(), self.modules.limits);
        let task = tokio::task::spawn_blocking(move || {
            if let Some(sum) = sum {
                verify(&file, &sum, &name)?;
            }
            archive::unpack(&file, form, &tree, limits, &name)
        });
        task.await.unwrap_or_else(|e| Err(Diagnostic::error("Module not unpacked", format!("Unpacking ended unexpectedly: {e}."))))
    }

    async fn objects(&self, address: &ObjectAddress, form: Option<Archive>, tree: &Path) -> Result<(), Diagnostic> {
        let shown = format!("s3://{}/{}", address.bucket, address.key);
        let Some(source) = &self.modules.settings.objects else {
            return Err(Diagnostic::error(
                "Module source not supported",
                format!("{shown} lies in S3, and this envctl does not fetch modules from there."),
            )
            .help("Fetch the module with git, over https or from a registry."));
        };
        let failed = |e: ObjectError| {
            let error = Diagnostic::error("Module not fetched", format!("{shown} could not be read: {}", e.detail));
            Diagnostic { help: e.help, ..error }
        };
        let limit = self.modules.limits.download;
        match form {
            Some(form) => {
                let file = tree.with_file_name("archive");
                source.object(address, &file, limit).await.map_err(failed)?;
                self.unpack(file, form, tree, None, shown.clone()).await
            }
            None => source.folder(address, tree, limit).await.map_err(failed),
        }
    }

    async fn http(&self) -> Result<&Http, Diagnostic> {
        self.http.get_or_try_init(|| async { Http::new(self.modules.netrc.clone()) }).await
    }

    async fn registries(&self) -> Result<&Registries, Diagnostic> {
        let hosts = self.modules.hosts.clone();
        self.registries.get_or_try_init(|| async { Ok(Registries::new(self.http().await?.clone(), hosts)) }).await
    }
}

/// Whether a downloaded file is what its source says.
fn verify(file: &Path, sum: &Checksum, name: &str) -> Result<(), Diagnostic> {
    let bytes = std::fs::read(file).map_err(|e| unwritable(file, &e))?;
    let found = match sum.kind {
        ChecksumKind::Md5 => hex(&md5::Md5::digest(&bytes)),
        ChecksumKind::Sha1 => hex(&sha1::Sha1::digest(&bytes)),
        ChecksumKind::Sha256 => hex(&sha2::Sha256::digest(&bytes)),
        ChecksumKind::Sha512 => hex(&sha2::Sha512::digest(&bytes)),
    };
    if found == sum.hex {
        return Ok(());
    }
    let detail = format!("{name} has the checksum {found}, and its source says {}.", sum.hex);
    Err(Diagnostic::error("Checksum mismatch", detail)
        .help("What is published changed or was damaged on its way. Do not use it before you know why."))
}

fn differs(source: &str, pinned: &Entry, digest: &str) -> Diagnostic {
    let what = pinned.version.as_ref().or(pinned.commit.as_ref()).map(|w| format!(" {w}")).unwrap_or_default();
    let detail = format!("{source}{what} is locked with the content {}, and what was fetched now has {digest}.", pinned.digest);
    Diagnostic::error("Module differs from the lock file", detail)
        .help("Somebody replaced what was published under the same name. If that is known and wanted: envctl get -upgrade")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("Module cache not usable", format!("{}: {error}.", path.display()))
}
