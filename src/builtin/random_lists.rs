//! `random_pet`, `random_shuffle`, `random_bytes`: names of words, lists in another order, raw keys.
//!
//! Attributes and defaults are those of hashicorp/random 3.x. With a `seed` a list gets the same order from the same
//! version of envctl, though not the one that the provider gives it: its documentation promises no order across versions either.

use super::object::{count, settle, text, with};
use super::random::{base, kind};
use super::random_rules::{hold, of_bytes, of_pet, of_shuffle};
use super::state_only::StateOnly;
use crate::schema::{TypeRules, list_of, number, string};
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use petname::Petnames;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// `random_pet`
pub(super) fn pet() -> StateOnly {
    let block = base()
        .attr("length", number().optional().computed().force_new().default(Value::int(2)))
        .attr("prefix", string().optional().force_new())
        .attr("separator", string().optional().computed().force_new().default(Value::string("-")));
    let rules = TypeRules { validate: vec![of_pet], ..TypeRules::default() };
    kind("random_pet", 0, block, rules, |planned| {
        hold(planned, of_pet)?;
        let words = u8::try_from(count(planned, "length")).unwrap_or(u8::MAX);
        let separator = text(planned, "separator").unwrap_or("-");
        let name = Petnames::default().namer(words, separator).iter(&mut rand::rng()).next().unwrap_or_default();
        let name = match text(planned, "prefix").filter(|p| !p.is_empty()) {
            Some(prefix) => format!("{prefix}{separator}{name}"),
            None => name,
        };
        Ok(settle(&with(planned, [("id", Value::string(name))])))
    })
}

/// `random_shuffle`
pub(super) fn shuffle() -> StateOnly {
    let block = base()
        .attr("input", list_of(Type::String).required().force_new())
        .attr("result_count", number().optional().force_new())
        .attr("seed", string().optional().force_new())
        .attr("result", list_of(Type::String).computed());
    let rules = TypeRules { validate: vec![of_shuffle], ..TypeRules::default() };
    kind("random_shuffle", 0, block, rules, |planned| {
        hold(planned, of_shuffle)?;
        let input = planned.get("input").and_then(Value::items).unwrap_or_default();
        let wanted = match count(planned, "result_count") {
            0 => input.len(),
            n => n,
        };
        let mut random = generator(text(planned, "seed"));
        let mut result = Vec::with_capacity(wanted);
        // More than there are: one order after the other.
        while result.len() < wanted && !input.is_empty() {
            let mut order = input.to_vec();
            order.shuffle(&mut random);
            result.extend(order.into_iter().take(wanted - result.len()));
        }
        let result = Value::list(Type::String, result);
        Ok(settle(&with(planned, [("id", Value::string("-")), ("result", result)])))
    })
}

/// Seeded, or as random as the system.
pub(super) fn generator(seed: Option<&str>) -> StdRng {
    match seed.filter(|s| !s.is_empty()) {
        Some(seed) => StdRng::from_seed(Sha256::digest(seed).into()),
        None => StdRng::from_rng(&mut rand::rng()),
    }
}

/// `random_bytes`
pub(super) fn bytes() -> StateOnly {
    let block = base()
        .attr("length", number().required().force_new())
        .attr("base64", string().computed().sensitive())
        .attr("hex", string().computed().sensitive());
    let rules = TypeRules { validate: vec![of_bytes], ..TypeRules::default() };
    kind("random_bytes", 0, block, rules, |planned| {
        hold(planned, of_bytes)?;
        let mut bytes = vec![0u8; count(planned, "length")];
        rand::rng().fill_bytes(&mut bytes);
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let set = [("id", Value::string("none")), ("base64", Value::string(STANDARD.encode(&bytes))), ("hex", Value::string(hex))];
        Ok(settle(&with(planned, set)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    fn id(made: &Value) -> String {
        made.get("id").and_then(Value::as_str).unwrap().to_string()
    }

    fn results(made: &Value) -> Vec<String> {
        made.get("result").and_then(Value::items).unwrap().iter().map(|v| v.as_str().unwrap().to_string()).collect()
    }

    #[test]
    fn a_name_has_its_words() {
        for length in 1..=4 {
            let p = planned(&[("length", Value::int(length)), ("separator", Value::string("_"))]);
            let name = id(&(pet().make)(&p).unwrap());
            assert_eq!(name.split('_').filter(|w| !w.is_empty()).count(), usize::try_from(length).unwrap(), "{name}");
            assert_eq!(name, name.to_lowercase());
        }
        let p = planned(&[("length", Value::int(2)), ("separator", Value::string("-")), ("prefix", Value::string("web"))]);
        assert!(id(&(pet().make)(&p).unwrap()).starts_with("web-"));
    }

    #[test]
    fn a_list_in_another_order_has_the_same_elements() {
        let input: Vec<String> = (0..20).map(|i| format!("zone-{i:02}")).collect();
        let list = Value::list(Type::String, input.iter().map(Value::string).collect());
        let make = |more: &[(&str, Value)]| results(&(shuffle().make)(&planned(&[&[("input", list.clone())], more].concat())).unwrap());
        let mut sorted = make(&[]);
        assert_ne!(sorted, input);
        sorted.sort();
        assert_eq!(sorted, input);
        let seeded = || make(&[("seed", Value::string("s")), ("result_count", Value::int(7))]);
        assert_eq!((seeded().len(), seeded()), (7, seeded()));
        let twice = make(&[("result_count", Value::int(45))]);
        assert!(twice.len() == 45 && input.iter().all(|i| (2..=3).contains(&twice.iter().filter(|t| *t == i).count())));
        let empty = Value::list(Type::String, Vec::new());
        assert!(results(&(shuffle().make)(&planned(&[("input", empty), ("result_count", Value::int(3))])).unwrap()).is_empty());
    }

    #[test]
    fn bytes_are_spelled_twice() {
        let made = (bytes().make)(&planned(&[("length", Value::int(33))])).unwrap();
        let get = |n| made.get(n).and_then(Value::as_str).unwrap().to_string();
        let raw = STANDARD.decode(get("base64")).unwrap();
        assert_eq!((raw.len(), raw.iter().map(|b| format!("{b:02x}")).collect::<String>()), (33, get("hex")));
        assert!((bytes().make)(&planned(&[("length", Value::int(0))])).is_err());
    }
}
