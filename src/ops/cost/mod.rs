//! `cost`: what an environment costs a month, from prices that AWS published.
//!
//! [`read_offer`] reduces an offer file of the AWS Price List to the prices that are used here, reading it as a stream;
//! [`Prices`] keeps them by region and offer; [`estimate`] prices objects. No price is made up: what has none is listed
//! as unknown, and usage that no configuration knows counts only where the environment assumes it, and is shown so.

mod assume;
mod estimate;
mod offer;
mod prices;
mod product;
mod rules;
#[cfg(test)]
mod tests;

pub use assume::{Assumed, decode};
pub use estimate::{Cost, Estimate, Item, Priced, estimate, joined, planned};
pub use offer::{Offer, read_offer};
pub use prices::{Price, Prices};

/// Hours of a month, as AWS's own calculators count.
pub const HOURS: u32 = 730;

/// The offers that prices come from.
pub const OFFERS: [&str; 6] = ["AmazonEC2", "AmazonRDS", "AmazonVPC", "AmazonS3", "AmazonDynamoDB", "AWSDataTransfer"];
