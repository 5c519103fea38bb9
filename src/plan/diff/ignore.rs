//! `ignore_changes`: the configuration with what people do not want to manage taken from the
//! object as it is.

use crate::value::{Key, Members, Path, Repr, Step, Type, Value};

/// The configuration with every ignored path taken from `prior`.
#[must_use]
pub fn ignore_changes(config: &Value, prior: &Value, paths: &[Path]) -> Value {
    paths.iter().fold(config.clone(), |config, path| taken(&config, Some(prior), &path.0))
}

/// `config` with the part at `steps` as in `prior`; a map's key that is not there is removed.
fn taken(config: &Value, prior: Option<&Value>, steps: &[Step]) -> Value {
    let Some((step, rest)) = steps.split_first() else {
        return prior.map_or_else(|| config.clone(), |p| p.unmark_deep().0.mark(&config.deep_marks()));
    };
    match (config.repr(), step) {
        (Repr::Object(m), Step::Attr(n) | Step::Index(Key::Str(n))) => {
            let mut members = m.as_ref().clone();
            if let Some(old) = m.get(n) {
                members.insert(n.clone(), taken(old, prior.and_then(|p| p.get(n)), rest));
            }
            Value::object(members).mark(config.marks())
        }
        (Repr::Map(t, m), Step::Attr(n) | Step::Index(Key::Str(n))) => key(t, m, n, prior).mark(config.marks()),
        (Repr::Null(Type::Map(t)), Step::Attr(n) | Step::Index(Key::Str(n))) => match prior.and_then(|p| p.get(n)) {
            Some(_) => key(t, &Members::new(), n, prior),
            None => config.clone(),
        },
        (Repr::List(..) | Repr::Tuple(_), Step::Index(Key::Int(i))) => {
            let mut at = -1i64;
            let before = usize::try_from(*i).ok().and_then(|i| prior?.items()?.get(i));
            config.map_children(&mut |child| {
                at += 1;
                if at == *i { taken(child, before, rest) } else { child.clone() }
            })
        }
        _ => config.clone(),
    }
}

fn key(elem: &Type, members: &Members, name: &str, prior: Option<&Value>) -> Value {
    let mut members = members.clone();
    match prior.and_then(|p| p.get(name)) {
        Some(v) => members.insert(name.into(), v.unmark_deep().0),
        None => members.remove(name),
    };
    Value::map(elem.clone(), members)
}
