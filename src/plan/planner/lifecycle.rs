//! `prevent_destroy` and `replace_triggered_by`.

use super::Planner;
use super::managed::Shared;
use crate::addr::{InstanceAddr, Mode, ResourceAddr};
use crate::diag::Diagnostic;
use crate::plan::diff::same;
use crate::plan::eval::{Repetition, Traversal, instance_key, traversal};
use crate::plan::{Action, ResourceChange};
use crate::syntax::{Expr, ExprKind};
use crate::value::{Key, Path, Step};

impl Planner {
    /// Reports a change that would destroy a protected object.
    pub(super) fn is_protected(&mut self, shared: &Shared<'_>, change: &ResourceChange) -> bool {
        let destroys = matches!(change.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete);
        if !destroys || !shared.resource.lifecycle.prevent_destroy {
            return false;
        }
        let causes: Vec<String> = change.replace.iter().map(|r| r.path.to_string()).filter(|p| !p.is_empty()).collect();
        let why = match (change.action, causes.is_empty()) {
            (Action::Delete, _) => "it would be destroyed".to_string(),
            (_, false) => format!("a change of {} would replace it", causes.join(", ")),
            (_, true) => "it would be replaced".to_string(),
        };
        let detail = format!("{} has lifecycle.prevent_destroy, and {why}.", change.addr);
        let d = Diagnostic::error("Instance cannot be destroyed", detail).at(shared.resource.span).address(&change.addr);
        self.diags.push(d.help("Take back the change, take prevent_destroy out, or leave the object out with -exclude."));
        true
    }

    /// The first `replace_triggered_by` whose object changes, as text.
    pub(super) fn triggered(&self, shared: &Shared<'_>, addr: &InstanceAddr) -> Option<String> {
        let repetition = match self.eval.values.resource(&addr.resource) {
            Some(expansion) => Repetition::of(expansion, &addr.key),
            None => Repetition::None,
        };
        let triggers = shared.resource.lifecycle.replace_triggered_by.iter();
        let read = triggers.filter_map(|e| traversal(e, &|key| own_key(key, &repetition)));
        read.filter(|t| self.fires(t, addr)).map(|t| t.into_path().to_string()).next()
    }

    fn fires(&self, trigger: &Traversal, addr: &InstanceAddr) -> bool {
        let Some((name, rest)) = trigger.steps.split_first() else { return false };
        let Step::Attr(name) = name else { return false };
        let target =
            ResourceAddr { module: addr.resource.module.path(), mode: Mode::Managed, kind: trigger.root.clone(), name: name.clone() };
        let parent = target.in_module(addr.resource.module.clone());
        let (key, path) = match rest.split_first() {
            Some((Step::Index(key), path)) => (instance_key(key), path),
            _ => (None, rest),
        };
        let path = Path(path.to_vec());
        let range = self.changes.iter().filter(|((a, deposed), _)| a.resource == parent && deposed.is_none());
        range.filter(|((a, _), _)| key.as_ref().is_none_or(|k| *k == a.key)).any(|(_, change)| moves(change, &path))
    }
}

/// Whether a planned change touches a part of its object.
fn moves(change: &ResourceChange, path: &Path) -> bool {
    if !matches!(change.action, Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete) {
        return false;
    }
    if path.0.is_empty() {
        return true;
    }
    match (change.before.as_ref().and_then(|b| b.at(path)), change.after.as_ref().and_then(|a| a.at(path))) {
        (Some(before), Some(after)) => !same(before, after),
        (None, None) => false,
        _ => true,
    }
}

/// `each.key` and `count.index` as a literal key.
fn own_key(expr: &Expr, repetition: &Repetition) -> Option<Key> {
    let ExprKind::GetAttr(root, name) = &*expr.kind else { return None };
    let ExprKind::Variable(root) = &*root.kind else { return None };
    match (root.as_ref(), name.name.as_ref(), repetition) {
        ("each", "key", Repetition::Each(key, _)) => Some(Key::Str(key.clone())),
        ("count", "index", Repetition::Count(i)) => i64::try_from(*i).ok().map(Key::Int),
        _ => None,
    }
}
