//! Objects and prices to an estimate.

use super::assume::Assumed;
use super::prices::Prices;
use super::rules::{Charge, charges};
use crate::addr::Mode;
use crate::ops::objects::Described;
use crate::plan::Plan;
use crate::state::State;
use crate::value::{Members, Name, Value, implied_from_json};
use bigdecimal::{BigDecimal, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// An object to be priced.
#[derive(Clone, Debug)]
pub struct Priced {
    /// Address.
    pub addr: String,
    /// Type.
    pub kind: String,
    /// What is known of it.
    pub value: Value,
    /// It stands for several, nobody knows how many.
    pub uncounted: bool,
}

/// One thing that is paid for.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// In words.
    pub what: String,
    /// US dollars a month; `None`: not known.
    pub monthly: Option<BigDecimal>,
    /// Rests on an assumption of the environment.
    pub assumed: bool,
}

/// What an object costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Its address; "" for the environment's own traffic.
    pub addr: String,
    /// What it is made of.
    pub items: Vec<Item>,
}

/// What an environment costs a month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Objects that cost something.
    pub objects: Vec<Cost>,
    /// The sum of what is known.
    pub known: BigDecimal,
    /// Objects of which a part has no known price.
    pub unknown: Vec<String>,
    /// How many objects have no price of their own.
    pub free: usize,
}

/// Prices objects; `region` is where those are that name none.
#[must_use]
pub fn estimate(objects: &[Priced], region: &str, prices: &Prices, assumed: &Assumed) -> Estimate {
    let mut estimate = Estimate::default();
    for object in objects {
        let region = object.value.get("region").and_then(Value::as_str).filter(|r| !r.is_empty()).unwrap_or(region);
        match charges(&object.kind, &object.value, assumed, &object.addr) {
            None => estimate.add(&object.addr, vec![Item { what: format!("no rule for {}", object.kind), monthly: None, assumed: false }]),
            Some(all) if all.is_empty() => estimate.free += 1,
            Some(_) if object.uncounted => {
                estimate.add(&object.addr, vec![Item { what: "how many there are is not known".into(), monthly: None, assumed: false }]);
            }
            Some(all) => estimate.add(&object.addr, all.into_iter().map(|c| item(c, region, prices)).collect()),
        }
    }
    if let Some(quantity) = assumed.of("", "traffic_gb") {
        let what = format!("{} GB to the internet", quantity.normalized());
        let charge = Charge { what, price: Some("transfer/out".into()), quantity: Some(quantity), assumed: true };
        estimate.add("", vec![item(charge, region, prices)]);
    }
    estimate
}

fn item(charge: Charge, region: &str, prices: &Prices) -> Item {
    let price = charge.price.as_deref().and_then(|name| price(prices, region, name));
    let monthly = price.zip(charge.quantity.as_ref()).map(|(price, quantity)| price.of(quantity));
    Item { what: charge.what, monthly, assumed: charge.assumed }
}

/// A price; storage of databases has one for all engines where it has none for each.
fn price<'p>(prices: &'p Prices, region: &str, name: &str) -> Option<&'p super::Price> {
    prices.get(region, name).or_else(|| {
        let parts: Vec<&str> = name.split('/').collect();
        let [kind @ "rds-storage", volume, _, deployment] = parts.as_slice() else { return None };
        prices.get(region, &format!("{kind}/{volume}/Any/{deployment}"))
    })
}

impl Estimate {
    fn add(&mut self, addr: &str, items: Vec<Item>) {
        self.known += items.iter().filter_map(|i| i.monthly.clone()).fold(BigDecimal::zero(), |a, b| a + b);
        if items.iter().any(|i| i.monthly.is_none()) {
            self.unknown.push(if addr.is_empty() { "traffic to the internet".into() } else { addr.to_string() });
        }
        self.objects.push(Cost { addr: addr.to_string(), items });
    }
}

/// Objects as they are written, completed by what the state knows of them.
#[must_use]
pub fn joined(written: &[Described], state: &State) -> Vec<Priced> {
    let known: BTreeMap<String, Value> = kept(state).into_iter().map(|p| (p.addr, p.value)).collect();
    let one = |d: &Described| {
        let addr = d.addr.to_string();
        let mut members: Members = known.get(&addr).and_then(Value::members).cloned().unwrap_or_default();
        for (name, value) in d.value.members().into_iter().flatten() {
            // What is not known yet is what it was.
            if value.is_wholly_known() || !members.contains_key(name) {
                members.insert(name.clone(), value.clone());
            }
        }
        Priced { addr, kind: d.addr.resource.kind.to_string(), value: Value::object(members), uncounted: d.uncounted }
    };
    written.iter().map(one).collect()
}

/// The objects of a state.
fn kept(state: &State) -> Vec<Priced> {
    let managed = state.instances().filter(|(addr, ..)| addr.resource.mode == Mode::Managed);
    let object = managed.filter_map(|(addr, ..)| {
        let attributes = serde_json::to_value(&state.current(&addr)?.attributes).ok()?;
        let kind = addr.resource.kind.to_string();
        Some(Priced { addr: addr.to_string(), kind, value: implied_from_json(&attributes), uncounted: false })
    });
    object.collect()
}

/// Objects before and after a plan; those that a partial plan leaves out are in both. What apply will tell, and nobody
/// wrote, is AWS's default: `written` has what the configuration says.
#[must_use]
pub fn planned(plan: &Plan, written: &[Described]) -> (Vec<Priced>, Vec<Priced>) {
    let written: BTreeMap<String, &Value> = written.iter().map(|d| (d.addr.to_string(), &d.value)).collect();
    let managed = || plan.changes.iter().filter(|c| c.addr.resource.mode == Mode::Managed && c.deposed.is_none());
    let changed: BTreeSet<String> =
        managed().flat_map(|c| [Some(c.addr.to_string()), c.previous_addr.as_ref().map(ToString::to_string)]).flatten().collect();
    let priced = |c: &crate::plan::ResourceChange, value: &Option<Value>| {
        let value = value.as_ref()?.unmark_deep().0;
        Some(Priced { addr: c.addr.to_string(), kind: c.addr.resource.kind.to_string(), value, uncounted: false })
    };
    let others: Vec<Priced> = kept(&plan.refreshed_state).into_iter().filter(|p| !changed.contains(&p.addr)).collect();
    let before = managed().filter_map(|c| priced(c, &c.before)).chain(others.clone()).collect();
    let mut after: Vec<Priced> = managed().filter_map(|c| priced(c, &c.after)).collect();
    for object in &mut after {
        if let Some(written) = written.get(&object.addr) {
            object.value = with_defaults(&object.value, written);
        }
    }
    (before, after.into_iter().chain(others).collect())
}

/// The value without the unknown parts that the configuration leaves open.
pub(super) fn with_defaults(value: &Value, written: &Value) -> Value {
    let open = |name: &Name| written.get(name).is_none_or(|w| w.is_null() || w.items().is_some_and(<[Value]>::is_empty));
    let members = value.members().into_iter().flatten();
    Value::object(members.filter(|(name, v)| !(v.is_unknown() && open(name))).map(|(n, v)| (n.clone(), v.clone())).collect())
}
