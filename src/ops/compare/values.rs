//! Compares two values part by part: members by name, lists by what only one of them has.

use super::nature::{Nature, made_up};
use super::pairs::{Both, Detail, Pair, Seen, Standing};
use super::side::{Datum, Section, Steps};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Longer texts are cut in reports.
const SHORT: usize = 160;
/// Deeper values are compared as a whole.
const DEPTH: usize = 40;

/// A value on one line.
#[must_use]
pub fn short(json: &Json) -> String {
    let text = match json {
        Json::String(s) => s.clone(),
        other => other.to_string(),
    };
    let text = text.replace('\n', "\\n");
    match text.char_indices().nth(SHORT) {
        Some((at, _)) => format!("{}... ({} characters)", text.get(..at).unwrap_or(""), text.chars().count()),
        None => text,
    }
}

struct Walk<'a, 'o> {
    both: &'a Both<'a>,
    section: Section,
    /// Absent members of the first or second value are not known to be absent.
    partial: (bool, bool),
    out: &'o mut Vec<Pair>,
}

/// Secret and unknown parts of the two values, relative to where the walk is.
#[derive(Clone)]
struct Marks<'a> {
    secret: [Vec<&'a [String]>; 2],
    unknown: [Vec<&'a [String]>; 2],
}

impl<'a> Marks<'a> {
    fn of(a: &'a Datum, b: &'a Datum) -> Self {
        let all = |steps: &'a [Steps]| steps.iter().map(Vec::as_slice).collect::<Vec<_>>();
        Marks { secret: [all(&a.secret), all(&b.secret)], unknown: [all(&a.unknown), all(&b.unknown)] }
    }

    fn below(&self, step: &str) -> Marks<'a> {
        let down = |all: &Vec<&'a [String]>| -> Vec<&'a [String]> {
            let rest = |s: &&'a [String]| s.split_first().filter(|(first, _)| first.as_str() == step).map(|(_, rest)| rest);
            all.iter().filter_map(rest).collect()
        };
        Marks { secret: [down(&self.secret[0]), down(&self.secret[1])], unknown: [down(&self.unknown[0]), down(&self.unknown[1])] }
    }

    /// Whether the whole of what is here is secret, on either side.
    fn is_secret(&self) -> bool {
        self.secret.iter().flatten().any(|s| s.is_empty())
    }

    fn any_secret(&self) -> bool {
        self.secret.iter().any(|s| !s.is_empty())
    }

    fn is_unknown(&self) -> bool {
        self.unknown.iter().flatten().any(|s| s.is_empty())
    }
}

/// Pairs two values of the same name.
pub(super) fn pair(both: &Both<'_>, section: Section, name: &str, a: &Datum, b: &Datum, out: &mut Vec<Pair>) {
    let mut walk = Walk { both, section, partial: (a.partial, b.partial), out };
    let top = section == Section::Resource || (a.json.is_object() && section == Section::Service);
    walk.go(name, if top { ":" } else { "." }, Some(&a.json), Some(&b.json), &Marks::of(a, b), 0);
}

impl Walk<'_, '_> {
    fn go(&mut self, name: &str, joint: &str, a: Option<&Json>, b: Option<&Json>, marks: &Marks<'_>, depth: usize) {
        if marks.is_unknown() || (a.is_none() && self.partial.0) || (b.is_none() && self.partial.1) {
            return self.untold(name, a, b, marks);
        }
        let secret = marks.is_secret();
        match (a, b) {
            (Some(Json::Object(x)), Some(Json::Object(y))) if !secret && depth < DEPTH => self.members(name, joint, x, y, marks, depth),
            (Some(Json::Array(x)), Some(Json::Array(y))) if !secret && one_block(x, y) && depth < DEPTH => {
                if let (Some(x), Some(y)) = (x.first(), y.first()) {
                    self.go(&format!("{name}[0]"), ".", Some(x), Some(y), &marks.below("0"), depth + 1);
                }
            }
            (x, y) if is_list(x) || is_list(y) => self.lists(name, x, y, marks),
            (x, y) => self.leaf(name, x, y, secret || marks.any_secret()),
        }
    }

    fn members(&mut self, name: &str, joint: &str, a: &Map<String, Json>, b: &Map<String, Json>, marks: &Marks<'_>, depth: usize) {
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for key in keys {
            let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
            let below = if plain { format!("{name}{joint}{key}") } else { format!("{name}[{key:?}]") };
            self.go(&below, ".", a.get(key), b.get(key), &marks.below(key), depth + 1);
        }
    }

    fn push(&mut self, name: &str, a: Seen, b: Seen, detail: Detail, standing: Standing) {
        self.out.push(Pair { section: self.section, name: name.to_string(), a, b, detail, standing });
    }

    fn untold(&mut self, name: &str, a: Option<&Json>, b: Option<&Json>, marks: &Marks<'_>) {
        let secret = marks.any_secret();
        let seen = |json: Option<&Json>, at: usize, partial: bool| match json {
            _ if marks.unknown.get(at).is_some_and(|u| u.iter().any(|s| s.is_empty())) => Seen::Unknown,
            None if partial => Seen::Unknown,
            other => shown(other, secret),
        };
        let (a, b) = (seen(a, 0, self.partial.0), seen(b, 1, self.partial.1));
        self.push(name, a, b, Detail::None, Standing::Untold);
    }

    /// In states null, "", [] and {} all say "nothing".
    fn is_nothing(&self, json: Option<&Json>) -> bool {
        match json {
            None | Some(Json::Null) => true,
            Some(_) if self.section != Section::Resource => false,
            Some(Json::String(s)) => s.is_empty(),
            Some(Json::Array(items)) => items.is_empty(),
            Some(Json::Object(members)) => members.is_empty(),
            Some(_) => false,
        }
    }

    fn leaf(&mut self, name: &str, a: Option<&Json>, b: Option<&Json>, secret: bool) {
        if a == b || (self.is_nothing(a) && self.is_nothing(b)) {
            return self.push(name, shown(a, secret), shown(b, secret), Detail::None, Standing::Equal);
        }
        // Of a secret nothing is told but that it differs.
        let standing = if secret { Standing::Differs } else { self.judge(name, a, b) };
        let (mut x, mut y) = (shown(a, secret), shown(b, secret));
        if standing == Standing::Differs && !secret {
            self.explain(a, &mut x, true);
            self.explain(b, &mut y, false);
        }
        self.push(name, x, y, Detail::None, standing);
    }

    /// Adds to an id what it belongs to.
    fn explain(&self, json: Option<&Json>, seen: &mut Seen, first: bool) {
        let (rewriter, side) = if first { (&self.both.first, self.both.a) } else { (&self.both.second, self.both.b) };
        if let (Some(Json::String(text)), Seen::Text(shown)) = (json, &mut *seen)
            && let Some(meaning) = rewriter.meaning(side, text)
        {
            *seen = Seen::Text(format!("{shown} ({meaning})"));
        }
    }

    fn judge(&self, name: &str, a: Option<&Json>, b: Option<&Json>) -> Standing {
        if self.is_nothing(a) || self.is_nothing(b) {
            return Standing::Differs;
        }
        let (Some(x), Some(y)) = (a, b) else { return Standing::Differs };
        let standing = match (x, y) {
            (Json::String(x), Json::String(y)) => self.both.judge(x, y),
            (x, y) => self.both.judge(&x.to_string(), &y.to_string()),
        };
        match standing {
            Standing::Differs if self.section == Section::Resource && made_up(name) && !self.points_elsewhere(x, y) => {
                Standing::Natural(Nature::Computed)
            }
            // Refs and versions differ, whatever their names.
            Standing::Natural(Nature::Named) if matches!(self.section, Section::Ref | Section::Provider | Section::Module) => {
                Standing::Differs
            }
            other => other,
        }
    }

    /// One of them is the id of an object of this environment, and the other one is not its counterpart's.
    fn points_elsewhere(&self, a: &Json, b: &Json) -> bool {
        let known = |json: &Json, first: bool| {
            let (rewriter, side) = if first { (&self.both.first, self.both.a) } else { (&self.both.second, self.both.b) };
            json.as_str().and_then(|text| rewriter.meaning(side, text)).is_some()
        };
        known(a, true) || known(b, false)
    }

    fn lists(&mut self, name: &str, a: Option<&Json>, b: Option<&Json>, marks: &Marks<'_>) {
        if a == b || (self.is_nothing(a) && self.is_nothing(b)) {
            return self.push(name, Seen::Present, Seen::Present, Detail::None, Standing::Equal);
        }
        let (x, y) = (elements(a), elements(b));
        if marks.any_secret() {
            return self.leaf(name, a, b, true);
        }
        let text = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_string);
        type Write<'f> = &'f dyn Fn(&str) -> String;
        let differ = |first: Write<'_>, second: Write<'_>| {
            let (keys_a, keys_b): (Vec<String>, Vec<String>) =
                (x.iter().map(|j| first(&text(j))).collect(), y.iter().map(|j| second(&text(j))).collect());
            (surplus(&keys_a, &keys_b), surplus(&keys_b, &keys_a))
        };
        let (ids_a, ids_b) = (|t: &str| self.both.first.identities(t), |t: &str| self.both.second.identities(t));
        let plain = differ(&|t| t.to_string(), &|t| t.to_string());
        let identical = differ(&ids_a, &ids_b);
        let named = differ(&|t| self.both.first.named(&ids_a(t)), &|t| self.both.second.named(&ids_b(t)));
        let none = |d: &(Vec<usize>, Vec<usize>)| d.0.is_empty() && d.1.is_empty();
        let standing = match () {
            () if none(&plain) && x.len() == y.len() => Standing::Equal,
            () if none(&identical) => Standing::Natural(Nature::Identity),
            () if none(&named) => Standing::Natural(Nature::Named),
            () if self.section == Section::Resource && made_up(name) && !x.is_empty() && !y.is_empty() && self.strangers(&x, &y) => {
                Standing::Natural(Nature::Computed)
            }
            () => Standing::Differs,
        };
        let shown = if standing == Standing::Differs { named } else { plain };
        let pick =
            |all: &[&Json], at: &[usize]| -> Vec<Seen> { at.iter().filter_map(|i| all.get(*i)).map(|j| Seen::Text(short(j))).collect() };
        let detail = Detail::Elements(pick(&x, &shown.0), pick(&y, &shown.1));
        let count = |n: usize| Seen::Text(if n == 1 { "1 element".into() } else { format!("{n} elements") });
        let (a, b) = (count(x.len()), count(y.len()));
        self.push(name, a, b, detail, standing);
    }

    /// None of the elements is known as the id of an object.
    fn strangers(&self, a: &[&Json], b: &[&Json]) -> bool {
        !a.iter().zip(b).any(|(x, y)| self.points_elsewhere(x, y))
    }
}

/// Positions of what `these` has more of than `those`.
fn surplus(these: &[String], those: &[String]) -> Vec<usize> {
    let mut there: BTreeMap<&String, usize> = BTreeMap::new();
    those.iter().for_each(|t| *there.entry(t).or_default() += 1);
    let mut more = Vec::new();
    for (i, text) in these.iter().enumerate() {
        match there.get_mut(text).filter(|n| **n > 0) {
            Some(n) => *n -= 1,
            None => more.push(i),
        }
    }
    more
}

fn is_list(json: Option<&Json>) -> bool {
    matches!(json, Some(Json::Array(_)))
}

/// Nested blocks that can stand once at most are compared member by member.
fn one_block(a: &[Json], b: &[Json]) -> bool {
    a.len() == 1 && b.len() == 1 && a.iter().chain(b).all(Json::is_object)
}

fn elements(json: Option<&Json>) -> Vec<&Json> {
    match json {
        Some(Json::Array(items)) => items.iter().collect(),
        None | Some(Json::Null) => Vec::new(),
        Some(other) => vec![other],
    }
}

fn shown(json: Option<&Json>, secret: bool) -> Seen {
    match json {
        None | Some(Json::Null) => Seen::Absent,
        Some(_) if secret => Seen::Masked,
        Some(json) => Seen::Text(short(json)),
    }
}
