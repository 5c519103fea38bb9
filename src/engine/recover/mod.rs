//! Recovery: what a killed run began is found again, before anything new is planned.
//!
//! A run that ends well removes its journal. What lies there when the next one starts is put
//! together here: results that were recorded enter the state; creates whose end nobody knows are
//! looked up by their type ([`ResourceType::locate`]), never replayed; changes and removals need
//! nothing, since refreshing shows how they ended and planning repeats them. `plan` looks and
//! shows; commands that hold the lock finish what is half-made, write the state, take intent tags
//! off and remove the journal, and only then plan.
//!
//! What is not found may still arrive (a request counts up to five minutes after it was signed):
//! such intents are looked up for a while with every plan, and a create at their address uses the
//! recorded token.

mod commit;
mod leftover;
mod look;
mod merge;
mod report;
mod watch;

pub(super) use commit::keep_watched;
pub use leftover::{Leftover, read_leftover};
pub use report::{Finding, FindingKind};
pub use watch::Watched;

use super::configured::{ConfiguredProviders, diagnostic};
use crate::addr::ProviderConfigAddr;
use crate::diag::{Diagnostic, Diagnostics};
use crate::provider::Operation;
use crate::state::{State, Status};
use crate::store::{JournalEntry, JournalResult, StateMark};
use crate::value::Value;
use jiff::Timestamp;
use look::{Answer, Lost};
use merge::{Merge, Placed};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[cfg(doc)]
use crate::provider::ResourceType;

/// What recovery starts from.
pub struct RecoverInput<'a> {
    /// What lies in the journal.
    pub leftover: Leftover,
    /// The state as it is.
    pub state: State,
    /// Which document it is; `None` when there is none.
    pub mark: Option<StateMark>,
    /// Providers; those it needs are configured.
    pub providers: &'a mut ConfiguredProviders,
    /// Evaluates a provider's configuration against a state.
    pub configs: &'a mut (dyn FnMut(&State, &ProviderConfigAddr) -> Result<Value, Diagnostics> + Send),
    /// Refuses what the providers turn out to be (another account), before anything is looked up.
    pub check: &'a (dyn Fn(&ConfiguredProviders) -> Result<(), Diagnostics> + Sync),
    /// The lock is held: creates are finished, and what is not seen yet is waited for.
    pub hold: bool,
    /// How long to look again for what is not seen yet.
    pub patience: Duration,
    /// The present moment.
    pub now: Timestamp,
}

/// What recovery made of it.
pub struct Recovered {
    /// The state with everything that was found.
    pub state: State,
    /// Whether it differs from the one given.
    pub changed: bool,
    /// What was found, for people.
    pub findings: Vec<Finding>,
    /// What could not be found out (errors: nothing may be planned on this), and warnings.
    pub diags: Diagnostics,
    /// What may still arrive.
    pub watched: Watched,
    watched_changed: bool,
    tagged: Vec<(ProviderConfigAddr, look::Tagged)>,
    names: Vec<String>,
}

/// Puts together what former runs left. Reads of the world only, unless `hold` is set.
pub async fn recover(input: RecoverInput<'_>) -> Recovered {
    let RecoverInput { leftover, state, mark, providers, configs, check, hold, patience, now } = input;
    let (mut merge, mut diags) = (Merge::new(state), Diagnostics::new());
    let mut watched = leftover.watched.clone();
    watched.expire(now);
    leftover.runs.iter().flat_map(|r| &r.intents).for_each(|i| watched.spend(&i.entry.intent.token));
    let Replayed { mut findings, mut lost, mut known } = replay(&leftover, mark.as_ref(), &mut merge);
    lost.extend(watched.entries().map(Lost::watched));
    for lost in &mut lost {
        let there = merge.state.current(&lost.entry.intent.addr);
        lost.is_occupied = there.is_some();
        lost.complete = there.filter(|o| o.status == Status::Ready).cloned();
    }
    know(&mut lost, &merge.state);
    configure(providers, configs, &merge.state, lost.iter().map(|l| &l.entry).chain(&known), &mut diags).await;
    if let Err(d) = check(providers) {
        diags.extend(d);
    }
    if !diags.has_errors() {
        let answers = look::look(providers, &lost, hold, patience, now).await;
        for (lost, answer) in lost.iter().zip(answers) {
            if matches!(answer, Answer::Found { .. }) {
                known.push(lost.entry.clone());
            }
            take(lost, answer, &mut merge, &mut watched, &mut findings, &mut diags);
        }
    }
    let tagged = known.iter().filter_map(|e| look::tagged(providers, e, &merge.state)).collect();
    let watched_changed = watched != leftover.watched;
    Recovered { changed: merge.changed, state: merge.state, findings, diags, watched, watched_changed, tagged, names: leftover.names }
}

/// What is in the state, or was recorded while it was made, is not the lost object of another intent.
fn know(lost: &mut [Lost], state: &State) {
    if lost.iter().all(|l| l.entry.intent.existing.is_none()) {
        return;
    }
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let in_state = state.instances().flat_map(|(addr, _, instance)| {
        instance.current.iter().chain(instance.deposed.values()).map(move |o| (addr.resource.kind.to_string(), o))
    });
    let recorded = lost.iter().filter_map(|l| Some((l.entry.intent.addr.resource.kind.to_string(), l.reached.as_ref()?)));
    for (kind, object) in in_state.chain(recorded) {
        let id = object.attributes.get("id").and_then(|id| id.as_str());
        ids.entry(kind).or_default().extend(id.map(str::to_string));
    }
    for lost in lost {
        let intent = &mut lost.entry.intent;
        if let (Some(existing), Some(known)) = (&mut intent.existing, ids.get(intent.addr.resource.kind.as_ref())) {
            existing.extend(known.iter().cloned());
        }
    }
}

/// What the journal alone makes of a state: recorded results are in it, and nobody is asked about the rest.
#[must_use]
pub fn recorded(leftover: &Leftover, state: State, mark: Option<&StateMark>) -> (State, Vec<Finding>) {
    let mut merge = Merge::new(state);
    let findings = replay(leftover, mark, &mut merge).findings;
    (merge.state, findings)
}

/// What is known of the intents in a journal.
struct Replayed {
    findings: Vec<Finding>,
    /// Creates whose end nobody knows.
    lost: Vec<Lost>,
    /// Creates whose objects are known.
    known: Vec<JournalEntry>,
}

/// Puts recorded results into the state.
fn replay(leftover: &Leftover, mark: Option<&StateMark>, merge: &mut Merge) -> Replayed {
    let mut replayed = Replayed { findings: Vec::new(), lost: Vec::new(), known: Vec::new() };
    for run in &leftover.runs {
        let ours = match mark {
            Some(mark) => run.states.contains(&mark.md5),
            None => run.from_nothing,
        };
        for intent in &run.intents {
            let entry = &intent.entry;
            match &intent.result {
                JournalResult::Ended(object) => {
                    let older = mark.is_some_and(|m| intent.state.as_ref() == Some(&m.md5));
                    let placed = merge.ended(entry, object.as_deref(), ours, older);
                    replayed.findings.extend(report::of(entry, placed, run.last));
                    if object.is_some() && entry.intent.operation == Operation::Create {
                        replayed.known.push(entry.clone());
                    }
                }
                JournalResult::Unknown | JournalResult::Reached(_) if entry.intent.operation == Operation::Create => {
                    replayed.lost.push(Lost::left(intent, ours, run.last));
                }
                JournalResult::Unknown | JournalResult::Reached(_) => {}
            }
        }
    }
    replayed
}

/// Configures the providers that entries need and that are not configured yet.
async fn configure(
    providers: &mut ConfiguredProviders,
    configs: &mut (dyn FnMut(&State, &ProviderConfigAddr) -> Result<Value, Diagnostics> + Send),
    state: &State,
    entries: impl Iterator<Item = &JournalEntry>,
    diags: &mut Diagnostics,
) {
    let mut failed: Vec<ProviderConfigAddr> = Vec::new();
    for entry in entries {
        let addr = &entry.provider;
        if providers.has(addr) || failed.contains(addr) {
            continue;
        }
        let made = match configs(state, addr) {
            Ok(config) if config.is_wholly_known() => {
                providers.configure(addr, &config.unmark_deep().0).await.map(drop).map_err(|e| diagnostic(e, addr).into())
            }
            Ok(_) => Err(Diagnostic::error("Provider not configured", format!("{addr} needs values that are not known.")).into()),
            Err(d) => Err(d),
        };
        if let Err(why) = made {
            failed.push(addr.clone());
            let detail = format!(
                "A former run was creating {} and was cut off. To find out what became of it, {addr} must be configured, and it cannot be:",
                entry.intent.addr
            );
            let d = Diagnostic::error("A former run cannot be recovered", detail).address(&entry.intent.addr);
            diags.push(d.help("Mend the provider's configuration and run the command again. Nothing was changed."));
            diags.extend(why);
        }
    }
}

/// Takes an answer about a lost create into the state.
fn take(lost: &Lost, answer: Answer, merge: &mut Merge, watched: &mut Watched, findings: &mut Vec<Finding>, diags: &mut Diagnostics) {
    let entry = &lost.entry;
    match answer {
        Answer::Found { object, warning } => {
            warning.into_iter().for_each(|w| diags.push(w));
            let placed = merge.place(entry, *object, lost.ours);
            if placed != Placed::Known {
                watched.forget(&entry.intent.id);
            }
            findings.extend(report::of(entry, placed, lost.last));
        }
        Answer::Nothing { late } => {
            if !lost.is_watched && late != Duration::ZERO {
                watched.add(entry.clone(), lost.last.unwrap_or(entry.at).max(entry.at), late);
            }
            if merge.state.current(&entry.intent.addr).is_some() {
                watched.served(&entry.intent.id);
            }
        }
        Answer::Doubtful(ids) => {
            let detail = format!(
                "A former run was creating {} and was cut off. It could not tag what it made. New since then and like what was planned: {}. Whether it is ours is not certain, so nothing was adopted.",
                entry.intent.addr,
                ids.join(", ")
            );
            let d = Diagnostic::warning("What a former run made is not certain", detail).address(&entry.intent.addr);
            diags.push(d.help(
                "An apply makes another one. If one of these is yours, import it before that, or delete it afterwards. Where the tag envctl:intent may be set, this is never in doubt.",
            ));
        }
        Answer::Failed(error) => {
            let mut d = diagnostic(error, &entry.intent.addr);
            d.detail = format!(
                "A former run was creating {} and was cut off. Looking up what became of it failed: {}",
                entry.intent.addr, d.detail
            );
            if lost.is_watched {
                d.severity = crate::diag::Severity::Warning;
            }
            diags.push(d);
        }
    }
}
