//! What AWS does and moto does not: one rule a file, each with the page that says so.

use super::answer::Answer;
use super::call::Call;
use super::context::Context;
use async_trait::async_trait;
use serde_json::{Value, json};

mod client_token;
mod client_token_filter;
mod instance_states;

/// One piece of AWS's behaviour.
#[async_trait]
pub trait Rule: Send + Sync {
    /// Its name in the settings.
    fn name(&self) -> &'static str;

    /// The page of AWS's documentation that it follows.
    fn source(&self) -> &'static str;

    /// Whether it has anything to do with this call.
    fn applies(&self, call: &Call) -> bool;

    /// Before moto sees the call: may change it, or answer in moto's place.
    async fn before(&self, _call: &mut Call, _context: &Context) -> Option<Answer> {
        None
    }

    /// After moto answered: may change the answer.
    async fn after(&self, _call: &Call, answer: Answer, _context: &Context) -> Answer {
        answer
    }
}

/// Every rule, in the order in which they see a call.
pub fn all() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(client_token::ClientToken::default()),
        Box::new(client_token_filter::ClientTokenFilter),
        Box::new(instance_states::InstanceStates),
    ]
}

/// Names and sources, for `GET /_proxy/rules`.
pub fn listing(rules: &[Box<dyn Rule>]) -> Value {
    rules
        .iter()
        .map(|rule| json!({"name": rule.name(), "source": rule.source()}))
        .collect()
}
