//! Looks up creates whose end nobody knows, many at once, and finishes what is half-made.

use crate::addr::ProviderConfigAddr;
use crate::diag::{Diagnostic, Severity};
use crate::engine::configured::{ConfiguredProviders, context, diagnostic, region};
use crate::engine::ledger::{object, stored};
use crate::engine::perform::timeouts;
use crate::provider::{
    Configured, CreateRequest, ErrorKind, Intent, Located, NoCheckpoint, Object, Prior, ProviderError, ReadOutcome, ResourceType, Trace,
};
use crate::state::{ObjectState, State, Status};
use crate::store::{JournalEntry, JournalIntent, JournalResult};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Requests do not count longer than this after they were signed.
const SIGNED: Duration = Duration::from_secs(5 * 60);
/// What goes by its token is watched for so long.
const WATCH_TOKEN: Duration = Duration::from_secs(24 * 3600);
/// What goes by its name: longer only strangers could appear.
const WATCH_NAME: Duration = Duration::from_secs(15 * 60);

/// An object that may carry an intent tag: type, region, id.
pub(super) type Tagged = (String, Option<String>, String);

/// A create whose end nobody knows.
pub(super) struct Lost {
    pub entry: JournalEntry,
    /// What was recorded of the object while it was made.
    pub reached: Option<ObjectState>,
    /// Nobody wrote the state since its run.
    pub ours: bool,
    /// The last sign of life of its run.
    pub last: Option<Timestamp>,
    /// It was not found before, and may still arrive.
    pub is_watched: bool,
    /// The complete object that the state has at its address.
    pub complete: Option<ObjectState>,
    /// The state has an object at its address.
    pub is_occupied: bool,
}

impl Lost {
    pub fn left(intent: &JournalIntent, ours: bool, last: Option<Timestamp>) -> Self {
        let reached = match &intent.result {
            JournalResult::Reached(object) => Some((**object).clone()),
            _ => None,
        };
        Lost { entry: intent.entry.clone(), reached, ours, last, is_watched: false, complete: None, is_occupied: false }
    }

    pub fn watched(entry: &JournalEntry) -> Self {
        Lost { entry: entry.clone(), reached: None, ours: false, last: None, is_watched: true, complete: None, is_occupied: false }
    }

    /// Whether it may still become visible soon.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = |last: Timestamp| Duration::try_from(now.duration_since(last)).unwrap_or_default();
        self.last.is_some_and(|last| age(last) < SIGNED)
    }
}

/// What became of a lost create.
pub(super) enum Answer {
    /// It is there.
    Found { object: Box<ObjectState>, warning: Option<Diagnostic> },
    /// It is not there; it may still arrive within `late`.
    Nothing { late: Duration },
    /// One of these ids may be it, or a stranger's.
    Doubtful(Vec<String>),
    /// Nobody can look.
    Failed(ProviderError),
}

/// The object of an entry, should it carry an intent tag.
pub(super) fn tagged(providers: &ConfiguredProviders, entry: &JournalEntry, state: &State) -> Option<(ProviderConfigAddr, Tagged)> {
    let (provider, configured) = providers.get(&entry.provider).ok()?;
    let kind = entry.intent.addr.resource.kind.to_string();
    provider.resource(&kind).filter(|t| t.uses_intent_tag() && entry.intent.existing.is_none())?;
    let place = region(&entry.intent.planned, &configured);
    let instance = state.instance(&entry.intent.addr)?;
    let object = instance.current.as_ref().or_else(|| instance.deposed.values().next())?;
    let id = object.attributes.get("id")?.as_str()?.to_string();
    Some((entry.provider.clone(), (kind, place, id)))
}

/// One answer for each, in order.
pub(super) async fn look(providers: &ConfiguredProviders, lost: &[Lost], hold: bool, patience: Duration, now: Timestamp) -> Vec<Answer> {
    let mut answers: Vec<Option<Answer>> = lost.iter().map(|_| None).collect();
    let mut open: BTreeSet<usize> = (0..lost.len()).collect();
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_millis(500);
    loop {
        for (i, answer) in look_once(providers, lost, &open, hold, now).await {
            let again = matches!(&answer, Answer::Nothing { late } if *late > Duration::ZERO);
            let fresh = lost.get(i).is_some_and(|l| l.is_fresh(now));
            if !(again && fresh && hold) {
                open.remove(&i);
            }
            if let Some(slot) = answers.get_mut(i) {
                *slot = Some(answer);
            }
        }
        let left = patience.saturating_sub(waited);
        if open.is_empty() || left.is_zero() {
            break;
        }
        tokio::time::sleep(pause.min(left)).await;
        waited += pause.min(left);
        pause *= 2;
    }
    let silent = || Answer::Failed(ProviderError::new(ErrorKind::Other, "Looking up gave no answer", "The type did not answer."));
    let mut answers: Vec<Answer> = answers.into_iter().zip(lost).map(|(a, l)| kept(a.unwrap_or_else(silent), l)).collect();
    once(&mut answers, lost);
    answers
}

/// Two provider configurations may see the same objects: what both take for their own is certain for neither.
fn once(answers: &mut [Answer], lost: &[Lost]) {
    let id = |answer: &Answer, lost: &Lost| match answer {
        Answer::Found { object, .. } if lost.entry.intent.existing.is_some() && lost.reached.is_none() => {
            object.attributes.get("id").and_then(|id| id.as_str()).map(str::to_string)
        }
        _ => None,
    };
    let ids: Vec<Option<String>> = answers.iter().zip(lost).map(|(a, l)| id(a, l)).collect();
    for (answer, own) in answers.iter_mut().zip(&ids) {
        if let Some(own) = own.as_ref().filter(|own| ids.iter().flatten().filter(|id| id == own).count() > 1) {
            *answer = Answer::Doubtful(vec![own.clone()]);
        }
    }
}

/// A recorded identity is never given up on one look: refreshing decides.
fn kept(answer: Answer, lost: &Lost) -> Answer {
    match (answer, &lost.reached) {
        (Answer::Nothing { .. } | Answer::Doubtful(_) | Answer::Failed(_), Some(reached)) => {
            let object = Box::new(ObjectState { status: Status::Tainted, ..reached.clone() });
            Answer::Found { object, warning: None }
        }
        (answer, _) => answer,
    }
}

type Group = (ProviderConfigAddr, String, Option<String>);

async fn look_once(
    providers: &ConfiguredProviders,
    lost: &[Lost],
    open: &BTreeSet<usize>,
    hold: bool,
    now: Timestamp,
) -> Vec<(usize, Answer)> {
    let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
    for i in open {
        let Some(l) = lost.get(*i) else { continue };
        let place = providers.get(&l.entry.provider).ok().and_then(|(_, c)| region(&l.entry.intent.planned, &c));
        let kind = l.entry.intent.addr.resource.kind.to_string();
        groups.entry((l.entry.provider.clone(), kind, place)).or_default().push(*i);
    }
    let looks = groups.into_iter().map(|(group, members)| async move {
        let some: Vec<(usize, &Lost)> = members.iter().filter_map(|i| Some((*i, lost.get(*i)?))).collect();
        look_group(providers, &group, &some, hold, now).await
    });
    futures::future::join_all(looks).await.into_iter().flatten().collect()
}

async fn look_group(
    providers: &ConfiguredProviders,
    group: &Group,
    members: &[(usize, &Lost)],
    hold: bool,
    now: Timestamp,
) -> Vec<(usize, Answer)> {
    let (addr, kind, place) = group;
    let all = |e: &ProviderError| members.iter().map(|(i, _)| (*i, Answer::Failed(e.clone()))).collect();
    let (provider, configured) = match providers.get(addr) {
        Ok(found) => found,
        Err(e) => return all(&e),
    };
    let Some(ty) = provider.resource(kind) else {
        return all(&ProviderError::new(ErrorKind::Invalid, "Type not supported yet", format!("envctl does not know {kind} yet.")));
    };
    if ty.trace() == Trace::StateOnly {
        return members.iter().map(|(i, _)| (*i, Answer::Nothing { late: Duration::ZERO })).collect();
    }
    let located = match locate(&ty, &configured, place.as_deref(), members).await {
        Ok(located) => located,
        Err(e) => return all(&e),
    };
    let mut answers = Vec::new();
    for ((i, lost), located) in members.iter().zip(located) {
        let answer = match located {
            Located::Found(found) if !is_certain(lost, now) => Answer::Doubtful(found.id().map(str::to_string).into_iter().collect()),
            Located::Found(found) if is_ours(lost, ty.trace(), &found) => {
                finish(&ty, &configured, place.as_deref(), lost, *found, hold).await
            }
            Located::Found(_) => Answer::Nothing { late: Duration::ZERO },
            Located::NotFound => Answer::Nothing { late: late(lost, ty.trace()) },
            Located::Doubtful(ids) => Answer::Doubtful(ids),
        };
        answers.push((*i, answer));
    }
    answers
}

/// Objects by position: those whose identity is recorded are read, the others located.
async fn locate(
    ty: &Arc<dyn ResourceType>,
    configured: &Configured,
    place: Option<&str>,
    members: &[(usize, &Lost)],
) -> Result<Vec<Located>, ProviderError> {
    let ctx = context(configured, place);
    let schema = ty.schema();
    let mut found: Vec<Located> = members.iter().map(|_| Located::NotFound).collect();
    let recorded: Vec<(usize, Object)> =
        members.iter().enumerate().filter_map(|(n, (_, l))| Some((n, object(l.reached.as_ref()?, &schema).ok()?))).collect();
    let priors: Vec<Prior<'_>> =
        recorded.iter().filter_map(|(n, o)| Some(Prior { addr: &members.get(*n)?.1.entry.intent.addr, object: o })).collect();
    let read = if priors.is_empty() { Vec::new() } else { ty.read(&ctx, &priors).await };
    let mut known: BTreeSet<usize> = BTreeSet::new();
    for ((n, _), outcome) in recorded.iter().zip(read) {
        known.insert(*n);
        match outcome {
            ReadOutcome::Found(object) => put(&mut found, *n, Located::Found(object)),
            ReadOutcome::Gone | ReadOutcome::Failed(_) => {}
        }
    }
    let open: Vec<usize> = (0..members.len()).filter(|n| !known.contains(n)).collect();
    let intents: Vec<Intent> = open.iter().filter_map(|n| Some(members.get(*n)?.1.entry.intent.clone())).collect();
    if !intents.is_empty() {
        for (n, answer) in open.iter().zip(ty.locate(&ctx, &intents).await?) {
            put(&mut found, *n, answer);
        }
    }
    Ok(found)
}

fn put(found: &mut [Located], n: usize, answer: Located) {
    if let Some(slot) = found.get_mut(n) {
        *slot = answer;
    }
}

/// What goes by its name is ours only if the name was free just before.
fn is_ours(lost: &Lost, trace: Trace, found: &Object) -> bool {
    lost.reached.is_some() || crate::engine::lost::is_ours(trace, lost.entry.before.as_deref(), found)
}

/// What has no tag may be taken for what was lost only soon after, and only into a place that is free: what is new by then
/// is a stranger's, and a stranger's object must not become one that a plan destroys.
fn is_certain(lost: &Lost, now: Timestamp) -> bool {
    let intent = &lost.entry.intent;
    if intent.existing.is_none() || lost.reached.is_some() {
        return true;
    }
    let age = |at: Timestamp| Duration::try_from(now.duration_since(at)).unwrap_or_default();
    age(lost.last.unwrap_or(lost.entry.at)) < WATCH_NAME && intent.deposed.is_none() && !lost.is_occupied
}

fn late(lost: &Lost, trace: Trace) -> Duration {
    match trace {
        Trace::Token if lost.entry.intent.existing.is_some() => WATCH_NAME,
        Trace::Token => WATCH_TOKEN,
        Trace::Name if lost.entry.before.is_none() => WATCH_NAME,
        Trace::Name | Trace::Machine | Trace::StateOnly => Duration::ZERO,
    }
}

/// Carries out what remains of the create, under the lock.
async fn finish(
    ty: &Arc<dyn ResourceType>,
    configured: &Configured,
    place: Option<&str>,
    lost: &Lost,
    found: Object,
    hold: bool,
) -> Answer {
    // What the state has as complete was finished when it was made (a token that is used again makes an object that
    // its first intent finds, too): since then others may have added to it.
    if let Some(complete) = lost.complete.as_ref().filter(|o| o.attributes.get("id").and_then(|id| id.as_str()) == found.id()) {
        return Answer::Found { object: Box::new(complete.clone()), warning: None };
    }
    let (entry, schema) = (&lost.entry, ty.schema());
    let intent = &entry.intent;
    let (mut reached, mut warning, mut status) = (found, None, entry.shell.status);
    if hold {
        let request = CreateRequest {
            addr: &intent.addr,
            planned: &intent.planned,
            config: &intent.planned,
            intent,
            timeouts: timeouts(&intent.planned),
            checkpoint: &NoCheckpoint,
        };
        let applied = ty.resume(&context(configured, place), request, reached.clone()).await;
        if let Some(object) = applied.object {
            reached = object;
        }
        if let Some(error) = applied.error {
            let mut d = diagnostic(error, &intent.addr);
            d.severity = Severity::Warning;
            d.detail = format!("What a former run left half-made could not be finished, and is replaced: {}", d.detail);
            (warning, status) = (Some(d), Status::Tainted);
        }
    }
    let (_, mut object) = stored(&entry.shell, &reached, &intent.planned, &schema, status);
    let paths: BTreeSet<_> = object.sensitive_paths.drain(..).chain(entry.shell.sensitive_paths.iter().cloned()).collect();
    object.sensitive_paths = paths.into_iter().collect();
    Answer::Found { object: Box::new(object), warning }
}
