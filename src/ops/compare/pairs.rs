//! Pairs the items of two sides, part by part, and says of each whether it is the same. Time grows with their number.

use super::nature::{Nature, Rewriter};
use super::side::{Datum, Section, Side};
use super::{files, values};
use std::collections::BTreeSet;

/// A value as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is not there.
    Absent,
    /// It is there; what it holds has no short form.
    Present,
    /// In full.
    Text(String),
    /// Secret.
    Masked,
    /// Nobody knows it yet.
    Unknown,
}

/// A line that only one side has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSeen {
    /// It is the second side's.
    pub second: bool,
    /// Its number there, from 1.
    pub number: usize,
    /// The line; the start of a secret one.
    pub text: String,
    /// The rest of it is secret.
    pub masked: bool,
}

/// What two values alone do not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more.
    #[default]
    None,
    /// Elements that only one list has.
    Elements(Vec<Seen>, Vec<Seen>),
    /// Lines that only one file has.
    Lines(Vec<LineSeen>),
}

/// How two values stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The same.
    Equal,
    /// Different, and it means nothing.
    Natural(Nature),
    /// Different.
    Differs,
    /// Nobody can tell yet.
    Untold,
}

/// One part of an item on both sides.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What kind.
    pub section: Section,
    /// Its full name, `file:backend/.env:RUNTIME_MODE`.
    pub name: String,
    /// On the first side.
    pub a: Seen,
    /// On the second side.
    pub b: Seen,
    /// More than the two.
    pub detail: Detail,
    /// How they stand.
    pub standing: Standing,
}

/// Both sides with what rewrites their texts.
pub(super) struct Both<'a> {
    pub a: &'a Side,
    pub b: &'a Side,
    pub first: Rewriter,
    pub second: Rewriter,
}

/// Every part of every item of the sections that both sides know.
#[must_use]
pub fn pairs(a: &Side, b: &Side) -> Vec<Pair> {
    let both = Both { a, b, first: Rewriter::new(a), second: Rewriter::new(b) };
    let mut out = Vec::new();
    for section in Section::ALL.into_iter().filter(|s| a.knows(*s) && b.knows(*s)) {
        if section == Section::File {
            files::pair(&both, &mut out);
            continue;
        }
        let (Some(ours), Some(theirs)) = (a.items.get(&section), b.items.get(&section)) else { continue };
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for name in names {
            let full = format!("{}:{name}", section.name());
            match (ours.get(name), theirs.get(name)) {
                (Some(x), Some(y)) => values::pair(&both, section, &full, x, y, &mut out),
                (x, y) => out.push(one_sided(section, full, x, y)),
            }
        }
    }
    out
}

fn one_sided(section: Section, name: String, a: Option<&Datum>, b: Option<&Datum>) -> Pair {
    let seen = |d: Option<&Datum>| match d {
        None => Seen::Absent,
        Some(d) if section == Section::Resource || d.json.is_object() || d.json.is_array() => Seen::Present,
        Some(d) if !d.secret.is_empty() => Seen::Masked,
        Some(d) if !d.unknown.is_empty() => Seen::Unknown,
        Some(d) => Seen::Text(values::short(&d.json)),
    };
    Pair { section, name, a: seen(a), b: seen(b), detail: Detail::None, standing: Standing::Differs }
}

impl Both<'_> {
    /// How two different texts stand to each other.
    pub fn judge(&self, a: &str, b: &str) -> Standing {
        let (ia, ib) = (self.first.identities(a), self.second.identities(b));
        if ia == ib {
            return Standing::Natural(Nature::Identity);
        }
        if super::nature::is_time(a) && super::nature::is_time(b) {
            return Standing::Natural(Nature::Time);
        }
        let (na, nb) = (self.first.named(&ia), self.second.named(&ib));
        if na == nb { Standing::Natural(Nature::Named) } else { Standing::Differs }
    }
}
