//! One resource change: the headline with its reason, then the body.

use super::body::{Pair, Remarks, block};
use super::lines::Lines;
use crate::addr::Mode;
use crate::plan::{Action, ActionReason, ResourceChange};
use crate::report::{Mark, Style, quoted};
use crate::schema::BlockSchema;
use crate::value::Path;

/// The marker of an action.
pub(super) fn mark(action: Action) -> Mark {
    match action {
        Action::NoOp => Mark::Same,
        Action::Create => Mark::Add,
        Action::Read => Mark::Read,
        Action::Update => Mark::Change,
        Action::DeleteThenCreate => Mark::Replace,
        Action::CreateThenDelete => Mark::ReplaceCreateFirst,
        Action::Delete => Mark::Remove,
        Action::Forget => Mark::Forget,
    }
}

fn headline(c: &ResourceChange, style: &Style) -> String {
    let addr = match &c.deposed {
        Some(key) => format!("{} (deposed object {key})", c.addr),
        None => c.addr.to_string(),
    };
    let what = match c.action {
        Action::NoOp if c.importing.is_some() => "will be imported",
        Action::NoOp => "has moved",
        Action::Create => "will be created",
        Action::Read => "will be read during apply",
        Action::Update => "will be updated in place",
        Action::DeleteThenCreate | Action::CreateThenDelete => match c.reason {
            Some(ActionReason::ReplaceBecauseTainted) => "is tainted, so it must be REPLACED",
            Some(ActionReason::ReplaceByRequest) => "will be REPLACED, as requested",
            Some(ActionReason::ReplaceByTriggers) => "will be REPLACED because of replace_triggered_by",
            _ => "must be REPLACED",
        },
        Action::Delete => "will be DESTROYED",
        Action::Forget => "will be forgotten; the object stays",
    };
    style.bold(&format!("{addr} {what}"))
}

/// Why an object goes or a read waits, in words.
fn because(c: &ResourceChange) -> Option<String> {
    let text = match c.reason? {
        ActionReason::DeleteBecauseNoResourceConfig => format!("{} is not in the configuration", c.addr.config_addr()),
        ActionReason::DeleteBecauseNoModule => format!("{} is not in the configuration", c.addr.resource.module),
        ActionReason::DeleteBecauseWrongRepetition => "the resource's use of count or for_each changed".into(),
        ActionReason::DeleteBecauseCountIndex => format!("index {} is out of range for count", c.addr.key),
        ActionReason::DeleteBecauseEnabledFalse => "enabled is false".to_string(),
        ActionReason::DeleteBecauseEachKey => format!("key {} is not in for_each", c.addr.key),
        ActionReason::ReadBecauseConfigUnknown => "its configuration refers to values not yet known".into(),
        ActionReason::ReadBecauseDependencyPending => "it depends on changes that are not made yet".into(),
        _ => return None,
    };
    Some(text)
}

/// The whole change. Without a schema (a type unknown to this build) the body is left out.
pub(super) fn render(c: &ResourceChange, schema: Option<&BlockSchema>, style: &Style) -> String {
    let mut lines = Lines::new(style);
    let mut out = format!("  # {}\n", headline(c, style));
    if let Some(why) = because(c) {
        out.push_str(&format!("  # (because {why})\n"));
    }
    if let Some(id) = &c.importing {
        out.push_str(&format!("  # (imported from {})\n", quoted(id)));
    }
    if let Some(from) = &c.previous_addr {
        out.push_str(&format!("  # (moved from {from})\n"));
    }
    let word = if c.addr.resource.mode == Mode::Data { "data" } else { "resource" };
    let title = format!("{word} {} {} {{", quoted(&c.addr.resource.kind), quoted(&c.addr.resource.name));
    lines.line(0, mark(c.action), &title, "");
    if let Some(schema) = schema {
        let remarks = Remarks { replace: &c.replace, notes: &c.notes };
        let pair = Pair { before: c.before.as_ref(), after: c.after.as_ref() };
        block(&mut lines, 1, schema, pair, &Path::default(), &remarks);
    }
    lines.line(0, Mark::Same, "}", "");
    out + &lines.finish()
}
