//! When a certificate is over, or near enough to its end to be made anew.

use crate::builtin::object::with;
use crate::clock::{Clock, SystemClock};
use crate::schema::{Attribute, BlockSchema, DiffDraft, RuleError, boolean, list_of, number, string};
use crate::value::{Path, Type, Value};
use jiff::{SignedDuration, Timestamp};

/// The arguments and results of both kinds of certificates.
pub(super) fn lifetime(block: BlockSchema) -> BlockSchema {
    let off = || boolean().optional().computed().force_new().default(Value::bool(false));
    let results = ["id", "cert_pem", "validity_start_time", "validity_end_time"];
    let block = results.iter().fold(block, |b, name| b.attr(name, string().computed()));
    block
        .attr("validity_period_hours", number().required().force_new())
        .attr("early_renewal_hours", number().optional().computed().default(Value::int(0)))
        .attr("allowed_uses", list_of(Type::String).required().force_new())
        .attr("is_ca_certificate", off())
        .attr("max_path_length", number().optional().computed().force_new())
        .attr("set_subject_key_id", off())
        .attr("ready_for_renewal", boolean().computed().default(Value::bool(false)))
}

/// A PEM that the object is made from.
pub(super) fn source() -> Attribute {
    string().required()
}

/// Complaints about hours and lengths.
pub(super) fn wrong_numbers(config: &Value) -> Vec<RuleError> {
    let least = [("validity_period_hours", 0), ("early_renewal_hours", 0), ("max_path_length", -1)];
    let wrong = |(name, least): (&'static str, i64)| {
        let value = config.get(name).filter(|v| !v.is_null() && !v.is_unknown())?;
        let fits = value.as_i64().is_some_and(|n| n >= least);
        (!fits).then(|| RuleError { path: Path::attr(name), message: format!("this must be a whole number from {least} on") })
    };
    least.into_iter().filter_map(wrong).collect()
}

fn due(end: Option<&Value>, early: Option<&Value>, now: Timestamp) -> bool {
    let end: Option<Timestamp> = end.and_then(Value::as_str).and_then(|t| t.parse().ok());
    let early = early.and_then(Value::as_i64).and_then(SignedDuration::try_from_hours);
    // Earlier than time itself: due.
    end.zip(early).is_some_and(|(end, early)| end.checked_sub(early).map_or(true, |from| from <= now))
}

/// The object as it reads now.
pub(super) fn look(object: &Value) -> Value {
    let due = due(object.get("validity_end_time"), object.get("early_renewal_hours"), SystemClock.now());
    if due { with(object, [("ready_for_renewal", Value::bool(true))]) } else { object.clone() }
}

/// Plans the replacement of a certificate whose time has come.
pub(super) fn renew(draft: &mut DiffDraft<'_>) {
    if !draft.is_create() && due(draft.planned("validity_end_time"), draft.planned("early_renewal_hours"), SystemClock.now()) {
        draft.set_unknown("ready_for_renewal");
        draft.require_replace("ready_for_renewal", Some("the certificate is over or within its early_renewal_hours"));
    }
}

/// Another PEM means another object, unless the state has what old releases kept in its place: a hash.
pub(super) fn replace_for_pem(draft: &mut DiffDraft<'_>, names: &[&str]) {
    for name in names {
        let known = draft.prior(name).and_then(Value::as_str).is_some_and(|t| t.trim_start().starts_with("-----BEGIN "));
        if known && draft.changes(name) {
            draft.require_replace(name, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_before_the_end_count() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let is = |early: i64, now: &str| due(Some(&Value::string("2026-06-02T00:00:00.5+02:00")), Some(&Value::int(early)), at(now));
        assert!(!is(0, "2026-06-01T22:00:00Z") && is(0, "2026-06-01T22:00:00.5Z"));
        assert!(!is(24, "2026-05-31T21:59:59Z") && is(24, "2026-05-31T22:00:01Z") && is(i64::MAX / 3600, "2026-01-01T00:00:00Z"));
        assert!(!due(Some(&Value::unknown(Type::String)), Some(&Value::int(0)), at("2026-05-31T21:59:59Z")));
    }
}
