//! Random text under the constraints of `random_string` and `random_password`.

use super::object::{count, flag, text};
use super::random_rules::{hold, of_text};
use crate::provider::{ErrorKind, ProviderError};
use crate::value::Value;
use rand::RngExt;
use rand::seq::SliceRandom;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMERIC: &str = "0123456789";
/// The random provider's documented default of `override_special`.
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// Text of `length` characters that holds the minima of each class.
pub(super) fn generate(planned: &Value) -> Result<String, ProviderError> {
    hold(planned, of_text)?;
    let special = text(planned, "override_special").filter(|s| !s.is_empty()).unwrap_or(SPECIAL);
    let numeric = flag(planned, "numeric", flag(planned, "number", true));
    let classes = [
        (flag(planned, "lower", true), count(planned, "min_lower"), LOWER),
        (flag(planned, "upper", true), count(planned, "min_upper"), UPPER),
        (numeric, count(planned, "min_numeric"), NUMERIC),
        (flag(planned, "special", true), count(planned, "min_special"), special),
    ];
    let length = count(planned, "length");
    let all: Vec<char> = classes.iter().filter(|(on, ..)| *on).flat_map(|(.., set)| set.chars()).collect();
    let minima: usize = classes.iter().map(|(_, min, _)| min).sum();
    if all.is_empty() || minima > length {
        let why = if all.is_empty() { "every class of characters is switched off" } else { "the minima add up to more than length" };
        let detail = format!("No text of {length} characters can be made: {why}.");
        return Err(ProviderError::new(ErrorKind::Invalid, "Random text is not possible", detail).at("length"));
    }
    let mut chars: Vec<char> = Vec::with_capacity(length);
    for (_, min, set) in classes {
        let set: Vec<char> = set.chars().collect();
        chars.extend(pick(&set, min));
    }
    chars.extend(pick(&all, length - minima));
    chars.shuffle(&mut rand::rng());
    Ok(chars.into_iter().collect())
}

fn pick(set: &[char], n: usize) -> Vec<char> {
    let mut rng = rand::rng();
    (0..n).filter_map(|_| set.get(rng.random_range(0..set.len().max(1))).copied()).collect()
}
