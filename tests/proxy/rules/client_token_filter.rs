//! DescribeInstances can be filtered by `client-token`; moto answers 500.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

const NOTE: &str = "client-token";

/// Filters moto's answer itself.
pub struct ClientTokenFilter;

#[async_trait]
impl Rule for ClientTokenFilter {
    fn name(&self) -> &'static str {
        "client-token-filter"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["DescribeInstances"]) && call.filters().iter().any(|(name, _)| name == NOTE)
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        if let Some(tokens) = call.take_filter(NOTE) {
            call.notes.insert(NOTE, tokens);
        }
        None
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        let wanted = call.notes.get(NOTE).cloned().unwrap_or_default();
        answer.edit(|tree| {
            let reservations = tree.items_mut("reservationSet");
            for reservation in reservations.iter_mut() {
                reservation
                    .items_mut("instancesSet")
                    .retain(|instance| wanted.iter().any(|token| token == instance.text_at("clientToken")));
            }
            reservations.retain(|reservation| !reservation.items("instancesSet").is_empty());
        })
    }
}
