//! What was planned must come true: known values stay, unknown ones may become anything.
//!
//! It is asked twice: before a call, of the values that the configuration has by then, and after
//! it, of what the provider made. An answer that contradicts a configured value is an error; one
//! that changes a computed value is a warning, as providers of the older SDK do so all the time.

use crate::addr::InstanceAddr;
use crate::diag::Diagnostic;
use crate::plan::diff::settle_object;
use crate::schema::ResourceSchema;
use crate::value::{Path, Repr, Step, Type, Value, to_json};

/// The longest value that a message shows.
const SHOWN: usize = 60;

/// What is wrong with a provider's answer to a create or update, measured by what was planned.
/// `planned` carries its marks: sensitive values are not shown.
pub(super) fn contradictions(
    addr: &InstanceAddr,
    schema: &ResourceSchema,
    config: &Value,
    planned: &Value,
    answer: &Value,
) -> Vec<Diagnostic> {
    let kind = &addr.resource.kind;
    let mut found = Vec::new();
    if let Some(path) = unknown(answer, &Path::default()) {
        let detail = format!("{path} of {addr} is still unknown after the call.");
        found.push(mistake(addr, detail, true));
    }
    let plain = planned.unmark_deep().0;
    let settled = settle_object(schema, &plain, answer);
    for path in broken(&plain, &settled).into_iter().filter(|p| p.0.first() != Some(&Step::Attr("timeouts".into()))) {
        let secret = planned.has_sensitive() && planned.at(&path).is_none_or(Value::has_sensitive);
        let detail = format!(
            "{path} of {addr} was planned as {}, and {kind} answered with {}.",
            shown(plain.at(&path), secret),
            shown(settled.at(&path), secret)
        );
        found.push(mistake(addr, detail, is_configured(schema, config, &path)));
    }
    found
}

fn mistake(addr: &InstanceAddr, detail: String, grave: bool) -> Diagnostic {
    let help = format!("This is a mistake of envctl in the type {}, not yours: please report this.", addr.resource.kind);
    if grave {
        let d = Diagnostic::error("The provider's answer contradicts the plan", detail).address(addr);
        return d.help(format!("{help} The object exists and is in the state; plan again to see how it is."));
    }
    Diagnostic::warning("The provider changed a computed value that was planned", detail).address(addr).help(help)
}

fn is_configured(schema: &ResourceSchema, config: &Value, path: &Path) -> bool {
    if config.at(path).is_some_and(|v| !v.is_null()) {
        return true;
    }
    let Some(Step::Attr(name)) = path.0.first() else { return false };
    let ours = schema.block.attrs.get(name).is_some_and(|a| !a.computed);
    ours && config.get(name).is_some_and(|v| !v.is_null())
}

fn shown(value: Option<&Value>, secret: bool) -> String {
    let Some(value) = value else { return "nothing".into() };
    if secret {
        return "a sensitive value".into();
    }
    let text = if value.ty() == Type::Dynamic { "null".to_string() } else { to_json(value, &value.ty()).to_string() };
    if text.chars().count() > SHOWN { format!("{}...", text.chars().take(SHOWN).collect::<String>()) } else { text }
}

fn unknown(value: &Value, path: &Path) -> Option<Path> {
    if value.is_unknown() {
        return Some(path.clone());
    }
    if let Some(members) = value.members() {
        return members.iter().find_map(|(n, v)| unknown(v, &path.then(n.clone())));
    }
    value.items()?.iter().enumerate().find_map(|(i, v)| unknown(v, &path.index(i)))
}

/// Places where `actual` breaks what `planned` promised; marks aside.
pub(super) fn broken(planned: &Value, actual: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    compare(planned, actual, &Path::default(), &mut found);
    found
}

fn compare(planned: &Value, actual: &Value, path: &Path, found: &mut Vec<Path>) {
    match (planned.repr(), actual.repr()) {
        (Repr::Unknown { .. }, _) => {}
        (Repr::Object(p), Repr::Object(a)) | (Repr::Map(_, p), Repr::Map(_, a)) => {
            for (name, value) in p.iter() {
                let at = path.with(Step::Attr(name.clone()));
                match a.get(name) {
                    Some(actual) => compare(value, actual, &at, found),
                    None => found.push(at),
                }
            }
            found.extend(a.keys().filter(|k| !p.contains_key(*k)).map(|k| path.with(Step::Attr(k.clone()))));
        }
        (Repr::List(_, p), Repr::List(_, a)) | (Repr::Tuple(p), Repr::Tuple(a)) if p.len() == a.len() => {
            for (i, (p, a)) in p.iter().zip(a.iter()).enumerate() {
                compare(p, a, &path.index(i), found);
            }
        }
        (Repr::Set(_, p), Repr::Set(_, _)) if !p.iter().all(Value::is_wholly_known) => {}
        _ => {
            if planned.unmark_deep().0 != actual.unmark_deep().0 {
                found.push(path.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Members, Type};

    fn object(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect::<Members>())
    }

    #[test]
    fn answers_are_measured_by_the_plan() {
        use crate::schema::{BlockSchema, string};
        let block = BlockSchema::new()
            .attr("id", string().computed())
            .attr("name", string().required())
            .attr("zone", string().optional().computed())
            .attr("note", string().optional());
        let schema = ResourceSchema::new(0, block);
        let addr = crate::addr::parse_instance("fake_thing.a").unwrap();
        let null = || Value::null(Type::String);
        let full = |id: Value, name: Value, zone: Value, note: Value| object(&[("id", id), ("name", name), ("zone", zone), ("note", note)]);
        let config = full(null(), Value::string("a"), null(), null());
        let planned = full(Value::unknown(Type::String), Value::string("a").sensitive(), Value::string("z1"), null());
        let check = |answer: &Value| contradictions(&addr, &schema, &config, &planned, answer);
        let text = |s: &str| Value::string(s);
        assert!(check(&full(text("i"), text("a"), text("z1"), text(""))).is_empty(), "blank is as good as null");
        let wrong = check(&full(text("i"), text("hush"), text("z2"), null()));
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].is_error() && wrong[0].detail.contains("name of fake_thing.a") && !wrong[0].detail.contains("hush"));
        assert!(!wrong[1].is_error() && wrong[1].detail.contains("\"z1\"") && wrong[1].detail.contains("\"z2\""));
        assert!(check(&planned)[0].detail.contains("id of fake_thing.a is still unknown"));
    }

    #[test]
    fn unknown_may_become_anything_and_known_must_stay() {
        let planned = object(&[("id", Value::unknown(Type::String)), ("name", Value::string("a"))]);
        let kept = object(&[("id", Value::string("i")), ("name", Value::string("a").sensitive())]);
        assert!(broken(&planned, &kept).is_empty());
        let moved = object(&[("id", Value::string("i")), ("name", Value::string("b"))]);
        assert_eq!(broken(&planned, &moved), [Path::attr("name")]);
    }
}
