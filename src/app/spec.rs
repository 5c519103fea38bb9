//! An `app` block as data.

use super::fact::FactSpec;
use super::health::HealthSpec;
use super::hook::HookSpec;
use super::hosts::{HostEntry, Instance};
use super::log::LogSpec;
use super::release::ReleasesSpec;
use super::services::ServicesSpec;
use super::text::{Redactor, Text, collect_secrets};
use crate::diag::Span;
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything one `app` block asks for.
#[derive(Clone, Debug)]
pub struct AppSpec {
    /// Its label.
    pub name: Name,
    /// The block's header.
    pub span: Span,
    /// Where it runs; the first of several hosts.
    pub host: Text,
    /// All of several hosts; empty with a single one ([`AppSpec::on_each_host`]).
    pub hosts: Vec<HostEntry>,
    /// Which of several hosts this spec is for.
    pub instance: Option<Instance>,
    /// How to get there.
    pub ssh: SshSpec,
    /// What says that the first boot is done.
    pub ready: Option<ReadySpec>,
    /// What is checked out.
    pub source: Option<SourceSpec>,
    /// What is written, in source order.
    pub files: Vec<FileSpec>,
    /// What is run after a change.
    pub install: Option<InstallSpec>,
    /// A folder for every release; in place without it.
    pub releases: Option<ReleasesSpec>,
    /// What says that a release works, in source order.
    pub health: Vec<HealthSpec>,
    /// What is run before and after, in source order.
    pub hooks: Vec<HookSpec>,
    /// Where its logs are.
    pub log: Option<LogSpec>,
    /// What runs under docker compose.
    pub services: Option<ServicesSpec>,
    /// What is looked up on its hosts, in source order.
    pub facts: Vec<FactSpec>,
    /// Whether a failed release is taken back, where the block says it.
    pub rollback: Option<bool>,
}

/// `ssh { }`: what is absent comes from the user's ssh configuration.
#[derive(Clone, Debug, Default)]
pub struct SshSpec {
    /// Login name.
    pub user: Option<Text>,
    /// Port.
    pub port: Option<u16>,
    /// Private key file, relative to the project.
    pub key: Option<Text>,
    /// Jump hosts as `ssh -J` takes them.
    pub jump: Option<Text>,
    /// ssh configuration file, relative to the project.
    pub config: Option<Text>,
    /// The only acceptable host key, `type base64`; without it the first one seen is pinned.
    pub host_key: Option<Text>,
    /// How long apply waits for the host to answer.
    pub timeout: Option<Duration>,
}

/// `ready { }`
#[derive(Clone, Debug)]
pub struct ReadySpec {
    /// Marker file on the host.
    pub file: Text,
    /// How long to wait for it.
    pub timeout: Duration,
}

/// `source { }`
#[derive(Clone, Debug)]
pub struct SourceSpec {
    /// Repository.
    pub git: Text,
    /// Branch, tag or commit; the default branch when absent.
    pub reference: Option<Text>,
    /// Folder on the host.
    pub path: Text,
    /// Check out submodules too.
    pub submodules: bool,
    /// Settings for every git call.
    pub git_config: BTreeMap<String, Text>,
    /// Throw away edits of tracked files.
    pub discard_changes: bool,
    /// Fetch only so many commits.
    pub depth: Option<u32>,
    /// What below `path` the checkout is, where every release has a folder: `current`, or the release that is built.
    pub link: Option<String>,
}

/// `file "path" { }`
#[derive(Clone, Debug)]
pub struct FileSpec {
    /// As written: absolute, below `~/`, or relative to the source.
    pub path: String,
    /// What it must contain.
    pub content: FileContent,
    /// Permission bits.
    pub mode: u32,
    /// Written and read by root.
    pub sudo: bool,
    /// `user` or `user:group`.
    pub owner: Option<Text>,
    /// The block's header.
    pub span: Span,
}

/// Where the content of a file comes from.
#[derive(Clone, Debug)]
pub enum FileContent {
    /// A tera template below the project.
    Template {
        /// Path relative to the project.
        path: Text,
        /// Variables, an object.
        vars: Value,
        /// Where the path is written.
        span: Span,
    },
    /// The text itself.
    Inline(Text),
    /// A `.env` file of the source with keys set.
    Base {
        /// Path inside the source.
        base: Text,
        /// Keys and their values.
        set: BTreeMap<String, Text>,
        /// Where the path is written.
        span: Span,
    },
}

/// `install { }`
#[derive(Clone, Debug)]
pub struct InstallSpec {
    /// Shell text.
    pub command: Text,
    /// Where it runs: absolute, below `~/`, or relative to the source.
    pub dir: Option<Text>,
    /// Run by root.
    pub sudo: bool,
    /// Environment of the command.
    pub env: BTreeMap<String, Text>,
    /// Run on every deploy rather than after a change.
    pub always: bool,
}

impl AppSpec {
    /// An app that asks for nothing yet.
    #[must_use]
    pub fn new(name: Name, span: Span, host: Text) -> Self {
        AppSpec {
            name,
            span,
            host,
            hosts: Vec::new(),
            instance: None,
            ssh: SshSpec::default(),
            ready: None,
            source: None,
            files: Vec::new(),
            install: None,
            releases: None,
            health: Vec::new(),
            hooks: Vec::new(),
            log: None,
            services: None,
            facts: Vec::new(),
            rollback: None,
        }
    }

    /// The values in it that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut take = |text: &Text| found.extend(text.known().filter(|_| text.is_sensitive()).map(String::from));
        take(&self.host);
        if let Some(source) = &self.source {
            source.git_config.values().chain([&source.git]).chain(&source.reference).for_each(&mut take);
        }
        if let Some(install) = &self.install {
            install.env.values().chain([&install.command]).for_each(&mut take);
        }
        self.hosts.iter().map(|h| &h.address).for_each(&mut take);
        self.health.iter().flat_map(HealthSpec::texts).for_each(&mut take);
        self.hooks.iter().flat_map(|h| h.env.values().chain([&h.command])).for_each(&mut take);
        let mut in_vars = Vec::new();
        for file in &self.files {
            match &file.content {
                FileContent::Inline(text) => take(text),
                FileContent::Base { set, .. } => set.values().for_each(&mut take),
                FileContent::Template { vars, .. } => collect_secrets(vars, false, &mut in_vars),
            }
        }
        found.extend(in_vars);
        found
    }

    /// Whether a release that fails is taken back: as the block says, else where it has health checks.
    #[must_use]
    pub fn rolls_back(&self) -> bool {
        self.rollback.unwrap_or(!self.health.is_empty())
    }

    /// Keeps those values out of text.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        Redactor::new(self.secrets().iter().map(String::as_str))
    }

    /// Where a path of the app lies on the host: absolute, relative to the login's home, or
    /// `None` when it depends on a source path that is not known yet.
    #[must_use]
    pub fn on_host(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_string());
        }
        if let Some(below) = path.strip_prefix("~/") {
            return Some(below.to_string());
        }
        match &self.source {
            None => Some(path.to_string()),
            Some(source) => source.root().map(|root| format!("{root}/{path}")),
        }
    }

    /// Path of a file inside the source, when it lies there.
    #[must_use]
    pub fn in_source<'a>(&self, path: &'a str) -> Option<&'a str> {
        let outside = self.source.is_none() || path.starts_with('/') || path.starts_with("~/");
        (!outside).then(|| path.trim_start_matches("./"))
    }
}

impl SourceSpec {
    /// The folder of the checkout on the host, relative to the login's home unless absolute.
    #[must_use]
    pub fn root(&self) -> Option<String> {
        let base = self.base()?;
        Some(self.link.as_ref().map_or_else(|| base.clone(), |link| format!("{base}/{link}")))
    }

    /// The folder that the block names: the checkout, or what holds the releases.
    #[must_use]
    pub fn base(&self) -> Option<String> {
        let path = self.path.known()?;
        let path = path.strip_prefix("~/").unwrap_or(path);
        Some(if path.len() > 1 { path.trim_end_matches('/').to_string() } else { path.to_string() })
    }

    /// Known git settings.
    #[must_use]
    pub fn config(&self) -> BTreeMap<String, String> {
        self.git_config.iter().filter_map(|(k, v)| Some((k.clone(), v.known()?.to_string()))).collect()
    }
}
