//! A create that failed although it may have happened: looked for in the same run.
//!
//! The answer was lost, or the call was repeated and found what its own first try had made. Recovery would
//! find the object in the next run; here it is found at once, by the same rules, and finished.

use super::configured::{context, region};
use super::perform::{Durable, Work, timeouts};
use super::promise::contradictions;
use crate::provider::{
    Applied, Checkpoint, Configured, CreateRequest, Ctx, ErrorKind, Located, Object, ResourceType, Trace, UpdateRequest,
};
use crate::schema::ResourceSchema;
use crate::state::object::without_write_only;
use crate::value::{Members, Value};
use std::time::Duration;

/// Whether something may exist that nobody recorded.
fn may_exist(ty: &dyn ResourceType, work: &Work, before: Option<&str>, applied: &Applied) -> bool {
    // By the difference only recovery looks: it knows what else this run has made.
    if work.prior.is_some() || applied.object.is_some() || work.is_untraced() {
        return false;
    }
    match applied.error.as_ref().map(|e| e.kind) {
        Some(ErrorKind::Unsettled) => ty.trace() != Trace::StateOnly,
        // The name was free a moment ago.
        Some(ErrorKind::AlreadyExists) => ty.trace() == Trace::Name && before.is_none(),
        _ => false,
    }
}

/// What is found by its name is ours only if the name was free just before (`before`: who had it; empty:
/// nobody could look).
pub(super) fn is_ours(trace: Trace, before: Option<&str>, found: &Object) -> bool {
    trace == Trace::Token || before.is_none_or(|b| !b.is_empty() && Some(b) != found.id())
}

/// Looks for what a failed create may have made, for as long as `patience`, and finishes it. Where nothing is
/// found the failure stays.
pub(super) async fn look_again(
    ty: &dyn ResourceType,
    configured: &Configured,
    schema: &ResourceSchema,
    work: &Work,
    before: Option<&str>,
    applied: Applied,
    patience: Duration,
) -> Applied {
    if !may_exist(ty, work, before, &applied) {
        return if work.is_untraced() { unfound(applied) } else { applied };
    }
    let place = region(&work.planned, configured);
    let ctx = context(configured, place.as_deref());
    match find(ty, &ctx, work, before, patience).await {
        Some(found) => finish(ty, &ctx, schema, work, found).await,
        None => unfound(applied),
    }
}

async fn find(ty: &dyn ResourceType, ctx: &Ctx<'_>, work: &Work, before: Option<&str>, patience: Duration) -> Option<Object> {
    let (mut waited, mut pause) = (Duration::ZERO, Duration::from_millis(250));
    loop {
        let located = ty.locate(ctx, std::slice::from_ref(&work.intent)).await.map(|mut all| all.pop());
        match located {
            Ok(Some(Located::Found(object))) => return is_ours(ty.trace(), before, &object).then_some(*object),
            Ok(_) | Err(_) if waited >= patience => return None,
            Ok(_) | Err(_) => {}
        }
        pause = pause.min(patience.saturating_sub(waited));
        tokio::time::sleep(pause).await;
        waited += pause;
        pause *= 2;
    }
}

/// What remained of the create: what the type waits for, then its further steps, which show as differences.
async fn finish(ty: &dyn ResourceType, ctx: &Ctx<'_>, schema: &ResourceSchema, work: &Work, found: Object) -> Applied {
    let checkpoint = Durable::new(work, schema, ty.trace());
    if let Err(error) = checkpoint.reached(found.clone()).await {
        return Applied::partial(found, error);
    }
    let (addr, planned, config, intent) = (&work.addr, &work.planned, &work.config, &work.intent);
    let timeouts = timeouts(config);
    let request = CreateRequest { addr, planned, config, intent, timeouts, checkpoint: &checkpoint };
    let resumed = ty.resume(ctx, request, found.clone()).await;
    let object = match resumed {
        Applied { object: Some(object), error: None } => {
            Object { attributes: without_write_only(&object.attributes, &schema.block), ..object }
        }
        Applied { object, error } => return Applied { object: object.or(Some(found)), error },
    };
    if contradictions(addr, schema, config, &work.marked, &object.attributes).is_empty() {
        return Applied::ok(object);
    }
    let planned = &known(planned, &object.attributes);
    ty.update(ctx, UpdateRequest { addr, prior: &object, planned, config, intent, timeouts }).await
}

/// What was planned, with the object's values where the plan left them open.
fn known(planned: &Value, object: &Value) -> Value {
    let members: Members = planned
        .members()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let open = (!value.is_wholly_known()).then(|| object.get(name)).flatten();
            (name.clone(), open.unwrap_or(value).clone())
        })
        .collect();
    Value::object(members)
}

fn unfound(mut applied: Applied) -> Applied {
    if let Some(error) = applied.error.as_mut().filter(|e| e.kind == ErrorKind::Unsettled) {
        let after = "Nobody knows yet whether the object was made. Run the command again: it looks for it first, and makes no second one.";
        error.help = Some(error.help.take().map_or_else(|| after.to_string(), |help| format!("{help} {after}")));
    }
    applied
}
