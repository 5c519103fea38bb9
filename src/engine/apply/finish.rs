//! Takes results of steps into state and evaluator.

use super::{Outcome, Run};
use crate::addr::InstanceAddr;
use crate::diag::Diagnostic;
use crate::engine::configured::{ConfiguredProviders, diagnostic};
use crate::engine::events::{Event, Phase};
use crate::engine::ledger::{shell, stored};
use crate::engine::perform::Work;
use crate::engine::promise::contradictions;
use crate::plan::ResourceChange;
use crate::provider::{Applied, Object, Operation, ProviderError};
use crate::schema::ResourceSchema;
use crate::state::{DeposedKey, Status};
use crate::value::Value;
use std::time::Duration;

impl Run<'_> {
    /// Takes a result into state and evaluator; false when it failed.
    pub(super) fn finish(&mut self, change: &ResourceChange, elapsed: Duration, outcome: Outcome, providers: &ConfiguredProviders) -> bool {
        match outcome {
            Outcome::Made { work, applied: Some(applied) } => {
                let tagged = self.fresh.len();
                let ok = self.finish_make(change, elapsed, &work, applied, providers);
                // What carries an intent tag stays recorded until that is off.
                if self.fresh.len() == tagged {
                    self.closed.push(work.intent.id);
                }
                ok
            }
            Outcome::Removed { key, intent, result: Some(result) } => {
                self.closed.push(intent);
                self.finish_destroy(change, elapsed, key.as_ref(), result)
            }
            Outcome::Made { work, applied: None } => {
                if work.intent.deposed.is_some() {
                    self.ledger.restore(&change.addr, &change.provider);
                }
                self.skipped(change)
            }
            Outcome::Provisioned { intent, result } => self.finish_provision(change, &intent, result),
            Outcome::Removed { result: None, .. } => self.skipped(change),
            Outcome::Read { planned, result } => self.finish_read(change, elapsed, &planned, *result, providers),
        }
    }

    /// The run was interrupted before the step's call.
    fn skipped(&mut self, change: &ResourceChange) -> bool {
        self.interrupted = true;
        self.events.event(&Event::Skipped { addr: change.addr.clone() });
        false
    }

    fn finish_make(
        &mut self,
        change: &ResourceChange,
        elapsed: Duration,
        work: &Work,
        applied: Applied,
        providers: &ConfiguredProviders,
    ) -> bool {
        let Ok(schema) = self.schema(change, providers) else { return false };
        let creating = work.intent.operation == Operation::Create;
        let phase = if creating { Phase::Create } else { Phase::Update };
        let mut ok = applied.error.is_none();
        match &applied.object {
            Some(object) => {
                let (value, made) = stored(&work.shell, object, &work.marked, &schema, work.status_after(!ok));
                self.ledger.made(change, made);
                if creating && !work.is_untraced() {
                    self.tagged(change, object, providers);
                }
                if ok {
                    ok = self.settle_value(&change.addr, Some(value)) & self.kept(work, object, &schema);
                }
            }
            None => self.ledger.restore(&change.addr, &change.provider),
        }
        let id = applied.object.as_ref().and_then(Object::id).map(str::to_string);
        match applied.error {
            None => {
                if creating {
                    self.done.added += 1
                } else {
                    self.done.changed += 1
                }
                self.events.event(&Event::Finished { addr: change.addr.clone(), deposed: None, phase, id, elapsed });
            }
            Some(error) => {
                self.events.event(&Event::Failed { addr: change.addr.clone(), phase, elapsed });
                self.diags.push(diagnostic(error, &change.addr));
            }
        }
        ok
    }

    /// Whether the object is as it was planned.
    fn kept(&mut self, work: &Work, object: &Object, schema: &ResourceSchema) -> bool {
        let found = contradictions(&work.addr, schema, &work.config, &work.marked, &object.attributes);
        let grave = found.iter().any(Diagnostic::is_error);
        found.into_iter().for_each(|d| self.diags.push(d));
        !grave
    }

    fn tagged(&mut self, change: &ResourceChange, object: &Object, providers: &ConfiguredProviders) {
        let kind = change.addr.resource.kind.to_string();
        let Ok((provider, configured)) = providers.get(&change.provider) else { return };
        if provider.resource(&kind).is_some_and(|t| t.uses_intent_tag()) {
            let region = crate::engine::configured::region(&object.attributes, &configured);
            let id = object.id().unwrap_or_default().to_string();
            self.fresh.push((change.provider.clone(), (kind, region, id)));
        }
    }

    fn finish_destroy(
        &mut self,
        change: &ResourceChange,
        elapsed: Duration,
        key: Option<&DeposedKey>,
        result: Result<(), ProviderError>,
    ) -> bool {
        let (addr, phase) = (change.addr.clone(), Phase::Destroy);
        match result {
            Ok(()) => {
                self.ledger.removed(change, key);
                if key.is_none() {
                    self.settle_value(&addr, None);
                }
                self.done.destroyed += 1;
                self.events.event(&Event::Finished { addr, deposed: key.cloned(), phase, id: None, elapsed });
                true
            }
            Err(error) => {
                self.events.event(&Event::Failed { addr: addr.clone(), phase, elapsed });
                self.diags.push(diagnostic(error, addr));
                false
            }
        }
    }

    fn finish_read(
        &mut self,
        change: &ResourceChange,
        elapsed: Duration,
        planned: &Value,
        result: Result<Value, Diagnostic>,
        providers: &ConfiguredProviders,
    ) -> bool {
        let addr = change.addr.clone();
        let value = match (result, self.schema(change, providers)) {
            (Ok(value), Ok(schema)) => {
                let (value, made) = stored(&shell(change, planned, &schema), &Object::new(value), planned, &schema, Status::Ready);
                self.ledger.made(change, made);
                value
            }
            (Err(d), _) => {
                let checked = self.resolve.in_check(&addr);
                self.events.event(&Event::Failed { addr, phase: Phase::Read, elapsed });
                self.diags.push(if checked { d.into_warning() } else { d });
                return checked;
            }
            (_, Err(d)) => {
                self.diags.extend(d);
                return false;
            }
        };
        let ok = self.settle_value(&addr, Some(value));
        self.events.event(&Event::Finished { addr, deposed: None, phase: Phase::Read, id: None, elapsed });
        ok
    }

    /// Later evaluations see the object; false when its postconditions do not hold.
    fn settle_value(&mut self, addr: &InstanceAddr, value: Option<Value>) -> bool {
        match self.resolve.settled(addr, value) {
            Ok(()) => true,
            Err(found) => {
                self.diags.extend(found);
                false
            }
        }
    }
}
