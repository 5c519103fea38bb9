//! From pairs and rules to what people have to look at.

use super::expect::{Expect, Must};
use super::nature::Nature;
use super::pairs::{Detail, Pair, Seen, Standing};
use super::risk::{Risk, risk_of};
use super::side::{Section, Side};
use std::collections::BTreeMap;

/// What is to be thought of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A rule asks for something else.
    Violated(Must),
    /// It differs, and no rule says that it may.
    Unexpected,
    /// It differs, as a rule allows or wants.
    Declared(Must),
    /// It differs, and that says nothing.
    Natural(Nature),
    /// Nobody can tell yet.
    Untold,
}

/// A pair that is not simply equal.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The pair.
    pub pair: Pair,
    /// What to think of it.
    pub verdict: Verdict,
    /// How bad it is.
    pub risk: Risk,
    /// What it is about.
    pub about: String,
    /// The rule that speaks of it, and its reason.
    pub rule: Option<(String, Option<String>)>,
}

/// The outcome of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Name of the first side.
    pub a: String,
    /// Name of the second side.
    pub b: String,
    /// What is not equal, worst first: violated rules, undeclared differences, declared ones, the rest.
    pub findings: Vec<Finding>,
    /// Pairs that are equal, as they should be.
    pub equal: usize,
    /// Sections that only one side knows: its name and theirs.
    pub one_sided: Vec<(String, Vec<&'static str>)>,
    /// Where values come from and what could not be read.
    pub notes: Vec<String>,
    /// What is there and could not be read: as long as there is any, nobody knows that nothing differs.
    pub unread: Vec<String>,
    /// Rules that speak of nothing that is there.
    pub idle_rules: Vec<String>,
}

impl Comparison {
    /// Findings that somebody has to look at.
    pub fn unexpected(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| matches!(f.verdict, Verdict::Violated(_) | Verdict::Unexpected))
    }

    /// Whether there are any.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.unexpected().next().is_some()
    }

    /// How many pairs differ by nature, by why.
    #[must_use]
    pub fn natural(&self) -> BTreeMap<Nature, usize> {
        let mut counts = BTreeMap::new();
        for finding in &self.findings {
            if let Verdict::Natural(nature) = finding.verdict {
                *counts.entry(nature).or_default() += 1;
            }
        }
        counts
    }
}

/// Compares two sides under rules.
#[must_use]
pub fn compare(a: &Side, b: &Side, rules: &[Expect]) -> Comparison {
    let environments: Vec<&str> = [a, b].iter().filter_map(|s| s.environment.as_deref()).collect();
    // What may differ between environments must not differ between an environment and its own host.
    let same = matches!(environments.as_slice(), [x, y] if x == y);
    let rules: Vec<&Expect> = rules.iter().filter(|r| r.applies(&environments) && (!same || r.must == Must::Equal)).collect();
    let mut used = vec![false; rules.len()];
    let mut out = Comparison { a: a.name.clone(), b: b.name.clone(), ..Comparison::default() };
    for pair in super::pairs::pairs(a, b) {
        let speaks = |(at, rule): (usize, &&Expect)| rule.covers(&pair.name).then_some(at);
        let found = rules.iter().enumerate().find_map(speaks);
        if let Some(used) = found.and_then(|at| used.get_mut(at)) {
            *used = true;
        }
        match judge(pair, found.and_then(|at| rules.get(at).copied())) {
            Some(finding) => out.findings.push(finding),
            None => out.equal += 1,
        }
    }
    out.findings.sort_by(|x, y| {
        rank(x).cmp(&rank(y)).then_with(|| x.pair.section.cmp(&y.pair.section)).then_with(|| x.pair.name.cmp(&y.pair.name))
    });
    out.idle_rules = rules.iter().zip(&used).filter(|(_, used)| !**used).map(|(rule, _)| rule.name.clone()).collect();
    out.one_sided = one_sided(a, b);
    for side in [a, b] {
        out.unread.extend(side.unread.iter().map(|what| format!("{}: {what}", side.name)));
        out.notes.extend(side.origin.iter().chain(&side.notes).map(|note| format!("{}: {note}", side.name)));
    }
    out
}

fn one_sided(a: &Side, b: &Side) -> Vec<(String, Vec<&'static str>)> {
    let only = |x: &Side, y: &Side| {
        let filled = |s: &Section| x.items.get(s).is_some_and(|items| !items.is_empty()) || (*s == Section::File && x.files.is_some());
        let sections: Vec<&'static str> = Section::ALL.iter().filter(|s| filled(s) && !y.knows(**s)).map(|s| s.name()).collect();
        (x.name.clone(), sections)
    };
    [only(a, b), only(b, a)].into_iter().filter(|(_, sections)| !sections.is_empty()).collect()
}

/// Order of reports.
fn rank(finding: &Finding) -> (u8, std::cmp::Reverse<Risk>) {
    let kind = match finding.verdict {
        Verdict::Violated(_) => 0,
        Verdict::Unexpected => 1,
        Verdict::Declared(_) => 2,
        Verdict::Untold => 3,
        Verdict::Natural(_) => 4,
    };
    (kind, std::cmp::Reverse(finding.risk))
}

/// `None`: equal, and no rule minds.
fn judge(pair: Pair, rule: Option<&Expect>) -> Option<Finding> {
    let (risk, about) = risk_of(&pair.name);
    let verdict = match (rule.map(|r| r.must), pair.standing) {
        (_, Standing::Untold) => Verdict::Untold,
        (Some(Must::Differ), Standing::Equal) => Verdict::Violated(Must::Differ),
        (_, Standing::Equal) => return None,
        (Some(Must::Equal), _) => Verdict::Violated(Must::Equal),
        (Some(must), _) => Verdict::Declared(must),
        (None, Standing::Natural(nature)) => Verdict::Natural(nature),
        (None, Standing::Differs) => Verdict::Unexpected,
    };
    let broken = matches!(verdict, Verdict::Violated(_));
    let risk = rule.and_then(|r| r.risk).unwrap_or(if broken { risk.max(Risk::High) } else { risk });
    Some(Finding { pair, verdict, risk, about: about.to_string(), rule: rule.map(|r| (r.name.clone(), r.because.clone())) })
}

impl Pair {
    /// Whether anything in it must not be shown.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        let in_detail = match &self.detail {
            Detail::Lines(lines) => lines.iter().any(|l| l.masked),
            Detail::Elements(a, b) => a.iter().chain(b).any(|s| *s == Seen::Masked),
            Detail::None => false,
        };
        in_detail || self.a == Seen::Masked || self.b == Seen::Masked
    }
}
