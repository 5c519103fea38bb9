//! Paths into values: `root_block_device[0].volume_size`.

use super::{Name, Number, Value};
use std::fmt;

/// Index of an element.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Position in a list, set (canonical order) or tuple.
    Int(i64),
    /// Key of a map.
    Str(Name),
}

/// One step down into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `.name` of an object.
    Attr(Name),
    /// `[key]` of a list, map, tuple or set.
    Index(Key),
}

/// A place inside a value; empty is the value itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The path of one attribute.
    #[must_use]
    pub fn attr(name: impl Into<Name>) -> Path {
        Path(vec![Step::Attr(name.into())])
    }

    /// This path and one attribute more.
    #[must_use]
    pub fn then(&self, name: impl Into<Name>) -> Path {
        self.with(Step::Attr(name.into()))
    }

    /// This path and one position more.
    #[must_use]
    pub fn index(&self, i: usize) -> Path {
        self.with(Step::Index(Key::Int(i64::try_from(i).unwrap_or(i64::MAX))))
    }

    /// This path and one step more.
    #[must_use]
    pub fn with(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }

    /// Parses a dotted path of rules and schemas: `root_block_device.0.volume_size`.
    #[must_use]
    pub fn parse(dotted: &str) -> Path {
        let step = |part: &str| match part.parse::<i64>() {
            Ok(n) => Step::Index(Key::Int(n)),
            Err(_) => Step::Attr(part.into()),
        };
        Path(dotted.split('.').filter(|p| !p.is_empty()).map(step).collect())
    }

    /// Whether `self` lies at or below `prefix`.
    #[must_use]
    pub fn starts_with(&self, prefix: &Path) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// The dotted attribute names with every index left out: the key into schemas.
    #[must_use]
    pub fn schema_key(&self) -> String {
        let names = self.0.iter().filter_map(|s| match s {
            Step::Attr(n) => Some(n.as_ref()),
            Step::Index(_) => None,
        });
        names.collect::<Vec<_>>().join(".")
    }
}

impl Value {
    /// The value at `path`, or `None` when a step does not exist (or is null or unknown above it).
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.0.iter().try_fold(self, |v, step| match step {
            Step::Attr(n) | Step::Index(Key::Str(n)) => v.get(n),
            Step::Index(Key::Int(i)) => v.items()?.get(usize::try_from(*i).ok()?),
        })
    }
}

impl From<i64> for Key {
    fn from(n: i64) -> Self {
        Key::Int(n)
    }
}

impl Key {
    /// The key as a value of the language.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Key::Int(n) => Value::number(Number::from(*n)),
            Key::Str(s) => Value::string(s),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Attr(n) if i == 0 => f.write_str(n)?,
                Step::Attr(n) => write!(f, ".{n}")?,
                Step::Index(Key::Int(n)) => write!(f, "[{n}]")?,
                Step::Index(Key::Str(s)) => write!(f, "[{s:?}]")?,
            }
        }
        Ok(())
    }
}
