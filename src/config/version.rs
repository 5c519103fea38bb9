//! Version constraints in the notation of Go's `go-version`: `>= 1.6, < 2.0`, `~> 5.31`.
//!
//! `required_version` is checked against the language level, and a constraint on the native AWS
//! provider against the releases whose behaviour envctl reproduces.

use std::cmp::Ordering;
use std::fmt;

/// The language level that `required_version` is checked against: any release of it will do.
pub const LANGUAGE_LEVEL: &str = "1.11";

/// A version: numbers and an optional pre-release.
#[derive(Clone, Debug)]
pub struct Version {
    numbers: [u64; 3],
    written: usize,
    pre: Option<String>,
}

/// All conditions of a constraint; every one must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint(Vec<(Op, Version)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Eq,
    NotEq,
    Greater,
    GreaterEq,
    Less,
    LessEq,
    Pessimistic,
}

impl Version {
    /// Reads `1`, `1.2`, `v1.2.3`, `1.2.3-beta1` (build metadata after `+` is ignored).
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(v, _)| v);
        let (core, pre) = match text.split_once('-') {
            Some((core, pre)) if !pre.is_empty() => (core, Some(pre.to_string())),
            Some(_) => return None,
            None => (text, None),
        };
        let mut numbers = [0; 3];
        let mut written = 0;
        for part in core.split('.') {
            if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            *numbers.get_mut(written)? = part.parse().ok()?;
            written += 1;
        }
        Some(Version { numbers, written, pre })
    }

    /// A release.
    #[must_use]
    pub fn release(major: u64, minor: u64, patch: u64) -> Version {
        Version { numbers: [major, minor, patch], written: 3, pre: None }
    }

    /// With as many numbers as were written: `~> 1.2` and `~> 1.2.0` differ.
    fn as_written(&self) -> String {
        let numbers: Vec<String> = self.numbers.iter().take(self.written).map(ToString::to_string).collect();
        let pre = self.pre.as_ref().map(|p| format!("-{p}")).unwrap_or_default();
        format!("{}{pre}", numbers.join("."))
    }

    /// Whether this comes before a release.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.pre.is_some()
    }
}

/// `1.2` and `1.2.0` are one version.
impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (&self.pre, &other.pre) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(b),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        self.pre.as_ref().map_or(Ok(()), |pre| write!(f, "-{pre}"))
    }
}

impl Constraint {
    /// Reads a comma-separated constraint.
    ///
    /// # Errors
    /// The part that is no condition.
    pub fn parse(text: &str) -> Result<Constraint, String> {
        let parts = text.split(',').map(str::trim);
        let conditions: Result<Vec<_>, String> = parts.map(|part| condition(part).ok_or_else(|| part.to_string())).collect();
        conditions.map(Constraint)
    }

    /// Whether a version meets every condition. A pre-release meets only conditions that name a
    /// pre-release of the same numbers, as in `go-version`.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        self.0.iter().all(|(op, wanted)| holds(*op, wanted, version))
    }

    /// Whether a version is allowed and one of the conditions is exactly it.
    #[must_use]
    pub fn names(&self, version: &Version) -> bool {
        self.allows(version) && self.0.iter().any(|(op, wanted)| *op == Op::Eq && wanted == version)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (op, version)) in self.0.iter().enumerate() {
            let sign = OPS.iter().find(|(_, o)| o == op).map_or("", |(sign, _)| sign);
            write!(f, "{}{sign} {}", if i > 0 { ", " } else { "" }, version.as_written())?;
        }
        Ok(())
    }
}

const OPS: [(&str, Op); 7] = [
    (">=", Op::GreaterEq),
    ("<=", Op::LessEq),
    ("!=", Op::NotEq),
    ("~>", Op::Pessimistic),
    ("=", Op::Eq),
    (">", Op::Greater),
    ("<", Op::Less),
];

fn condition(part: &str) -> Option<(Op, Version)> {
    let found = OPS.iter().find_map(|(sign, op)| part.strip_prefix(sign).map(|rest| (*op, rest)));
    let (op, rest) = found.unwrap_or((Op::Eq, part));
    Version::parse(rest.trim()).map(|version| (op, version))
}

fn holds(op: Op, wanted: &Version, version: &Version) -> bool {
    let comparable = match (&version.pre, &wanted.pre) {
        (Some(_), Some(_)) => version.numbers == wanted.numbers,
        (Some(_), None) => false,
        _ => true,
    };
    match op {
        Op::Eq => version == wanted,
        Op::NotEq => version != wanted,
        Op::Greater => comparable && version > wanted,
        Op::GreaterEq => comparable && version >= wanted,
        Op::Less => comparable && version < wanted,
        Op::LessEq => comparable && version <= wanted,
        Op::Pessimistic => comparable && version >= wanted && same_series(wanted, version),
    }
}

/// `~> 1.2.3` keeps 1.2, `~> 1.2` keeps 1, `~> 1` keeps nothing.
fn same_series(wanted: &Version, version: &Version) -> bool {
    let kept = wanted.written.saturating_sub(1);
    wanted.numbers.iter().zip(&version.numbers).take(kept).all(|(a, b)| a == b)
}

/// Whether some release of the language level meets the constraint.
#[must_use]
pub fn language_level_meets(constraint: &Constraint) -> bool {
    (0..=9).any(|patch| constraint.allows(&Version::release(1, 11, patch)))
}

/// Whether some 5.x or 6.x release of the AWS provider up to 6.47 meets the constraint.
#[must_use]
pub fn aws_provider_meets(constraint: &Constraint) -> bool {
    let last = Version::release(6, 47, 0);
    let minors = (0..=100).map(|minor| (5, minor)).chain((0..=47).map(|minor| (6, minor)));
    minors
        .flat_map(|(major, minor)| (0..=3).map(move |patch| Version::release(major, minor, patch)))
        .any(|release| release <= last && constraint.allows(&release))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(constraint: &str, version: &str) -> bool {
        Constraint::parse(constraint).unwrap().allows(&Version::parse(version).unwrap())
    }

    #[test]
    fn every_operator() {
        for (constraint, yes, no) in [
            ("1.2.3", "1.2.3", "1.2.4"),
            ("= 1.2", "1.2.0", "1.2.1"),
            ("!= 1.2.0", "1.2.1", "1.2"),
            ("> 1.2.0", "1.2.1", "1.2.0"),
            (">= 1.2", "1.2.0", "1.1.9"),
            ("< 2", "1.99.9", "2.0.0"),
            ("<= 1.5.0", "1.5", "1.5.1"),
            ("~> 1.2", "1.9.0", "2.0.0"),
            ("~> 1.2.3", "1.2.9", "1.3.0"),
            ("~> 1", "7.0.0", "0.9.0"),
            (">= 1.0, != 1.3.0, < 1.5", "1.4.9", "1.3.0"),
        ] {
            assert!(allows(constraint, yes), "{constraint} allows {yes}");
            assert!(!allows(constraint, no), "{constraint} refuses {no}");
        }
    }

    #[test]
    fn prereleases_match_only_their_own_numbers() {
        assert!(!allows(">= 1.0.0", "1.1.0-beta1"));
        assert!(allows(">= 1.1.0-alpha", "1.1.0-beta1"));
        assert!(!allows(">= 1.0.0-alpha", "1.1.0-beta1"));
        assert!(allows(">= 1.0.0-alpha", "1.1.0"));
    }

    #[test]
    fn nonsense_names_the_part() {
        assert_eq!(Constraint::parse(">= 1.0, oops"), Err("oops".into()));
        assert_eq!(Constraint::parse("=> 1.0"), Err("=> 1.0".into()));
        assert_eq!(Constraint::parse(""), Err(String::new()));
        assert_eq!(Constraint::parse("1.2.3.4"), Err("1.2.3.4".into()));
        assert_eq!(Constraint::parse("99999999999999999999"), Err("99999999999999999999".into()));
    }

    #[test]
    fn levels() {
        let language = |c: &str| language_level_meets(&Constraint::parse(c).unwrap());
        assert!(language(">= 1.6") && language("~> 1.11.2") && language(">= 1.5, < 2.0"));
        assert!(!language(">= 1.12") && !language("< 1.11") && !language("~> 1.10.0"));
        let aws = |c: &str| aws_provider_meets(&Constraint::parse(c).unwrap());
        assert!(aws("~> 5.0") && aws(">= 4.0") && aws("5.31.0") && aws("~> 6.47.0") && aws("= 6.0.0"));
        assert!(!aws("~> 4.67") && !aws(">= 6.48") && !aws("> 6.47.0") && !aws(">= 7"));
    }
}
