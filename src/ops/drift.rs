//! `drift`: what is not as the last apply and the last deploy left it. Pure: the reading is done elsewhere.
//!
//! Values on hosts are never told; attributes of objects are, masked by their marks.

use super::compare::{Risk, risk_of};
use super::left::Left;
use crate::addr::Mode;
use crate::app::{Contact, FileEdit};
use crate::deploy::observe::Observation;
use crate::plan::{Plan, ResourceChange};
use crate::schema::SchemaSource;
use crate::value::Value;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// An object of the state.
    Infrastructure,
    /// The checkout of an application.
    Checkout,
    /// A file that a deploy wrote.
    File,
    /// A fact of a host.
    Fact,
}

impl Part {
    /// As programs read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Infrastructure => "infrastructure",
            Part::Checkout => "checkout",
            Part::File => "file",
            Part::Fact => "fact",
        }
    }
}

/// An attribute that is not what the state says.
#[derive(Clone, Debug)]
pub struct AttributeDrift {
    /// Its name.
    pub name: String,
    /// In the state.
    pub before: Option<Value>,
    /// Now.
    pub now: Option<Value>,
}

/// One thing that drifted.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is about.
    pub part: Part,
    /// The object's address, or the application with its host.
    pub subject: String,
    /// How much it matters.
    pub risk: Risk,
    /// What it touches, in a few words.
    pub about: &'static str,
    /// What happened.
    pub message: String,
    /// The attributes of an object.
    pub attributes: Vec<AttributeDrift>,
    /// Names that belong to it: keys, files.
    pub names: Vec<String>,
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// What drifted, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why.
    pub unchecked: Vec<(String, String)>,
    /// Remarks.
    pub notes: Vec<String>,
    /// What runs left that did not end. It is no drift: envctl itself did it.
    pub left: Left,
}

impl Drift {
    /// Whether anything drifted.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Takes more in, the worst first.
    pub fn add(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
        self.findings.sort_by(|a, b| (b.risk, a.part, &a.subject).cmp(&(a.risk, b.part, &b.subject)));
    }

    /// The objects of a refresh-only plan that are not as the state says. Objects in which only values moved that the
    /// service makes up are counted in a remark.
    pub fn infrastructure(&mut self, plan: &Plan, schemas: &dyn SchemaSource) {
        let managed = plan.drift.iter().filter(|c| c.addr.resource.mode == Mode::Managed);
        let (real, quiet): (Vec<_>, Vec<_>) = managed.map(|c| object(c, schemas)).partition(|(_, counts)| *counts);
        self.add(real.into_iter().map(|(finding, _)| finding).collect());
        if !quiet.is_empty() {
            let names: Vec<String> = quiet.iter().map(|(f, _)| f.subject.clone()).collect();
            self.notes.push(format!("only values that the service makes up moved in {}", names.join(", ")));
        }
    }

    /// What was found on a host.
    pub fn host(&mut self, observation: &Observation, recorded: bool) {
        let subject = format!("app.{} on {}", observation.app, observation.host);
        match &observation.contact {
            Contact::NotYet(why) => return self.notes.push(format!("{subject}: there is no host yet ({why})")),
            Contact::Unreachable(why) => return self.unchecked.push((subject, why.clone())),
            Contact::Read => {}
        }
        if !recorded {
            self.notes.push(format!("{subject}: never deployed, so there is nothing to compare with"));
        }
        for error in &observation.errors {
            self.unchecked.push((subject.clone(), format!("{}: {}", error.summary, error.detail)));
        }
        let mut found = files(&subject, observation);
        found.extend(checkout(&subject, observation));
        found.extend(facts(&subject, observation));
        self.add(found);
    }
}

/// The finding, and whether it counts.
fn object(change: &ResourceChange, schemas: &dyn SchemaSource) -> (Finding, bool) {
    let subject = match &change.deposed {
        Some(key) => format!("{} (deposed object {key})", change.addr),
        None => change.addr.to_string(),
    };
    let finding = |risk, about, message: String, attributes| Finding {
        part: Part::Infrastructure,
        subject: subject.clone(),
        risk,
        about,
        message,
        attributes,
        names: Vec::new(),
    };
    if change.after.is_none() {
        return (finding(Risk::Critical, "an object is gone", "deleted outside of envctl".into(), Vec::new()), true);
    }
    let schema = schemas.schema(&change.provider.source, change.addr.resource.mode, &change.addr.resource.kind);
    let made_up = |name: &str| schema.as_ref().and_then(|s| s.block.attrs.get(name)).is_some_and(|a| a.computed && !a.optional);
    let attributes = changed(change);
    let counts = attributes.is_empty() || attributes.iter().any(|a| !made_up(&a.name));
    let named = attributes.iter().map(|a| risk_of(&format!("resource:{}:{}", change.addr, a.name)));
    let (risk, about) = named.max_by_key(|(risk, _)| *risk).unwrap_or((Risk::Medium, "an object of the infrastructure"));
    (finding(risk, about, "changed outside of envctl".into(), attributes), counts)
}

fn changed(change: &ResourceChange) -> Vec<AttributeDrift> {
    let members = |v: &Option<Value>| v.as_ref().and_then(|v| v.members().cloned()).unwrap_or_default();
    let (before, after) = (members(&change.before), members(&change.after));
    let differs = after.iter().filter(|(n, v)| before.get(*n) != Some(v));
    differs.map(|(n, v)| AttributeDrift { name: n.to_string(), before: before.get(n).cloned(), now: Some(v.clone()) }).collect()
}

fn files(subject: &str, observation: &Observation) -> Vec<Finding> {
    let one = |(path, edit): (&String, &FileEdit)| {
        let risk = match edit {
            FileEdit::Mode { .. } => Risk::Medium,
            _ => Risk::High,
        };
        let names = match edit {
            FileEdit::Keys { changed, added, vanished } => [changed.as_slice(), added, vanished].concat(),
            _ => Vec::new(),
        };
        let message = format!("{path}: {}", edit.text());
        let about = "how the application is configured";
        Finding { part: Part::File, subject: subject.into(), risk, about, message, attributes: Vec::new(), names }
    };
    observation.drift.files.iter().map(one).collect()
}

fn checkout(subject: &str, observation: &Observation) -> Vec<Finding> {
    let Some(found) = &observation.drift.checkout else { return Vec::new() };
    let short = crate::app::short;
    let finding = |about, message: String, names: Vec<String>| Finding {
        part: Part::Checkout,
        subject: subject.into(),
        risk: Risk::High,
        about,
        message,
        attributes: Vec::new(),
        names,
    };
    let mut all = Vec::new();
    match &found.to {
        None => {}
        Some(None) => {
            all.push(finding("which code runs", format!("{}: the checkout of {} is gone", found.path, short(&found.from)), vec![]))
        }
        Some(Some(to)) => {
            let message = format!("{}: at commit {}, and {} was deployed", found.path, short(to), short(&found.from));
            all.push(finding("which code runs", message, vec![]));
        }
    }
    if !found.edited.is_empty() {
        let message = format!("{}: tracked files were edited: {}", found.path, found.edited.join(", "));
        all.push(finding("code that is in no commit", message, found.edited.clone()));
    }
    all
}

fn facts(subject: &str, observation: &Observation) -> Vec<Finding> {
    let one = |fact: &crate::app::FactDrift| {
        let now = match &fact.now {
            Ok(text) => text.clone(),
            Err(why) => format!("not known ({why})"),
        };
        let before = match &fact.before {
            None => String::new(),
            Some(Some(text)) => format!(", was {text} at the last deploy"),
            Some(None) => ", was something else at the last deploy".to_string(),
        };
        let problem = fact.problem.as_ref().map(|p| format!(": {p}")).unwrap_or_default();
        let risk = if fact.problem.is_some() { Risk::High } else { Risk::Medium };
        let message = format!("{} is {now}{before}{problem}", fact.name);
        let names = vec![fact.name.clone()];
        Finding { part: Part::Fact, subject: subject.into(), risk, about: "what runs", message, attributes: Vec::new(), names }
    };
    observation.drift.facts.iter().map(one).collect()
}
