//! A plan looks at itself: whatever decided it, what it says of an object must hold together.
//!
//! A finding is a mistake of envctl, never of the user; nothing is changed then.

use super::diff::same;
use super::{Action, Plan, PlanMode, ResourceChange};
use crate::diag::{Diagnostic, Diagnostics};
use std::collections::BTreeSet;

/// Everything that contradicts itself.
#[must_use]
pub fn check(plan: &Plan) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut seen = BTreeSet::new();
    for change in &plan.changes {
        if !seen.insert((&change.addr, &change.deposed)) {
            found.push(mistake(change, "it is planned twice"));
        }
        if let Some(what) = wrong(plan, change) {
            found.push(mistake(change, what));
        }
    }
    for drift in &plan.drift {
        let moved = match (&drift.before, &drift.after) {
            (Some(before), Some(after)) => !same(before, after),
            (Some(_), None) => true,
            (None, _) => false,
        };
        if !moved {
            found.push(mistake(drift, "it is said to have changed outside, and did not"));
        }
    }
    found
}

fn mistake(change: &ResourceChange, what: &str) -> Diagnostic {
    let detail = format!("The plan for {} ({:?}) contradicts itself: {what}. Nothing was changed.", change.addr, change.action);
    Diagnostic::error("The plan is inconsistent", detail)
        .address(&change.addr)
        .help("This is a mistake of envctl, not yours: please report this.")
}

/// What is wrong with a change, if anything.
fn wrong(plan: &Plan, change: &ResourceChange) -> Option<&'static str> {
    let deleting = matches!(change.action, Action::Delete | Action::Forget);
    if change.deposed.is_some() && !deleting {
        return Some("a replaced object can only go");
    }
    if plan.mode == PlanMode::Destroy && !deleting {
        return Some("a plan to destroy makes something");
    }
    if plan.mode == PlanMode::RefreshOnly {
        return Some("a refresh-only plan changes an object");
    }
    if change.dependencies.contains(&change.addr.config_addr()) {
        return Some("it depends on itself");
    }
    let replaces = matches!(change.action, Action::DeleteThenCreate | Action::CreateThenDelete);
    if replaces && change.reason.is_none() {
        return Some("it is replaced without a reason");
    }
    if change.action == Action::CreateThenDelete && !change.create_before_destroy {
        return Some("the new object comes first without create_before_destroy");
    }
    if change.importing.is_some() && change.before.is_none() {
        return Some("it is imported from nothing");
    }
    sides(change)
}

/// What there is before and after must suit the action.
fn sides(change: &ResourceChange) -> Option<&'static str> {
    let before = change.before.as_ref().filter(|v| !v.is_null());
    let after = change.after.as_ref().filter(|v| !v.is_null());
    match (change.action, before, after) {
        (Action::Create, None, Some(_)) | (Action::Read, _, Some(_)) | (Action::Delete | Action::Forget, Some(_), None) => None,
        (Action::DeleteThenCreate | Action::CreateThenDelete, Some(_), Some(_)) => None,
        (Action::NoOp, Some(b), Some(a)) => (!same(b, a)).then_some("nothing is to be done, but it is to be another one"),
        (Action::Update, Some(b), Some(a)) => same(b, a).then_some("it is to be changed into what it is"),
        (Action::Create, Some(_), _) => Some("it is created, but it exists"),
        (Action::Create | Action::Read, ..) => Some("it is not said what it will be"),
        (Action::Delete | Action::Forget, None, _) => Some("it goes, but it does not exist"),
        (Action::Delete | Action::Forget, ..) => Some("it goes, but it is said what it will be"),
        _ => Some("it is changed, but one side of the change is missing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::{ModulePath, ProviderConfigAddr, ProviderSource, parse_instance};
    use crate::state::State;
    use crate::value::{Members, Value};
    use std::collections::BTreeMap;

    fn object(name: &str) -> Option<Value> {
        Some(Value::object(Members::from([("name".into(), Value::string(name))])))
    }

    fn change(action: Action, before: Option<Value>, after: Option<Value>) -> ResourceChange {
        ResourceChange {
            addr: parse_instance("fake_thing.a").unwrap(),
            previous_addr: None,
            deposed: None,
            provider: ProviderConfigAddr {
                module: ModulePath::root(),
                source: ProviderSource::default_for("fake"),
                alias: None,
                key: None,
            },
            action,
            reason: None,
            before,
            after,
            replace: vec![],
            notes: vec![],
            dependencies: vec![],
            private: None,
            create_before_destroy: false,
            importing: None,
        }
    }

    fn findings(changes: Vec<ResourceChange>) -> usize {
        let plan = Plan {
            mode: PlanMode::Normal,
            changes,
            drift: vec![],
            outputs: BTreeMap::new(),
            prior_state: State::default(),
            refreshed_state: State::default(),
            variables: BTreeMap::new(),
            partial: false,
        };
        check(&plan).iter().filter(|d| d.is_error()).count()
    }

    #[test]
    fn sides_suit_the_action() {
        let sound = [
            change(Action::Create, None, object("a")),
            change(Action::Update, object("a"), object("b")),
            change(Action::NoOp, object("a"), object("a")),
            change(Action::Delete, object("a"), None),
        ];
        for c in sound {
            assert_eq!(findings(vec![c.clone()]), 0, "{c:?}");
        }
        let unsound = [
            change(Action::Create, object("a"), object("a")),
            change(Action::Update, object("a"), object("a")),
            change(Action::NoOp, object("a"), object("b")),
            change(Action::Delete, object("a"), object("a")),
            change(Action::Forget, None, None),
            change(Action::DeleteThenCreate, object("a"), object("b")),
            ResourceChange { deposed: Some("k".into()), ..change(Action::Create, None, object("a")) },
        ];
        for c in unsound {
            assert_eq!(findings(vec![c.clone()]), 1, "{c:?}");
        }
        let twice = change(Action::Create, None, object("a"));
        assert_eq!(findings(vec![twice.clone(), twice]), 1);
    }
}
