//! A zone says its group, its border group and whether one has to opt in. moto says neither.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AvailabilityZone.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use async_trait::async_trait;

/// Completes the zones.
pub struct AvailabilityZones;

#[async_trait]
impl Rule for AvailabilityZones {
    fn name(&self) -> &'static str {
        "availability-zones"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AvailabilityZone.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["DescribeAvailabilityZones"])
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        answer.edit(|tree| {
            for zone in tree.items_mut("availabilityZoneInfo") {
                zone.set("optInStatus", "opt-in-not-required");
                zone.set("groupName", &format!("{}-zg-1", call.region));
                zone.set("networkBorderGroup", &call.region);
            }
        })
    }
}
