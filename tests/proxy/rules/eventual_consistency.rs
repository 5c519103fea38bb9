//! What was just made is not known everywhere at once: for a while it is left out of descriptions, and calls that name
//! it are refused. moto is consistent. How long is a setting, 0 unless a test sets it.
//!
//! <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;
use std::time::{Duration, Instant};

/// Hides what is new.
#[derive(Default)]
pub struct EventualConsistency {
    seen_from: Memory<Option<Instant>>,
}

struct Kind {
    made_by: &'static str,
    /// Where the answer of that has the id.
    made: &'static str,
    described_by: &'static str,
    set: &'static str,
    id: &'static str,
    unknown: &'static str,
}

const fn kind(
    made_by: &'static str,
    made: &'static str,
    described_by: &'static str,
    set: &'static str,
    id: &'static str,
    unknown: &'static str,
) -> Kind {
    Kind { made_by, made, described_by, set, id, unknown }
}

const KINDS: &[Kind] = &[
    kind("CreateVpc", "vpc/vpcId", "DescribeVpcs", "vpcSet", "vpcId", "InvalidVpcID.NotFound"),
    kind("CreateSubnet", "subnet/subnetId", "DescribeSubnets", "subnetSet", "subnetId", "InvalidSubnetID.NotFound"),
    kind("CreateSecurityGroup", "groupId", "DescribeSecurityGroups", "securityGroupInfo", "groupId", "InvalidGroup.NotFound"),
    kind(
        "CreateInternetGateway",
        "internetGateway/internetGatewayId",
        "DescribeInternetGateways",
        "internetGatewaySet",
        "internetGatewayId",
        "InvalidInternetGatewayID.NotFound",
    ),
    kind(
        "CreateRouteTable",
        "routeTable/routeTableId",
        "DescribeRouteTables",
        "routeTableSet",
        "routeTableId",
        "InvalidRouteTableID.NotFound",
    ),
    kind("AllocateAddress", "allocationId", "DescribeAddresses", "addressesSet", "allocationId", "InvalidAllocationID.NotFound"),
    kind("RunInstances", "instancesSet", "DescribeInstances", "instancesSet", "instanceId", "InvalidInstanceID.NotFound"),
];

impl EventualConsistency {
    fn hidden(&self, region: &str, id: &str) -> bool {
        self.seen_from.get(region, id).is_some_and(|at| Instant::now() < at)
    }

    fn remember(&self, call: &Call, answer: &Answer, kind: &Kind, ms: u64) {
        let Some(tree) = answer.tree().filter(|_| ms > 0 && answer.status.is_success()) else { return };
        let from = Some(Instant::now() + Duration::from_millis(ms));
        let many = tree.items(kind.made).iter().map(|item| item.text_at(kind.id).to_owned());
        for id in many.chain([tree.text_at(kind.made).to_owned()]).filter(|id| !id.is_empty()) {
            self.seen_from.change(&call.region, &id, |at| *at = from);
        }
    }

    fn hide(&self, region: &str, kind: &Kind, tree: &mut Node) {
        let seen = |item: &Node| !self.hidden(region, item.text_at(kind.id));
        if kind.described_by != "DescribeInstances" {
            return tree.items_mut(kind.set).retain(seen);
        }
        let reservations = tree.items_mut("reservationSet");
        reservations.iter_mut().for_each(|reservation| reservation.items_mut(kind.set).retain(seen));
        reservations.retain(|reservation| !reservation.items(kind.set).is_empty());
    }
}

#[async_trait]
impl Rule for EventualConsistency {
    fn name(&self) -> &'static str {
        "eventual-consistency"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.service == "ec2"
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        let named = call.form.iter().filter(|(name, _)| !name.starts_with("Filter.")).map(|(_, value)| value);
        let id = named.into_iter().find(|value| self.hidden(&call.region, value))?;
        let prefix = id.split('-').next().unwrap_or_default();
        let of = |code: &&Kind| match prefix {
            "i" => code.made_by == "RunInstances",
            "eipalloc" => code.made_by == "AllocateAddress",
            "sg" => code.made_by == "CreateSecurityGroup",
            "igw" => code.made_by == "CreateInternetGateway",
            "rtb" => code.made_by == "CreateRouteTable",
            other => code.made_by.to_lowercase().ends_with(other),
        };
        let code = KINDS.iter().find(of).map_or("InvalidID", |kind| kind.unknown);
        Some(Answer::refuse(call, code, &format!("The ID '{id}' does not exist")))
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        if let Some(kind) = KINDS.iter().find(|kind| kind.made_by == call.operation) {
            self.remember(call, &answer, kind, context.settings().unseen_ms);
        }
        match KINDS.iter().find(|kind| kind.described_by == call.operation) {
            Some(kind) => answer.edit(|tree| self.hide(&call.region, kind, tree)),
            None => answer,
        }
    }
}
