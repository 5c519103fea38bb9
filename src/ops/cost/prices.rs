//! Prices as they are kept: by region and offer, with the date of publication.

use super::offer::Offer;
use bigdecimal::{BigDecimal, Zero};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format of kept prices.
const FORMAT: u32 = 1;

/// A price in US dollars: one, or one from each quantity on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// What one is: `Hrs`, `GB-Mo`.
    pub unit: String,
    /// From which quantity on, and the price of one.
    #[serde(with = "texts")]
    pub tiers: Vec<(BigDecimal, BigDecimal)>,
}

impl Price {
    /// What so many cost.
    #[must_use]
    pub fn of(&self, quantity: &BigDecimal) -> BigDecimal {
        let mut sum = BigDecimal::zero();
        for (i, (from, price)) in self.tiers.iter().enumerate() {
            let to = self.tiers.get(i + 1).map(|(next, _)| next.min(quantity)).unwrap_or(quantity);
            if to > from {
                sum += (to - from) * price;
            }
        }
        sum
    }
}

mod texts {
    use bigdecimal::BigDecimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(tiers: &[(BigDecimal, BigDecimal)], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(tiers.iter().map(|(from, price)| (from.to_plain_string(), price.to_plain_string())))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<(BigDecimal, BigDecimal)>, D::Error> {
        let texts: Vec<(String, String)> = Vec::deserialize(d)?;
        let number = |text: &str| text.parse::<BigDecimal>().map_err(D::Error::custom);
        texts.iter().map(|(from, price)| Ok((number(from)?, number(price)?))).collect()
    }
}

/// What one offer says of a region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    published: String,
    prices: BTreeMap<String, Price>,
}

/// A region's file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Region {
    format: u32,
    region: String,
    offers: BTreeMap<String, Kept>,
}

/// All prices that are here.
#[derive(Clone, Debug, Default)]
pub struct Prices(BTreeMap<String, Region>);

impl Prices {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there are any of a region.
    #[must_use]
    pub fn has(&self, region: &str) -> bool {
        self.0.contains_key(region)
    }

    /// Takes a region's file in.
    ///
    /// # Errors
    /// When it is none, or of a newer envctl.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        let region: Region = serde_json::from_slice(bytes).map_err(|e| format!("it holds no prices ({e})"))?;
        if region.format > FORMAT {
            return Err(format!("it has format {}, this envctl knows {FORMAT}", region.format));
        }
        self.0.insert(region.region.clone(), region);
        Ok(())
    }

    /// Takes an offer in, in place of what the same offer said before; names of the regions it has.
    pub fn update(&mut self, offer: Offer) -> Vec<String> {
        let names: Vec<String> = offer.regions.keys().cloned().collect();
        for (name, prices) in offer.regions {
            let region = self.0.entry(name.clone()).or_insert_with(|| Region { format: FORMAT, region: name, offers: BTreeMap::new() });
            region.offers.insert(offer.code.clone(), Kept { published: offer.published.clone(), prices });
        }
        names
    }

    /// The file of a region.
    #[must_use]
    pub fn file(&self, region: &str) -> Option<String> {
        serde_json::to_string_pretty(self.0.get(region)?).ok().map(|text| text + "\n")
    }

    /// A price.
    #[must_use]
    pub fn get(&self, region: &str, name: &str) -> Option<&Price> {
        self.0.get(region)?.offers.values().find_map(|o| o.prices.get(name))
    }

    /// Offers of a region with the dates of their publication.
    pub fn published(&self, region: &str) -> impl Iterator<Item = (&str, &str)> {
        let offers = self.0.get(region).into_iter().flat_map(|r| &r.offers);
        offers.map(|(code, kept)| (code.as_str(), kept.published.as_str()))
    }
}
