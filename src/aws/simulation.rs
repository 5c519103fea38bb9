//! IAM's simulation of permissions: [`Simulator`] over the clients of a configured provider.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>. It takes users and roles; a
//! session of a role is asked for by its role, whose path only `iam:GetRole` knows. Policies of sessions and of resources
//! (buckets, keys) are no part of it.

use super::clients::Aws;
use super::errors::call;
use crate::provider::{Answer, CallerIdentity, Configured, DecidingStatement, Decision, Principal, ProviderError, Question, Simulator};
use async_trait::async_trait;
use aws_sdk_iam::operation::simulate_principal_policy::builders::SimulatePrincipalPolicyFluentBuilder;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType, Statement};
use std::sync::Arc;

/// Items of a page, the most that the API gives.
const PAGE: i32 = 1000;

/// IAM with somebody's credentials.
pub struct IamSimulator(Arc<Aws>);

impl IamSimulator {
    /// Over the clients of a configured AWS provider; `None`: it is another provider's configuration.
    #[must_use]
    pub fn of(configured: &Configured) -> Option<Self> {
        configured.data.clone().downcast::<Aws>().ok().map(IamSimulator)
    }

    /// The role of a session, by its name.
    async fn role(&self, partition: &str, account: &str, name: &str) -> Principal {
        let answer = call("iam:GetRole", self.0.iam(None).get_role().role_name(name).send()).await;
        match answer.map(|a| a.role.map(|r| r.arn)) {
            Ok(Some(arn)) => Principal::Entity { arn, guessed: None },
            Ok(None) => Principal::Entity { arn: plain_role(partition, account, name), guessed: Some("iam:GetRole named no role".into()) },
            Err(e) => {
                let why = e.while_doing("Reading the role").detail;
                Principal::Entity { arn: plain_role(partition, account, name), guessed: Some(why) }
            }
        }
    }
}

fn plain_role(partition: &str, account: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:role/{name}")
}

/// What an ARN of `sts:GetCallerIdentity` stands for.
#[derive(Debug, PartialEq, Eq)]
enum Caller<'a> {
    User,
    Session { partition: &'a str, account: &'a str, role: &'a str },
    Other(String),
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
fn caller_of(arn: &str) -> Caller<'_> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, service, _, account, resource] = parts.as_slice() else {
        return Caller::Other(format!("{arn:?} is no ARN of a user or a role, and IAM simulates only these."));
    };
    match (*service, resource.split_once('/')) {
        ("iam", Some(("user", _))) => Caller::User,
        ("sts", Some(("assumed-role", rest))) => {
            let role = rest.split('/').next().unwrap_or_default();
            Caller::Session { partition, account, role }
        }
        ("sts", Some(("federated-user", _))) => Caller::Other(
            "They are a federated user's, whose permissions are those of its session; IAM simulates users and roles only.".into(),
        ),
        ("iam", None) if *resource == "root" => {
            Caller::Other("They are the root user's of the account, who has no policies that could be simulated.".into())
        }
        _ => Caller::Other(format!("{arn} is neither a user nor a role, and IAM simulates only these.")),
    }
}

/// The request of a question, without its page.
fn request(client: &aws_sdk_iam::Client, principal: &str, question: &Question) -> SimulatePrincipalPolicyFluentBuilder {
    let request = client
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(question.actions.clone()))
        .set_resource_arns(Some(question.resources.clone()))
        .max_items(PAGE);
    match &question.region {
        None => request,
        Some(region) => {
            let entry = ContextEntry::builder().context_key_name("aws:RequestedRegion").context_key_type(ContextKeyTypeEnum::String);
            request.context_entries(entry.context_key_values(region).build())
        }
    }
}

/// The answers in a result: one for each resource, where IAM tells them apart.
fn answers(question: &Question, result: &EvaluationResult) -> Vec<Answer> {
    let organization = result.organizations_decision_detail().map(|d| d.allowed_by_organizations());
    let boundary = result.permissions_boundary_decision_detail().map(|d| d.allowed_by_permissions_boundary());
    let whole = |resource: Option<String>| Answer {
        action: result.eval_action_name().to_string(),
        resource,
        decision: decision(result.eval_decision()),
        statements: statements(result.matched_statements()),
        organization,
        boundary,
        missing: result.missing_context_values().to_vec(),
    };
    let specific = result.resource_specific_results();
    if specific.is_empty() {
        // The name is that of the resource, or a pattern for its kind: one resource can be meant by nothing else.
        let named = result.eval_resource_name().filter(|name| question.resources.iter().any(|r| r == name));
        let only = if let [only] = question.resources.as_slice() { Some(only.as_str()) } else { None };
        return vec![whole(named.or(only).map(str::to_string))];
    }
    let each = specific.iter().map(|r| Answer {
        decision: decision(r.eval_resource_decision()),
        statements: statements(r.matched_statements()),
        boundary: r.permissions_boundary_decision_detail().map(|d| d.allowed_by_permissions_boundary()).or(boundary),
        missing: r.missing_context_values.clone().unwrap_or_else(|| result.missing_context_values().to_vec()),
        ..whole(Some(r.eval_resource_name().to_string()))
    });
    each.collect()
}

fn decision(word: &PolicyEvaluationDecisionType) -> Decision {
    match word {
        PolicyEvaluationDecisionType::Allowed => Decision::Allowed,
        PolicyEvaluationDecisionType::ExplicitDeny => Decision::ExplicitDeny,
        PolicyEvaluationDecisionType::ImplicitDeny => Decision::ImplicitDeny,
        other => Decision::Other(other.as_str().to_string()),
    }
}

fn statements(matched: &[Statement]) -> Vec<DecidingStatement> {
    let one = |s: &Statement| DecidingStatement {
        policy: s.source_policy_id().unwrap_or_default().to_string(),
        kind: s.source_policy_type().map(|t| t.as_str().to_string()).unwrap_or_default(),
        line: s.start_position().map(|p| p.line()).filter(|line| *line > 0),
    };
    matched.iter().map(one).collect()
}

#[async_trait]
impl Simulator for IamSimulator {
    async fn caller(&self) -> Result<CallerIdentity, ProviderError> {
        let caller = self.0.caller().await.map_err(|e| e.while_doing("Asking whose credentials these are"))?;
        let principal = match caller_of(&caller.arn) {
            Caller::User => Principal::Entity { arn: caller.arn.clone(), guessed: None },
            Caller::Session { partition, account, role } => self.role(partition, account, role).await,
            Caller::Other(why) => Principal::Other { why },
        };
        Ok(CallerIdentity { arn: caller.arn.clone(), account: caller.account.clone(), principal })
    }

    async fn ask(&self, principal: &str, question: &Question) -> Result<Vec<Answer>, ProviderError> {
        let client = self.0.iam(None);
        let mut found = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let page = request(&client, principal, question).set_marker(marker.take());
            let answer = call("iam:SimulatePrincipalPolicy", page.send()).await;
            let answer = answer.map_err(|e| e.while_doing("Simulating the permissions"))?;
            found.extend(answer.evaluation_results().iter().flat_map(|r| answers(question, r)));
            marker = answer.marker.filter(|m| answer.is_truncated && !m.is_empty());
            if marker.is_none() {
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::{
        OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, PolicySourceType, Position, ResourceSpecificResult,
    };

    fn question(resources: &[&str]) -> Question {
        let resources = resources.iter().map(ToString::to_string).collect();
        Question { actions: vec!["ec2:RunInstances".into()], resources, region: Some("eu-central-1".into()) }
    }

    fn result() -> aws_sdk_iam::types::builders::EvaluationResultBuilder {
        EvaluationResult::builder().eval_action_name("ec2:RunInstances")
    }

    #[test]
    fn callers_are_told_apart() {
        assert_eq!(caller_of("arn:aws:iam::123456789012:user/team/ann"), Caller::User);
        let session = caller_of("arn:aws-cn:sts::123456789012:assumed-role/ci/run-7");
        assert_eq!(session, Caller::Session { partition: "aws-cn", account: "123456789012", role: "ci" });
        assert_eq!(plain_role("aws-cn", "123456789012", "ci"), "arn:aws-cn:iam::123456789012:role/ci");
        for (arn, word) in [
            ("arn:aws:iam::123456789012:root", "root user"),
            ("arn:aws:sts::123456789012:federated-user/ann", "federated"),
            ("arn:aws:sts::123456789012:user/moto", "neither"),
            ("ann", "no ARN"),
            ("", "no ARN"),
        ] {
            assert!(matches!(caller_of(arn), Caller::Other(why) if why.contains(word)), "{arn}");
        }
    }

    #[test]
    fn a_question_is_asked_with_its_region() {
        let client = aws_sdk_iam::Client::from_conf(aws_sdk_iam::Config::builder().behavior_version_latest().build());
        let sent = request(&client, "arn:aws:iam::1:role/ci", &question(&["a", "b"]));
        let input = sent.as_input();
        assert_eq!(input.get_policy_source_arn().as_deref(), Some("arn:aws:iam::1:role/ci"));
        assert_eq!(input.get_action_names().as_deref(), Some(["ec2:RunInstances".to_string()].as_slice()));
        assert_eq!(input.get_resource_arns().as_deref(), Some(["a".to_string(), "b".to_string()].as_slice()));
        let context = input.get_context_entries().as_deref().unwrap();
        assert_eq!((context.len(), context[0].context_key_name()), (1, Some("aws:RequestedRegion")));
        assert_eq!(context[0].context_key_values(), ["eu-central-1"]);
        let nowhere = Question { region: None, ..question(&["*"]) };
        assert!(request(&client, "x", &nowhere).as_input().get_context_entries().is_none());
    }

    #[test]
    fn answers_are_told_apart_by_resource() {
        let denied = ResourceSpecificResult::builder()
            .eval_resource_name("b")
            .eval_resource_decision(PolicyEvaluationDecisionType::ExplicitDeny)
            .matched_statements(
                Statement::builder()
                    .source_policy_id("user_ann_NoMachines")
                    .source_policy_type(PolicySourceType::User)
                    .start_position(Position::builder().line(3).column(2).build())
                    .build(),
            )
            .permissions_boundary_decision_detail(
                PermissionsBoundaryDecisionDetail::builder().allowed_by_permissions_boundary(false).build(),
            );
        let open = ResourceSpecificResult::builder()
            .eval_resource_name("a")
            .eval_resource_decision(PolicyEvaluationDecisionType::Allowed)
            .missing_context_values("aws:SourceIp");
        let result = result()
            .eval_resource_name("arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}")
            .eval_decision(PolicyEvaluationDecisionType::ExplicitDeny)
            .organizations_decision_detail(OrganizationsDecisionDetail::builder().allowed_by_organizations(true).build())
            .resource_specific_results(open.build().unwrap())
            .resource_specific_results(denied.build().unwrap())
            .build()
            .unwrap();
        let found = answers(&question(&["a", "b"]), &result);
        let [a, b] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((a.resource.as_deref(), &a.decision, a.boundary), (Some("a"), &Decision::Allowed, None));
        assert_eq!((a.missing.as_slice(), a.organization), (["aws:SourceIp".to_string()].as_slice(), Some(true)));
        assert_eq!((b.resource.as_deref(), &b.decision, b.boundary), (Some("b"), &Decision::ExplicitDeny, Some(false)));
        let statement = DecidingStatement { policy: "user_ann_NoMachines".into(), kind: "user".into(), line: Some(3) };
        assert_eq!((b.statements.as_slice(), b.missing.len()), ([statement].as_slice(), 0));
    }

    #[test]
    fn an_answer_without_resources_is_about_the_only_one_or_the_one_it_names() {
        let of = |name: &str, asked: &[&str]| {
            let result = result().eval_resource_name(name).eval_decision(PolicyEvaluationDecisionType::from("soon")).build().unwrap();
            answers(&question(asked), &result).remove(0)
        };
        assert_eq!(of("*", &["*"]).resource.as_deref(), Some("*"));
        assert_eq!(of("arn:${Partition}:s3:::${BucketName}", &["arn:aws:s3:::x"]).resource.as_deref(), Some("arn:aws:s3:::x"));
        assert_eq!(of("b", &["a", "b"]).resource.as_deref(), Some("b"));
        assert_eq!(of("*", &["a", "b"]).resource, None);
        assert_eq!(of("*", &["*"]).decision, Decision::Other("soon".into()));
    }
}
