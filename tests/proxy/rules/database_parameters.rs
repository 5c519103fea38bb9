//! A parameter group knows which of its parameters were set by its owner, and gives them back to their defaults.
//! moto has only the ones that were set, without a source, and no ResetDBParameterGroup.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ResetDBParameterGroup.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::{Context, Memory};
use crate::proxy::xml::Node;
use async_trait::async_trait;
use std::collections::BTreeSet;

/// Remembers what was reset.
#[derive(Default)]
pub struct DatabaseParameters {
    reset: Memory<BTreeSet<String>>,
}

/// Names of the parameters of a call.
fn named(call: &Call) -> Vec<String> {
    let is_name = |key: &str| key.starts_with("Parameters.") && key.ends_with(".ParameterName");
    call.form.iter().filter(|(key, _)| is_name(key)).map(|(_, name)| name.clone()).collect()
}

#[async_trait]
impl Rule for DatabaseParameters {
    fn name(&self) -> &'static str {
        "database-parameters"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ResetDBParameterGroup.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("rds", &["DeleteDBParameterGroup", "DescribeDBParameters", "ModifyDBParameterGroup", "ResetDBParameterGroup"])
    }

    async fn before(&self, call: &mut Call, _context: &Context) -> Option<Answer> {
        let group = call.text("DBParameterGroupName").to_owned();
        let names = named(call);
        match call.operation.as_str() {
            "ResetDBParameterGroup" => {
                self.reset.change(&call.region, &group, |reset| reset.extend(names));
                let result = Node::with("ResetDBParameterGroupResult", vec![Node::leaf("DBParameterGroupName", &group)]);
                Some(Answer::xml(&Node::with("ResetDBParameterGroupResponse", vec![result])))
            }
            "ModifyDBParameterGroup" => {
                self.reset.change(&call.region, &group, |reset| reset.retain(|name| !names.contains(name)));
                None
            }
            "DeleteDBParameterGroup" => {
                self.reset.forget(&call.region, &group);
                None
            }
            _ => None,
        }
    }

    async fn after(&self, call: &Call, answer: Answer, _context: &Context) -> Answer {
        if call.operation != "DescribeDBParameters" {
            return answer;
        }
        let reset = self.reset.get(&call.region, call.text("DBParameterGroupName"));
        answer.edit(|tree| {
            let parameters = tree.items_mut("DescribeDBParametersResult/Parameters");
            parameters.retain(|parameter| !reset.contains(parameter.text_at("ParameterName")));
            parameters.iter_mut().for_each(|parameter| parameter.set("Source", "user"));
        })
    }
}
