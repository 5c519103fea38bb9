//! Costs as text and JSON.

use super::style::Style;
use crate::ops::cost::{Cost, Estimate, HOURS, Item, Prices};
use bigdecimal::{BigDecimal, RoundingMode};
use serde_json::{Value as Json, json};

/// Widest column of words.
const WORDS: usize = 56;

/// US dollars with two places.
#[must_use]
pub fn dollars(n: &BigDecimal) -> String {
    n.with_scale_round(2, RoundingMode::HalfUp).to_plain_string()
}

/// An estimate for people.
#[must_use]
pub fn text(estimate: &Estimate, env: &str, region: &str, prices: &Prices, style: &Style) -> String {
    let mut out = style.bold(&format!("{env} a month, in US dollars ({region}, {HOURS} hours, on demand)")) + "\n";
    for cost in &estimate.objects {
        out += &format!("  {}\n", if cost.addr.is_empty() { "traffic" } else { &cost.addr });
        cost.items.iter().for_each(|i| out += &line(i, style));
    }
    let known = format!(
        "  {:<WORDS$} {:>10}\n",
        if estimate.unknown.is_empty() { "together" } else { "together, as far as prices are known" },
        dollars(&estimate.known)
    );
    out += &style.bold(&known);
    if !estimate.unknown.is_empty() {
        out += &style.alert(&format!("  A part has no known price: {}.\n", estimate.unknown.join(", ")));
    }
    if estimate.free > 0 {
        let objects = if estimate.free == 1 {
            "1 object has no price of its own".to_string()
        } else {
            format!("{} objects have no price of their own", estimate.free)
        };
        out += &style.dim(&format!("  {objects}.\n"));
    }
    let assumed = estimate.objects.iter().flat_map(|c| &c.items).any(|i| i.assumed);
    if assumed {
        out += &style.dim("  * rests on an assumption of the environment's cost block.\n");
    }
    let offers: Vec<String> = prices.published(region).map(|(code, date)| format!("{code} {}", day(date))).collect();
    out + &style.dim(&format!("  Prices as AWS published them: {}. Free tiers, discounts and taxes are not in them.\n", offers.join(", ")))
}

fn line(item: &Item, style: &Style) -> String {
    let what = format!("{}{}", item.what, if item.assumed { " *" } else { "" });
    match &item.monthly {
        Some(n) => format!("    {:<54} {:>10}\n", what, dollars(n)),
        None => style.alert(&format!("    {what:<54} {:>10}\n", "unknown")),
    }
}

/// `2026-01-02` of `2026-01-02T03:04:05Z`
fn day(date: &str) -> &str {
    date.split('T').next().unwrap_or(date)
}

/// The line of a plan; `None`: nothing in it costs anything.
#[must_use]
pub fn plan_line(before: &Estimate, after: &Estimate) -> Option<String> {
    if before.objects.is_empty() && after.objects.is_empty() {
        return None;
    }
    let (old, new) = (dollars(&before.known), dollars(&after.known));
    let change = &after.known - &before.known;
    let sign = if change.sign() == num_bigint::Sign::Minus { "" } else { "+" };
    let sum =
        if old == new { format!("{new} US dollars, unchanged") } else { format!("{old} -> {new} US dollars ({sign}{})", dollars(&change)) };
    let rest = match after.unknown.len() {
        0 => String::new(),
        1 => format!("; no price is known for a part of {}", after.unknown.join(", ")),
        n => format!("; no price is known for parts of {n} objects"),
    };
    Some(format!("Cost a month: {sum}{rest}."))
}

/// An estimate for programs.
#[must_use]
pub fn document(estimate: &Estimate, env: &str, region: &str, prices: &Prices) -> Json {
    let item = |i: &Item| json!({"what": i.what, "monthly": i.monthly.as_ref().map(dollars), "assumed": i.assumed});
    let object = |c: &Cost| json!({"address": c.addr, "items": c.items.iter().map(item).collect::<Vec<_>>()});
    let offers = offers(prices, region);
    json!({
        "format": 1, "environment": env, "region": region, "currency": "USD", "hours": HOURS,
        "known": dollars(&estimate.known), "unknown": estimate.unknown, "free": estimate.free,
        "objects": estimate.objects.iter().map(object).collect::<Vec<_>>(), "prices": offers,
    })
}

/// What a plan makes of the cost, for programs. `difference` is between the parts whose prices are known.
#[must_use]
pub fn plan_document(before: &Estimate, after: &Estimate, region: &str, prices: &Prices) -> Json {
    json!({
        "region": region, "currency": "USD", "hours": HOURS,
        "before": dollars(&before.known), "after": dollars(&after.known), "difference": dollars(&(&after.known - &before.known)),
        "unknown": {"before": before.unknown, "after": after.unknown}, "prices": offers(prices, region),
    })
}

/// Where prices come from, and when AWS published them.
fn offers(prices: &Prices, region: &str) -> Vec<Json> {
    prices.published(region).map(|(code, date)| json!({"offer": code, "published": date})).collect()
}
