//! `cost { assume = { .. } }`: usage that a configuration cannot know.

use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{Scope, evaluate};
use crate::syntax::Block;
use crate::value::{Value, closest};
use bigdecimal::BigDecimal;
use std::collections::BTreeMap;

/// Usage by address and name; the environment's own has the address "".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assumed {
    usage: BTreeMap<(String, String), BigDecimal>,
    /// Where addresses stand.
    places: BTreeMap<String, Span>,
}

/// What can be assumed of an object, and of the environment.
const OF_OBJECTS: [&str; 4] = ["reads", "storage_gb", "traffic_gb", "writes"];
const OF_ENVIRONMENT: [&str; 1] = ["traffic_gb"];

/// Decodes the `cost` blocks among an environment's rules.
pub fn decode(blocks: &[Block], scope: &dyn Scope, diags: &mut Diagnostics) -> Assumed {
    let mut assumed = Assumed::default();
    for block in blocks.iter().filter(|b| b.kind.name.as_ref() == "cost") {
        for attr in block.body.attributes.iter().filter(|a| a.name.name.as_ref() != "assume") {
            let detail = format!("An argument named {:?} is not expected in a cost block.", attr.name.name);
            diags.push(Diagnostic::error("Unsupported argument", detail).at(attr.name.span).help("It has one argument: assume = { ... }"));
        }
        if let Some(inner) = block.body.blocks.first() {
            let d = Diagnostic::error("Unsupported block type", "A cost block has no blocks.").at(inner.header);
            diags.push(d.help("Write assume as an argument: assume = { traffic_gb = 100 }"));
        }
        if let Some(attr) = block.body.attribute("assume") {
            let value = evaluate(&attr.expr, scope, diags).unmark_deep().0;
            assumed.read(&value, attr.expr.span, diags);
        }
    }
    assumed
}

impl Assumed {
    fn read(&mut self, value: &Value, at: Span, diags: &mut Diagnostics) {
        let Some(members) = value.members() else {
            if value.is_wholly_known() {
                let d = Diagnostic::error("Invalid assumptions", "assume is an object: usage by address.").at(at);
                diags.push(d.help("Such as assume = { traffic_gb = 100, \"aws_s3_bucket.logs\" = { storage_gb = 50 } }"));
            }
            return;
        };
        for (name, value) in members {
            match value.members() {
                Some(usage) => {
                    self.places.insert(name.to_string(), at);
                    usage.iter().for_each(|(what, n)| self.add(name, what, n, &OF_OBJECTS, at, diags));
                }
                None => self.add("", name, value, &OF_ENVIRONMENT, at, diags),
            }
        }
    }

    fn add(&mut self, addr: &str, what: &str, value: &Value, known: &[&str], at: Span, diags: &mut Diagnostics) {
        if !known.contains(&what) {
            let near = closest(what, known.iter().copied()).map(|n| format!("Did you mean {n:?}? ")).unwrap_or_default();
            let d = Diagnostic::error("Unknown assumption", format!("Nothing is charged by {what:?}.")).at(at);
            diags.push(d.help(format!("{near}There are: {}.", known.join(", "))));
            return;
        }
        match value.as_number().filter(|n| !n.is_negative()) {
            Some(n) => drop(self.usage.insert((addr.to_string(), what.to_string()), n.decimal().clone())),
            None if value.is_unknown() => {}
            None => diags.push(Diagnostic::error("Invalid assumptions", format!("{what} is a number from 0 up.")).at(at)),
        }
    }

    /// What is assumed of an object: of this instance, or of all of its resource. Of the environment: "".
    #[must_use]
    pub fn of(&self, addr: &str, what: &str) -> Option<BigDecimal> {
        let get = |addr: &str| self.usage.get(&(addr.to_string(), what.to_string())).cloned();
        get(addr).or_else(|| get(addr.strip_suffix(']')?.rsplit_once('[')?.0))
    }

    /// Addresses of which something is assumed and that no object has.
    pub fn nobodys<'a>(&'a self, addrs: &'a [String]) -> impl Iterator<Item = (&'a str, Span)> {
        let has = |name: &str| addrs.iter().any(|a| a == name || a.strip_prefix(name).is_some_and(|rest| rest.starts_with('[')));
        self.places.iter().filter(move |(name, _)| !has(name)).map(|(name, at)| (name.as_str(), *at))
    }
}
