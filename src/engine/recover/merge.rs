//! Puts recovered objects in the state. Nothing that is there is ever overwritten.

use crate::engine::ledger::random_key;
use crate::provider::Operation;
use crate::state::{ObjectState, State, Status};
use crate::store::JournalEntry;
use crate::value::{Value, to_json};

/// The state in the making.
pub(super) struct Merge {
    pub state: State,
    pub changed: bool,
}

/// Where a result went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// The state had it, or there is nothing to have.
    Known,
    /// It is the current object now.
    Current,
    /// The address has another object: it waits there to be destroyed.
    Deposed,
    /// What the state had is gone.
    Removed,
    /// What the state had was changed.
    Updated,
}

fn id(object: &ObjectState) -> Option<&str> {
    object.attributes.get("id").and_then(serde_json::Value::as_str)
}

impl Merge {
    pub fn new(state: State) -> Self {
        Merge { state, changed: false }
    }

    /// A recorded result. `ours`: nobody wrote the state since that run; otherwise only what is
    /// missing is added, and refreshing shows the rest. `older`: the state was written before the result was recorded.
    pub fn ended(&mut self, entry: &JournalEntry, object: Option<&ObjectState>, ours: bool, older: bool) -> Placed {
        match (entry.intent.operation, object) {
            (Operation::Create, Some(object)) => self.place(entry, object.clone(), ours),
            (Operation::Update, Some(object)) if ours => self.update(entry, object),
            (Operation::Delete, None) if ours => self.remove(entry, older),
            _ => Placed::Known,
        }
    }

    /// An object that a create made.
    pub fn place(&mut self, entry: &JournalEntry, object: ObjectState, ours: bool) -> Placed {
        let intent = &entry.intent;
        if ours && object.status == Status::Ready && self.finished(entry, &object) {
            return Placed::Current;
        }
        let known =
            self.state.instance(&intent.addr).is_some_and(|i| i.current.iter().chain(i.deposed.values()).any(|o| id(o) == id(&object)));
        if known {
            return Placed::Known;
        }
        self.changed = true;
        let instance = self.state.instance_mut(&intent.addr, &entry.provider);
        let Some(current) = instance.current.take() else {
            instance.current = Some(object);
            return Placed::Current;
        };
        let mut key = random_key();
        while instance.deposed.contains_key(&key) {
            key = random_key();
        }
        match &intent.deposed {
            // The old object was set aside for this one.
            Some(old) if ours && !instance.deposed.contains_key(old) => {
                instance.deposed.insert(old.clone(), current);
                instance.current = Some(object);
                Placed::Current
            }
            _ => {
                instance.current = Some(current);
                instance.deposed.insert(key, object);
                Placed::Deposed
            }
        }
    }

    /// The state has the object as half-made, and it is not any more.
    fn finished(&mut self, entry: &JournalEntry, object: &ObjectState) -> bool {
        let addr = &entry.intent.addr;
        let half = self.state.current(addr).is_some_and(|now| now.status == Status::Tainted && id(now) == id(object));
        if half {
            self.state.instance_mut(addr, &entry.provider).current = Some(object.clone());
            self.changed = true;
        }
        half
    }

    fn update(&mut self, entry: &JournalEntry, object: &ObjectState) -> Placed {
        let addr = &entry.intent.addr;
        let fits = self.state.current(addr).is_some_and(|now| id(now) == id(object) && now != object);
        if !fits {
            return Placed::Known;
        }
        self.changed = true;
        self.state.instance_mut(addr, &entry.provider).current = Some(object.clone());
        Placed::Updated
    }

    fn remove(&mut self, entry: &JournalEntry, older: bool) -> Placed {
        let intent = &entry.intent;
        let gone = intent.prior.as_ref().and_then(|p| p.get("id")).and_then(Value::as_str);
        // An id may be made of an object's place (a rule's number): in a state written since, another object can have
        // it. A state from before has the object itself, though maybe as it was read longer ago.
        let before = intent.prior.as_ref().map(|p| p.unmark_deep().0).map(|p| to_json(&p, &p.ty()));
        let before = before.as_ref().and_then(serde_json::Value::as_object);
        let is_gone = |o: &ObjectState| id(o) == gone && (older || before == Some(&o.attributes));
        if self.state.instance(&intent.addr).is_none() {
            return Placed::Known;
        }
        let instance = self.state.instance_mut(&intent.addr, &entry.provider);
        let there = match &intent.deposed {
            // A state written before the object was set aside has it as the current one.
            Some(key) if instance.deposed.get(key).is_some_and(is_gone) => instance.deposed.remove(key).is_some(),
            _ if instance.current.as_ref().is_some_and(is_gone) => instance.current.take().is_some(),
            _ => false,
        };
        self.state.prune(&intent.addr);
        self.changed |= there;
        if there { Placed::Removed } else { Placed::Known }
    }
}
