//! Authorize* answers every rule that it made. moto answers one of them.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html>

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::call::Call;
use crate::proxy::context::Context;
use crate::proxy::xml::Node;
use async_trait::async_trait;

/// Answers what is there now and was not before.
pub struct SecurityGroupAnswers;

const ID: &str = "securityGroupRuleId";

async fn rules(call: &Call, context: &Context) -> Vec<Node> {
    let filter = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", call.text("GroupId"))];
    let tree = context.upstream.query(call, "DescribeSecurityGroupRules", &filter).await;
    tree.map_or_else(Vec::new, |tree| tree.items("securityGroupRuleSet").to_vec())
}

#[async_trait]
impl Rule for SecurityGroupAnswers {
    fn name(&self) -> &'static str {
        "security-group-answers"
    }

    fn source(&self) -> &'static str {
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html"
    }

    fn applies(&self, call: &Call) -> bool {
        call.is("ec2", &["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"])
    }

    async fn before(&self, call: &mut Call, context: &Context) -> Option<Answer> {
        let ids = rules(call, context).await.iter().map(|rule| rule.text_at(ID).to_owned()).collect();
        call.notes.insert("rules", ids);
        None
    }

    async fn after(&self, call: &Call, answer: Answer, context: &Context) -> Answer {
        let before = call.notes.get("rules").cloned().unwrap_or_default();
        let mut made = rules(call, context).await;
        made.retain(|rule| !before.iter().any(|id| id == rule.text_at(ID)));
        answer.edit(|tree| *tree.items_mut("securityGroupRuleSet") = made)
    }
}
