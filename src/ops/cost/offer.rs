//! Offer files of the AWS Price List (JSON), read as a stream: some have hundreds of megabytes.
//!
//! Format: AWS Billing, "Reading the service price list file for an AWS service".

use super::prices::Price;
use super::product::Product;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Read;

/// What an offer file says, reduced to what is used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// `AmazonEC2`
    pub code: String,
    /// When AWS published it.
    pub published: String,
    /// Prices by region and name.
    pub regions: BTreeMap<String, BTreeMap<String, Price>>,
}

/// Reads an offer file. `region` limits it to one region.
///
/// # Errors
/// When it is no offer file, or breaks off.
pub fn read_offer(reader: impl Read, region: Option<&str>) -> Result<Offer, String> {
    let mut state = Reading { region, offer: Offer::default(), wanted: HashMap::new(), unclear: Vec::new(), products: false, terms: false };
    let mut stream = serde_json::Deserializer::from_reader(std::io::BufReader::with_capacity(1 << 16, reader));
    stream.deserialize_map(Top(&mut state)).and_then(|()| stream.end()).map_err(|e| format!("it cannot be read ({e})"))?;
    if !state.products || !state.terms || state.offer.code.is_empty() || state.offer.published.is_empty() {
        return Err("it is no offer file of the AWS Price List: offerCode, publicationDate, products and terms are expected".into());
    }
    for (region, name) in state.unclear {
        // Two prices for what seems to be the same: neither is taken.
        state.offer.regions.get_mut(&region).map(|prices| prices.remove(&name));
    }
    Ok(state.offer)
}

struct Reading<'a> {
    region: Option<&'a str>,
    offer: Offer,
    /// Region and name by SKU.
    wanted: HashMap<String, (String, String)>,
    unclear: Vec<(String, String)>,
    products: bool,
    terms: bool,
}

/// Visits an object by calling a function for each key.
macro_rules! object {
    ($name:ident, $what:literal, |$state:ident, $key:ident, $map:ident| $body:expr) => {
        struct $name<'s, 'a>(&'s mut Reading<'a>);

        impl<'de> Visitor<'de> for $name<'_, '_> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($what)
            }

            fn visit_map<M: MapAccess<'de>>(self, mut $map: M) -> Result<(), M::Error> {
                let $state = self.0;
                while let Some($key) = $map.next_key::<String>()? {
                    $body
                }
                Ok(())
            }
        }

        impl<'de> DeserializeSeed<'de> for $name<'_, '_> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_map(self)
            }
        }
    };
}

object!(Top, "an offer file", |state, key, map| match key.as_str() {
    "offerCode" => state.offer.code = map.next_value()?,
    "publicationDate" => state.offer.published = map.next_value()?,
    "products" => {
        state.products = true;
        map.next_value_seed(Products(state))?;
    }
    "terms" if !state.products => return Err(M::Error::custom("terms stand before products")),
    "terms" => {
        state.terms = true;
        map.next_value_seed(Terms(state))?;
    }
    _ => drop(map.next_value::<IgnoredAny>()?),
});

object!(Products, "products by SKU", |state, sku, map| {
    let product: Product = map.next_value()?;
    if let Some((region, name)) = product.key().filter(|(region, _)| state.region.is_none_or(|r| r == region)) {
        state.wanted.insert(sku, (region, name));
    }
});

object!(Terms, "terms by type", |state, kind, map| match kind.as_str() {
    "OnDemand" => map.next_value_seed(OnDemand(state))?,
    _ => drop(map.next_value::<IgnoredAny>()?),
});

object!(OnDemand, "terms by SKU", |state, sku, map| match state.wanted.get(&sku).cloned() {
    None => drop(map.next_value::<IgnoredAny>()?),
    Some((region, name)) => {
        let terms: BTreeMap<String, Term> = map.next_value()?;
        let Some(price) = terms.into_values().next().and_then(Term::price) else { continue };
        let prices = state.offer.regions.entry(region.clone()).or_default();
        match prices.get(&name) {
            Some(other) if *other != price => state.unclear.push((region, name)),
            _ => drop(prices.insert(name, price)),
        }
    }
});

#[derive(Deserialize)]
struct Term {
    #[serde(rename = "priceDimensions")]
    dimensions: BTreeMap<String, Dimension>,
}

#[derive(Deserialize)]
struct Dimension {
    #[serde(default)]
    unit: String,
    #[serde(default, rename = "beginRange")]
    begin: String,
    #[serde(rename = "pricePerUnit")]
    price: BTreeMap<String, String>,
}

impl Term {
    /// The tiers in US dollars; `None` where one has no such price.
    fn price(self) -> Option<Price> {
        let unit = self.dimensions.values().next()?.unit.clone();
        let tier = |d: &Dimension| {
            let begin = if d.begin.is_empty() { "0" } else { &d.begin };
            Some((begin.parse().ok()?, d.price.get("USD")?.parse().ok()?))
        };
        let mut tiers: Vec<_> = self.dimensions.values().map(tier).collect::<Option<_>>()?;
        tiers.sort();
        Some(Price { unit, tiers })
    }
}
