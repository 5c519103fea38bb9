//! Creating twice with one token creates once; with other parameters it is refused.
//!
//! <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>. moto stores the token and
//! creates again.

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, lock};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Mutex;

const OPERATIONS: &[&str] = &[
    "RunInstances",
    "CreateRouteTable",
    "CreateNetworkAcl",
    "CreateNatGateway",
    "CreateVolume",
    "CreateNetworkInterface",
    "CreateVpcEndpoint",
    "CreateEgressOnlyInternetGateway",
    "CreateLaunchTemplate",
    "CopyImage",
];

type Key = (String, String, String);
type Form = Vec<(String, String)>;

/// Remembers what each token created.
#[derive(Default)]
pub struct ClientToken {
    done: Mutex<HashMap<Key, (Form, Answer)>>,
}

fn key(call: &Call) -> Key {
    (call.region.clone(), call.operation.clone(), call.text("ClientToken").to_owned())
}

fn parameters(call: &Call) -> Form {
    let mut form = call.form.clone();
    form.sort();
    form
}

#[async_trait]
impl Rule for ClientToken {
    fn name(&self) -> &'static str {
        "client-token"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", OPERATIONS) && !call.text("ClientToken").is_empty()
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        let done = lock(&self.done);
        let (form, answer) = done.get(&key(call))?;
        if *form == parameters(call) {
            return Some(answer.clone());
        }
        let message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).";
        Some(Answer::refuse(call, "IdempotentParameterMismatch", message))
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        if answer.status.is_success() {
            lock(&self.done).insert(key(call), (parameters(call), answer.clone()));
        }
        answer
    }
}
