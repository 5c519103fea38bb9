//! States that pass: the emulator is done at once, AWS takes its time and shows it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What is still seen of each object, by region and id.
#[derive(Debug, Default)]
pub struct Transitions {
    held: HashMap<(String, String), Held>,
}

#[derive(Clone, Debug)]
struct Held {
    state: String,
    describes: u32,
    until: Instant,
}

impl Transitions {
    /// From now on `state` is shown, for a number of descriptions and a time.
    pub fn hold(&mut self, region: &str, id: &str, state: &str, describes: u32, ms: u64) {
        let key = (region.to_owned(), id.to_owned());
        let until = Instant::now() + Duration::from_millis(ms);
        if describes == 0 && ms == 0 {
            self.held.remove(&key);
        } else {
            self.held.insert(key, Held { state: state.to_owned(), describes, until });
        }
    }

    /// The state to show, without counting.
    pub fn peek(&self, region: &str, id: &str) -> Option<&str> {
        let held = self.held.get(&(region.to_owned(), id.to_owned()))?;
        (held.describes > 0 || Instant::now() < held.until).then_some(held.state.as_str())
    }

    /// The state to show in a description, counting it.
    pub fn show(&mut self, region: &str, id: &str) -> Option<String> {
        let state = self.peek(region, id).map(str::to_owned);
        let key = (region.to_owned(), id.to_owned());
        match &state {
            Some(_) => {
                if let Some(held) = self.held.get_mut(&key) {
                    held.describes = held.describes.saturating_sub(1);
                }
            }
            None => {
                self.held.remove(&key);
            }
        }
        state
    }

    /// Ids held in a state.
    pub fn ids(&self, region: &str, state: &str) -> Vec<String> {
        let here = self.held.keys().filter(|(held, _)| held == region);
        here.filter(|(_, id)| self.peek(region, id) == Some(state)).map(|(_, id)| id.clone()).collect()
    }
}
