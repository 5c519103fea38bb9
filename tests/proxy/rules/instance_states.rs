//! An instance passes through `pending`, `stopping`, `shutting-down`; in moto it arrives at once.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>. How long is a
//! setting: a number of descriptions, a time, or both. Meanwhile calls that need the state it is moving
//! to are refused with IncorrectInstanceState.

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Shows the state on the way.
pub struct InstanceStates;

const CHANGES: &[(&str, &str)] =
    &[("RunInstances", "pending"), ("StartInstances", "pending"), ("StopInstances", "stopping"), ("TerminateInstances", "shutting-down")];

const DESCRIBES: &[&str] = &["DescribeInstances", "DescribeInstanceStatus"];

/// The numeric code of a state.
pub fn code(state: &str) -> &'static str {
    match state {
        "pending" => "0",
        "running" => "16",
        "shutting-down" => "32",
        "terminated" => "48",
        "stopping" => "64",
        _ => "80",
    }
}

fn set_state(instance: &mut Node, element: &str, state: &str) {
    let node = instance.ensure(element);
    node.set("code", code(state));
    node.set("name", state);
}

impl InstanceStates {
    fn refused(call: &Call, context: &Context) -> Option<Answer> {
        let barred: &[&str] = match call.operation.as_str() {
            "StartInstances" => &["stopping", "shutting-down"],
            "StopInstances" => &["pending", "shutting-down"],
            "AssociateAddress" => &["pending"],
            _ => return None,
        };
        let mut ids = call.list("InstanceId");
        ids.extend(call.get("InstanceId").map(str::to_owned));
        let held = context.instances();
        let id = ids.iter().find(|id| held.peek(&call.region, id).is_some_and(|state| barred.contains(&state)))?;
        let message = format!("The instance '{id}' is not in a state from which this operation is possible.");
        Some(Answer::refuse(call, "IncorrectInstanceState", &message))
    }
}

#[async_trait]
impl Rule for InstanceStates {
    fn name(&self) -> &'static str {
        "instance-states"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", DESCRIBES)
            || call.is("ec2", &["AssociateAddress"])
            || CHANGES.iter().any(|(operation, _)| call.is("ec2", &[operation]))
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        Self::refused(call, context)
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let Some(mut tree) = answer.tree() else {
            return answer;
        };
        let settings = context.settings();
        if let Some((_, state)) = CHANGES.iter().find(|(operation, _)| *operation == call.operation) {
            let mut held = context.instances();
            for instance in tree.items("instancesSet") {
                let previous = instance.text_at("previousState/name");
                let arrived =
                    matches!((*state, previous), ("shutting-down", "terminated") | ("stopping", "stopped") | ("pending", "running"));
                if !arrived {
                    let id = instance.text_at("instanceId");
                    held.hold(&call.region, id, state, settings.instance_describes, settings.instance_ms);
                }
            }
            return answer;
        }
        let mut held = context.instances();
        for reservation in tree.items_mut("reservationSet") {
            for instance in reservation.items_mut("instancesSet") {
                if let Some(state) = held.show(&call.region, instance.text_at("instanceId")) {
                    set_state(instance, "instanceState", &state);
                }
            }
        }
        for status in tree.items_mut("instanceStatusSet") {
            if let Some(state) = held.show(&call.region, status.text_at("instanceId")) {
                set_state(status, "instanceState", &state);
            }
        }
        answer.with_tree(&tree)
    }
}
