//! The whole plan: what changed outside, what will be done, the summary line.

use super::{change, outputs};
use crate::addr::Mode;
use crate::plan::{Action, Plan, PlanMode, ResourceChange};
use crate::report::Style;
use crate::schema::SchemaSource;

/// How many objects are made, changed, destroyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Created, replacements included.
    pub add: usize,
    /// Updated in place.
    pub change: usize,
    /// Destroyed, replacements included.
    pub destroy: usize,
    /// Forgotten.
    pub forget: usize,
    /// Imported, whatever else is done with them.
    pub import: usize,
}

impl Counts {
    /// Of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Counts {
        let mut n = Counts::default();
        for c in &plan.changes {
            n.import += usize::from(c.importing.is_some());
            match c.action {
                Action::Create => n.add += 1,
                Action::Update => n.change += 1,
                Action::Delete => n.destroy += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    n.add += 1;
                    n.destroy += 1;
                }
                Action::Forget => n.forget += 1,
                Action::NoOp | Action::Read => {}
            }
        }
        n
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.import > 0 {
            write!(f, "{} to import, ", self.import)?;
        }
        write!(f, "{} to add, {} to change, {} to destroy", self.add, self.change, self.destroy)?;
        if self.forget > 0 { write!(f, ", {} to forget", self.forget) } else { Ok(()) }
    }
}

fn one(c: &ResourceChange, schemas: &dyn SchemaSource, style: &Style) -> String {
    let schema = schemas.schema(&c.provider.source, c.addr.resource.mode, &c.addr.resource.kind);
    change::render(c, schema.as_deref().map(|s| &s.block), style)
}

fn shown(c: &ResourceChange) -> bool {
    !c.is_nothing()
}

/// What changed outside. Objects that are gone, that the plan touches, or that a refresh-only plan
/// is about are shown in full; see `quiet` for the others.
fn drift(plan: &Plan, schemas: &dyn SchemaSource, style: &Style) -> String {
    let touched = |c: &ResourceChange| plan.changes.iter().any(|p| p.addr == c.addr && p.action != Action::NoOp);
    let in_full = |c: &ResourceChange| plan.mode == PlanMode::RefreshOnly || c.after.is_none() || touched(c);
    let managed = plan.drift.iter().filter(|c| c.addr.resource.mode == Mode::Managed);
    let (full, short): (Vec<_>, Vec<_>) = managed.partition(|c| in_full(c));
    let mut out = String::new();
    if !full.is_empty() {
        let list: String = full.iter().map(|c| one(c, schemas, style) + "\n").collect();
        let list = list.replace("will be updated in place", "has changed").replace("will be DESTROYED", "has been deleted");
        out.push_str(&format!("{}\n\n{list}", style.bold("Note: objects were changed outside of envctl since the last apply")));
    }
    out.push_str(&quiet(&short, schemas, style));
    out
}

/// Changes that nothing follows from: attributes that only a configuration sets are named, objects where only
/// attributes moved that the provider sets too (an address' association, a time) are counted.
fn quiet(changes: &[&ResourceChange], schemas: &dyn SchemaSource, style: &Style) -> String {
    let mut named = String::new();
    let mut counted = 0;
    for c in changes {
        let schema = schemas.schema(&c.provider.source, c.addr.resource.mode, &c.addr.resource.kind);
        let computed = |name: &String| {
            let attribute = schema.as_deref().and_then(|s| s.block.attrs.get(name.as_str()));
            attribute.is_some_and(|a| a.computed)
        };
        let settable: Vec<_> = changed_attributes(c).into_iter().filter(|n| !computed(n)).collect();
        if settable.is_empty() { counted += 1 } else { named.push_str(&format!("  {}: {}\n", c.addr, settable.join(", "))) }
    }
    let mut out = String::new();
    if !named.is_empty() {
        out.push_str(&format!(
            "These attributes read differently than the state has them; nothing follows from it (-refresh-only shows the values):\n{named}"
        ));
    }
    if counted > 0 {
        let objects = if counted == 1 { "1 object reads".to_owned() } else { format!("{counted} objects read") };
        out.push_str(&format!("{objects} differently in computed attributes only; nothing follows from it (-refresh-only shows them).\n"));
    }
    if out.is_empty() { out } else { style.dim(&out) + "\n" }
}

fn changed_attributes(c: &ResourceChange) -> Vec<String> {
    let members = |v: &Option<crate::value::Value>| v.as_ref().and_then(|v| v.members().cloned()).unwrap_or_default();
    let (before, after) = (members(&c.before), members(&c.after));
    after.iter().filter(|(n, v)| before.get(*n) != Some(v)).map(|(n, _)| n.to_string()).collect()
}

/// The plan as text. Empty sections are left out.
#[must_use]
pub fn render(plan: &Plan, schemas: &dyn SchemaSource, style: &Style) -> String {
    let mut out = drift(plan, schemas, style);
    if plan.is_empty() {
        out.push_str(&nothing(plan, style));
        return out;
    }
    let changes: Vec<_> = plan.changes.iter().filter(|c| shown(c)).collect();
    if !changes.is_empty() && plan.mode != PlanMode::RefreshOnly {
        for c in changes {
            out.push_str(&one(c, schemas, style));
            out.push('\n');
        }
        out.push_str(&format!("{} {}.\n\n", style.bold("Plan:"), Counts::of(plan)));
    }
    out.push_str(&outputs::changes(&plan.outputs, style));
    out
}

fn nothing(plan: &Plan, style: &Style) -> String {
    let text = match plan.mode {
        PlanMode::Destroy if plan.partial => "Nothing to destroy in the part that was looked at.",
        PlanMode::Normal if plan.partial => "No changes in the part that was looked at; the rest may differ from the configuration.",
        PlanMode::Destroy => "Nothing to destroy: the state holds no objects.",
        PlanMode::RefreshOnly if !plan.drift.is_empty() => {
            "This is a refresh-only plan: applying it records the changes above in the state."
        }
        PlanMode::RefreshOnly if plan.partial => "No changes in the part that was looked at.",
        PlanMode::RefreshOnly => "No changes: the objects are as the state says.",
        PlanMode::Normal => "No changes: the infrastructure matches the configuration.",
    };
    format!("{}\n", style.good(text))
}
