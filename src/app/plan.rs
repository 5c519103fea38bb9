//! What has to be done so that a host is what an `app` block says. Pure.

use super::commands::install_label;
use super::diff::{Before, FileAction, FileChange};
use super::facts::{Checkout, RemoteFacts};
use super::record::{AppRecord, Step};
use super::render::Rendered;
use super::spec::{AppSpec, SourceSpec};
use super::text::UNKNOWN;
use crate::diag::{Diagnostic, Diagnostics};
use crate::value::Name;

/// How much is known of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// It was read.
    Read,
    /// There is no host yet (why): everything is new.
    NotYet(String),
    /// It did not answer (why): only the record is known.
    Unreachable(String),
}

/// The commit to deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Resolved.
    Commit {
        /// Full hash.
        commit: String,
        /// How many commits it has that the host's one has not.
        ahead: Option<usize>,
    },
    /// Not known yet, and why.
    Unknown(String),
}

/// Everything a plan depends on.
#[derive(Debug)]
pub struct PlanInput<'a> {
    /// The block.
    pub spec: &'a AppSpec,
    /// How much is known of the host.
    pub contact: Contact,
    /// What was found there, when it was read.
    pub facts: Option<&'a RemoteFacts>,
    /// What the last deploy did.
    pub record: Option<&'a AppRecord>,
    /// Identity of the host: instance id, or its name.
    pub identity: &'a str,
    /// The commit to deploy, when there is a source.
    pub target: Option<Target>,
    /// The files as they must be.
    pub rendered: &'a [Rendered],
}

/// A planned deploy of one app.
#[derive(Clone, Debug)]
pub struct AppPlan {
    /// The app.
    pub app: Name,
    /// Its host as shown.
    pub host: String,
    /// How much was known of it.
    pub contact: Contact,
    /// The commit that the ref names, whether the checkout moves or not.
    pub target: Option<String>,
    /// What happens to the checkout; `None` when it is in place or there is none.
    pub source: Option<SourceChange>,
    /// The files, unchanged ones included.
    pub files: Vec<FileChange>,
    /// The command that will run.
    pub install: Option<InstallChange>,
    /// Hooks that will run, as shown.
    pub hooks: Vec<String>,
    /// Health checks that will have to hold, as shown.
    pub checks: Vec<String>,
    /// Whether the release before comes back when they do not.
    pub rolls_back: bool,
    /// The release that did not end well and is done again, and how it ended.
    pub unfinished: Option<String>,
    /// The earlier release that comes back.
    pub restores: Option<String>,
    /// The step at which the last deploy stopped.
    pub resumes: Option<Step>,
    /// Errors stop the deploy; warnings are to be shown.
    pub diagnostics: Diagnostics,
}

/// The planned move of a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceChange {
    /// Folder on the host as written.
    pub path: String,
    /// Repository.
    pub url: String,
    /// The ref as written.
    pub reference: Option<String>,
    /// Commit now.
    pub from: Option<String>,
    /// Commit then; `None`: known after apply.
    pub to: Option<String>,
    /// How many commits that moves.
    pub ahead: Option<usize>,
    /// Why, beyond the commit: submodules, remote, an unfinished checkout.
    pub reasons: Vec<String>,
    /// Edited tracked files that are thrown away.
    pub discards: Vec<String>,
    /// Tracked files of ours that are put back before the checkout and written after it.
    pub restores: Vec<String>,
}

/// The planned install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallChange {
    /// The command as shown.
    pub label: String,
    /// Its folder on the host as shown.
    pub dir: Option<String>,
    /// Why it runs.
    pub reason: String,
}

impl SourceChange {
    /// The move of a checkout to a commit, from nothing.
    #[must_use]
    pub fn to(source: &SourceSpec, commit: Option<String>) -> Self {
        SourceChange {
            path: source.path.to_string(),
            url: source.git.to_string(),
            reference: source.reference.as_ref().map(ToString::to_string),
            from: None,
            to: commit,
            ahead: None,
            reasons: vec![],
            discards: vec![],
            restores: vec![],
        }
    }
}

impl AppPlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.source.is_none()
            && self.install.is_none()
            && self.unfinished.is_none()
            && self.files.iter().all(|f| f.action == FileAction::NoOp)
    }

    /// Whether something in it is known after apply only.
    #[must_use]
    pub fn is_deferred(&self) -> bool {
        matches!(self.contact, Contact::NotYet(_))
            || self.files.iter().any(|f| f.waits_for.is_some())
            || self.source.as_ref().is_some_and(|s| s.to.is_none())
    }

    /// The commit that was resolved, to be deployed even if the ref moves meanwhile.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        self.target.as_deref()
    }
}

/// Plans one app.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> AppPlan {
    let spec = input.spec;
    let mut diagnostics = Diagnostics::new();
    let source = spec.source.as_ref().and_then(|source| source_change(input, source, &mut diagnostics));
    let mut files: Vec<FileChange> = input.rendered.iter().map(|file| file.compare(before(input, file), input.record)).collect();
    files.extend(dropped_files(input, &mut diagnostics));
    let install = install_change(input, source.as_ref(), &files);
    if let Contact::Unreachable(why) = &input.contact {
        let detail =
            format!("{}. The plan compares with what was deployed last; apply and deploy will read the host.", why.trim_end_matches('.'));
        diagnostics.push(Diagnostic::warning("Host not reachable", detail).at(spec.span).address(format!("app.{}", spec.name)));
    }
    AppPlan {
        app: spec.label(),
        host: spec.host.to_string(),
        contact: input.contact.clone(),
        target: input.target.as_ref().and_then(|t| if let Target::Commit { commit, .. } = t { Some(commit.clone()) } else { None }),
        source,
        files,
        install,
        hooks: spec.hooks.iter().map(super::HookSpec::label).collect(),
        checks: spec.health.iter().map(super::HealthSpec::label).collect(),
        rolls_back: spec.rolls_back() && input.record.is_some_and(|r| r.current_release().is_some()),
        unfinished: input.record.and_then(AppRecord::unfinished).map(|r| format!("{} ({})", r.id, r.result.name())),
        restores: None,
        resumes: input.record.and_then(|r| r.running),
        diagnostics,
    }
}

fn before<'a>(input: &PlanInput<'a>, file: &Rendered) -> Before<'a> {
    match (&input.contact, input.facts) {
        (Contact::Unreachable(_), _) => Before::Unseen,
        (_, Some(facts)) => facts.files.get(&file.path).map_or(Before::Nothing, Before::File),
        (_, None) => Before::Nothing,
    }
}

fn source_change(input: &PlanInput<'_>, source: &SourceSpec, diagnostics: &mut Diagnostics) -> Option<SourceChange> {
    let (to, ahead, unknown) = match &input.target {
        Some(Target::Commit { commit, ahead }) => (Some(commit.clone()), *ahead, None),
        Some(Target::Unknown(why)) => (None, None, Some(why.clone())),
        None => (None, None, None),
    };
    let mut change = SourceChange { ahead, reasons: unknown.into_iter().collect(), ..SourceChange::to(source, to) };
    match (input.facts, &input.contact) {
        (Some(facts), _) => seen_source(input, source, facts, &mut change, diagnostics),
        (None, Contact::Unreachable(_)) => {
            let recorded = input.record.and_then(|r| r.source.as_ref());
            change.from = recorded.map(|s| s.commit.clone());
        }
        (None, _) => {}
    }
    if input.record.is_some_and(|r| r.running == Some(Step::Source)) {
        change.reasons.push("the last checkout did not finish".into());
    }
    let same = change.to.is_some() && change.from == change.to && change.reasons.is_empty() && change.discards.is_empty();
    (!same).then_some(change)
}

fn seen_source(input: &PlanInput<'_>, source: &SourceSpec, facts: &RemoteFacts, change: &mut SourceChange, diagnostics: &mut Diagnostics) {
    match &facts.checkout {
        Checkout::Absent => return,
        Checkout::Occupied => {
            let detail = format!("{} on {} holds something that is no git clone.", change.path, input.spec.host);
            let help = "Move it away, or choose another source path. envctl never writes a checkout over other files.";
            diagnostics.push(Diagnostic::error("Source path is occupied", detail).at(input.spec.span).help(help));
            return;
        }
        Checkout::Clone { commit, url } => {
            change.from.clone_from(commit);
            if source.git.known().is_some_and(|want| url.as_deref() != Some(want)) {
                change.reasons.push("the repository URL changes".into());
            }
        }
    }
    if facts.submodules_off && facts.commit().is_some() {
        change.reasons.push("submodules are not at their commits".into());
    }
    let recorded = input
        .record
        .into_iter()
        .flat_map(|r| r.files.keys())
        .filter_map(|p| p.strip_prefix(&format!("{}/", source.root()?)).map(String::from));
    let ours: Vec<String> = input.rendered.iter().filter_map(|f| f.in_source.clone()).chain(recorded).collect();
    let (mine, edited): (Vec<String>, Vec<String>) = facts.edited.iter().cloned().partition(|f| ours.contains(f));
    change.restores = mine;
    let interrupted = input.record.is_some_and(|r| r.running == Some(Step::Source));
    if edited.is_empty() {
        return;
    }
    if source.discard_changes || interrupted {
        change.discards = edited;
        return;
    }
    let list: String = edited.iter().map(|f| format!("\n  {f}")).collect();
    let detail = format!("These tracked files in {} on {} differ from the checked-out commit:{list}", change.path, input.spec.host);
    let help = "Commit them to the repository, undo them there with git checkout, or set discard_changes = true in the source block to throw them away.";
    diagnostics.push(Diagnostic::error("Tracked files were edited on the host", detail).at(input.spec.span).help(help));
}

/// Files that we wrote and that have no block any more.
fn dropped_files(input: &PlanInput<'_>, diagnostics: &mut Diagnostics) -> Vec<FileChange> {
    let Some(record) = input.record.filter(|_| !matches!(input.contact, Contact::NotYet(_))) else { return vec![] };
    let mut dropped = Vec::new();
    for (path, kept) in record.files.iter().filter(|(path, _)| !input.rendered.iter().any(|f| f.path == **path)) {
        let now = input.facts.map(|facts| facts.files.get(path));
        let ours = match now {
            Some(None) => continue,
            Some(Some(file)) => record.hash(&file.content) == kept.hash,
            None => true,
        };
        if !ours {
            let detail = format!(
                "{path} has no file block any more, but was changed on the host since envctl wrote it. It stays there and is forgotten."
            );
            diagnostics.push(Diagnostic::warning("Changed file left on the host", detail).at(input.spec.span));
        }
        dropped.push(FileChange {
            path: path.clone(),
            action: if ours { FileAction::Delete } else { FileAction::Leave },
            keys: vec![],
            lines: vec![],
            mode: None,
            waits_for: None,
            note: None,
            sensitive: kept.sensitive,
        });
    }
    dropped
}

fn install_change(input: &PlanInput<'_>, source: Option<&SourceChange>, files: &[FileChange]) -> Option<InstallChange> {
    let install = input.spec.install.as_ref()?;
    let reason = install_reason(input, source, files).or_else(|| install.always.then(|| "run = \"always\"".into()))?;
    let dir = install.dir.as_ref().map(ToString::to_string).or_else(|| input.spec.source.as_ref().map(|s| s.path.to_string()));
    Some(InstallChange { label: install_label(&install.command, install.sudo), dir, reason })
}

fn install_reason(input: &PlanInput<'_>, source: Option<&SourceChange>, files: &[FileChange]) -> Option<String> {
    let install = input.spec.install.as_ref()?;
    let Some(record) = input.record else { return Some("first deploy".into()) };
    if record.host.as_ref().is_some_and(|h| h.identity != input.identity) {
        return Some("the host is another machine".into());
    }
    if let Contact::NotYet(why) = &input.contact {
        return Some(why.clone());
    }
    if let Some(pending) = &record.pending {
        return Some(format!("the last deploy did not finish ({pending})"));
    }
    let mut reasons = Vec::new();
    if let Some(source) = source {
        reasons.push(if source.from == source.to { source.reasons.join(", ") } else { "the commit moves".into() });
    }
    let changed: Vec<&str> =
        files.iter().filter(|f| !matches!(f.action, FileAction::NoOp | FileAction::Leave)).map(|f| f.path.as_str()).collect();
    if !changed.is_empty() {
        reasons.push(format!("{} {}", if changed.len() == 1 { "a file changes:" } else { "files change:" }, changed.join(", ")));
    }
    match record.install_hash(install) {
        None => reasons.push(format!("the command is {UNKNOWN}")),
        hash if record.installed.is_none() || hash != record.installed => reasons.push("the command or its environment changes".into()),
        Some(_) => {}
    }
    let reasons: Vec<String> = reasons.into_iter().filter(|r| !r.is_empty()).collect();
    (!reasons.is_empty() || source.is_some()).then(|| reasons.join("; "))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
