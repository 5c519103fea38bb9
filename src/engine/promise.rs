//! What was planned must come true: known values stay, unknown ones may become anything.

use crate::value::{Path, Repr, Step, Value};

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
    fn unknown_may_become_anything_and_known_must_stay() {
        let planned = object(&[("id", Value::unknown(Type::String)), ("name", Value::string("a"))]);
        let kept = object(&[("id", Value::string("i")), ("name", Value::string("a").sensitive())]);
        assert!(broken(&planned, &kept).is_empty());
        let moved = object(&[("id", Value::string("i")), ("name", Value::string("b"))]);
        assert_eq!(broken(&planned, &moved), [Path::attr("name")]);
    }
}
