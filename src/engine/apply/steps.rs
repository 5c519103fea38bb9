//! The loop: what may run runs, and whatever else is awaited meanwhile is awaited beside it.

use super::{Outcome, Run, Running, told};
use crate::engine::configured::ConfiguredProviders;
use crate::engine::events::Event;
use crate::engine::order::Step;
use crate::engine::schedule::Schedule;
use crate::engine::writer::StateWriter;
use crate::graph::NodeId;
use crate::provider::Operation;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::watch;

/// How a step ended: its node, the change's position, how long it took, what came of it.
type Ended = (NodeId, usize, Duration, Outcome);

/// Steps under way, and those that ended while something else was awaited.
#[derive(Default)]
struct UnderWay<'a> {
    running: FuturesUnordered<Running<'a>>,
    ended: VecDeque<Ended>,
}

impl<'a> UnderWay<'a> {
    fn count(&self) -> usize {
        self.running.len() + self.ended.len()
    }

    fn push(&mut self, step: Running<'a>) {
        self.running.push(step);
    }

    /// The next that ends; `None` when none is under way.
    async fn next(&mut self) -> Option<Ended> {
        match self.ended.pop_front() {
            Some(ended) => Some(ended),
            None => self.running.next().await,
        }
    }

    /// Awaits something while the steps go on. They wait for one another (a journal segment is written by one of
    /// them for all), so whoever waits for the journal without letting them run would wait for ever.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                Some(ended) = self.running.next() => self.ended.push_back(ended),
            }
        }
    }
}

impl<'a> Run<'a> {
    /// Runs all steps, up to `ahead` at once.
    pub(super) async fn steps(
        &mut self,
        mut schedule: Schedule,
        providers: &mut ConfiguredProviders,
        writer: &mut StateWriter<'_>,
        leave: &mut watch::Receiver<bool>,
        ahead: usize,
    ) {
        let mut under_way = UnderWay::default();
        loop {
            while under_way.count() < ahead {
                let Some((id, step)) = schedule.next() else { break };
                let (Step::Do(i) | Step::Destroy(i)) = step else {
                    let sick = schedule.is_poisoned(id);
                    schedule.done(id, !sick);
                    continue;
                };
                let Some(change) = self.plan.changes.get(i) else { continue };
                let stop = *self.gate.cancel.borrow() || self.guard.check().is_err();
                if stop || schedule.is_poisoned(id) {
                    self.interrupted |= stop;
                    self.events.event(&Event::Skipped { addr: change.addr.clone() });
                    schedule.done(id, false);
                    continue;
                }
                let started = match under_way.beside(self.late(change, &step, providers)).await {
                    Ok(()) => self.start(id, i, change, &step, providers),
                    Err(d) => Err(d),
                };
                match started {
                    Ok(Some(future)) => under_way.push(future),
                    Ok(None) => schedule.done(id, true),
                    Err(d) => {
                        self.diags.extend(d);
                        schedule.done(id, false);
                    }
                }
            }
            let next = tokio::select! {
                biased;
                next = under_way.next() => next,
                () = told(leave) => {
                    (self.interrupted, self.left) = (true, true);
                    None
                }
                failed = self.opened.keep(self.events), if under_way.count() > 0 => {
                    self.diags.extend(failed);
                    continue;
                }
            };
            let Some((id, i, elapsed, outcome)) = next else { break };
            let Some(change) = self.plan.changes.get(i) else { continue };
            let created = match &outcome {
                Outcome::Made { work, .. } if work.intent.operation == Operation::Create => Some(work.intent.id.clone()),
                _ => None,
            };
            let provisioned = matches!(&outcome, Outcome::Provisioned { .. });
            let ok = self.finish(change, elapsed, outcome, providers);
            if provisioned {
                // That they have run is found by no recovery: a run that dies now must not repeat them.
                drop(self.guard.journal().flush().await);
            }
            let provision = match created.filter(|_| ok) {
                Some(intent) => self.start_provision(id, i, change, intent),
                None => Ok(None),
            };
            match provision {
                Ok(Some(more)) => under_way.push(more),
                Ok(None) => schedule.done(id, ok),
                Err(d) => {
                    self.diags.extend(d);
                    schedule.done(id, false);
                }
            }
            // What is refused now is refused again at the end, or not.
            if self.guard.check().is_ok() {
                drop(under_way.beside(writer.sometimes(&mut self.ledger.state, &mut self.closed)).await);
            }
        }
    }
}
