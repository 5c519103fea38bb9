//! One side of a comparison: what is known of an environment, a working copy or a host.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;

/// Kinds of items; a side knows some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Objects, attribute by attribute.
    Resource,
    /// Root variables.
    Variable,
    /// Root outputs.
    Output,
    /// Files of applications.
    File,
    /// Services of compose files.
    Service,
    /// Hashes of lock files.
    Lock,
    /// Git refs as configured.
    Ref,
    /// Git commits that are deployed or checked out.
    Commit,
    /// Version constraints of providers.
    Provider,
    /// Sources and versions of modules.
    Module,
    /// What runs: versions, health, ports.
    Fact,
}

impl Section {
    /// All of them, in the order of reports.
    pub const ALL: [Section; 11] = [
        Section::Resource,
        Section::Variable,
        Section::Output,
        Section::File,
        Section::Service,
        Section::Lock,
        Section::Ref,
        Section::Commit,
        Section::Provider,
        Section::Module,
        Section::Fact,
    ];

    /// What item names begin with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Section::Resource => "resource",
            Section::Variable => "variable",
            Section::Output => "output",
            Section::File => "file",
            Section::Service => "service",
            Section::Lock => "lock",
            Section::Ref => "ref",
            Section::Commit => "commit",
            Section::Provider => "provider",
            Section::Module => "module",
            Section::Fact => "fact",
        }
    }

    /// Whether it belongs to the infrastructure (`-infra-only`).
    #[must_use]
    pub fn is_infrastructure(self) -> bool {
        matches!(self, Section::Resource | Section::Variable | Section::Output | Section::Provider | Section::Module)
    }
}

/// Steps from the top of a value down to a part.
pub type Steps = Vec<String>;

/// The value of an item. `Debug` never shows it.
#[derive(Clone, Default, PartialEq)]
pub struct Datum {
    /// The value itself.
    pub json: Json,
    /// Parts that are secret; the empty path is the whole value.
    pub secret: Vec<Steps>,
    /// Parts that nobody knows yet.
    pub unknown: Vec<Steps>,
    /// Only a part of the object: what is absent is not known to be absent.
    pub partial: bool,
}

impl Datum {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Datum { json: Json::String(text.into()), ..Datum::default() }
    }

    /// A value, secret if `secret`.
    #[must_use]
    pub fn of(json: Json, secret: bool) -> Self {
        Datum { json, secret: if secret { vec![Vec::new()] } else { Vec::new() }, ..Datum::default() }
    }
}

impl fmt::Debug for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Datum({} secret parts)", self.secret.len())
    }
}

/// A key of a `.env` file.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvKey {
    /// Its value; `None` when it is not known yet.
    pub value: Option<String>,
    /// Whether it must not be shown.
    pub secret: bool,
}

/// The content of a file as it is compared.
#[derive(Clone, PartialEq, Eq)]
pub enum FileText {
    /// Key by key.
    Env {
        /// By name.
        keys: BTreeMap<String, EnvKey>,
        /// These are all of them.
        complete: bool,
    },
    /// Line by line; of each line so much of its start may be shown (`None`: all).
    Lines(Vec<(String, Option<usize>)>),
    /// No text, or too large to look into: its hash.
    Opaque(String),
    /// Not known yet, and why.
    Unknown(String),
}

/// One side.
#[derive(Clone, Default)]
pub struct Side {
    /// As people typed it.
    pub name: String,
    /// The environment it belongs to.
    pub environment: Option<String>,
    /// Items by name without the section; a section that is not there is not known.
    pub items: BTreeMap<Section, BTreeMap<String, Datum>>,
    /// Files by path.
    pub files: Option<BTreeMap<String, FileText>>,
    /// The files are those that its configuration manages, so others may exist.
    pub managed_files_only: bool,
    /// Ids and addresses of its objects, and what they stand for.
    pub identities: BTreeMap<String, String>,
    /// Where its values come from, in words.
    pub origin: Vec<String>,
    /// Remarks.
    pub notes: Vec<String>,
    /// What is there and could not be read.
    pub unread: Vec<String>,
}

impl Side {
    /// An empty side.
    pub fn new(name: impl Into<String>) -> Self {
        Side { name: name.into(), ..Side::default() }
    }

    /// The items of a section, which is known from now on.
    pub fn section(&mut self, section: Section) -> &mut BTreeMap<String, Datum> {
        self.items.entry(section).or_default()
    }

    /// Whether anything is known of a section.
    #[must_use]
    pub fn knows(&self, section: Section) -> bool {
        if section == Section::File { self.files.is_some() } else { self.items.contains_key(&section) }
    }

    /// Leaves out what is (not) infrastructure.
    pub fn keep(&mut self, infrastructure: bool) {
        self.items.retain(|section, _| section.is_infrastructure() == infrastructure);
        if infrastructure {
            self.files = None;
        }
    }
}
