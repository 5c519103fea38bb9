//! Whether somebody may do what a document lists, as a simulation of the account answers.
//!
//! Nothing is claimed beyond the answers: what depends on a condition that the simulation was given no value for, and
//! what was not answered, is neither allowed nor denied. Wildcards of the document are asked as they stand; a policy that
//! allows less than the wildcard does not match them.

use super::document::{Document, Statement};
use crate::provider::{Answer, DecidingStatement, Decision, ErrorKind, ProviderError, Question, Simulator};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};

/// Actions of one question. The API documents no limit; these keep one answer on one page of its 1,000 items.
const ACTIONS: usize = 40;
/// Resources of one question.
const RESOURCES: usize = 20;
/// Questions under way. IAM has one endpoint for everybody in the account.
const AT_ONCE: usize = 4;

/// Which region the calls of a service name.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    /// The environment's.
    pub own: Option<String>,
    /// That of the state, where it is in AWS.
    pub home: Option<String>,
}

impl Regions {
    /// IAM is called in us-east-1 (`aws:RequestedRegion` in the IAM user guide). What may lie in the environment's region or
    /// in that of the state is left open where the two differ.
    fn of(&self, service: &str) -> Option<String> {
        let own = self.own.as_ref()?;
        match service {
            "iam" if own.starts_with("cn-") || own.starts_with("us-gov-") => None,
            "iam" => Some("us-east-1".into()),
            "dynamodb" | "kms" | "s3" | "sts" if self.home.as_ref().is_some_and(|home| home != own) => None,
            _ => Some(own.clone()),
        }
    }
}

/// An action that the account refuses on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Action.
    pub action: String,
    /// Resource.
    pub resource: String,
    /// A statement denies it; otherwise none allows it.
    pub explicit: bool,
    /// The statements that decided.
    pub statements: Vec<DecidingStatement>,
    /// Policies of the organization do not allow it.
    pub organization: bool,
    /// The permissions boundary does not allow it.
    pub boundary: bool,
}

/// An action of which nothing is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Action.
    pub action: String,
    /// Resource.
    pub resource: String,
    /// Conditions that the answer depends on.
    pub missing: Vec<String>,
    /// Why.
    pub why: String,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many actions on resources are allowed.
    pub allowed: usize,
    /// Those that are not.
    pub denied: Vec<Denial>,
    /// Those of which nothing is known.
    pub unknown: Vec<Unknown>,
}

impl Checked {
    /// Whether everything that was asked is allowed.
    #[must_use]
    pub fn all_allowed(&self) -> bool {
        self.denied.is_empty() && self.unknown.is_empty()
    }

    /// How many actions on resources were asked for.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.allowed + self.denied.len() + self.unknown.len()
    }
}

/// The questions of a document: statement by statement, in portions.
#[must_use]
pub fn questions(document: &Document, regions: &Regions) -> Vec<Question> {
    let owned = |part: &[&str]| part.iter().map(ToString::to_string).collect::<Vec<_>>();
    let of = |statement: &Statement<'_>| {
        let region = regions.of(statement.service);
        let portions = statement.actions.chunks(ACTIONS).flat_map(|a| statement.resources.chunks(RESOURCES).map(move |r| (a, r)));
        portions.map(|(a, r)| Question { actions: owned(a), resources: owned(r), region: region.clone() }).collect::<Vec<_>>()
    };
    document.statements().iter().flat_map(of).collect()
}

/// Asks a few questions at once and judges the answers.
///
/// # Errors
/// When the account cannot be asked: then nothing is known of anything. A question that the service does not take is
/// no such failure, its actions are unknown.
pub async fn check(simulator: &dyn Simulator, principal: &str, questions: &[Question]) -> Result<Checked, ProviderError> {
    let asked = questions.iter().map(|q| async move { (q, simulator.ask(principal, q).await) });
    let mut stream = futures::stream::iter(asked).buffered(AT_ONCE);
    let mut checked = Checked::default();
    while let Some((question, answer)) = stream.next().await {
        match answer {
            Ok(answers) => judge(question, &answers, &mut checked),
            Err(e) if e.kind == ErrorKind::Invalid => refuse(question, &e, &mut checked),
            Err(e) => return Err(e),
        }
    }
    Ok(checked)
}

/// What the answers to a question mean, for each action on each resource of it.
pub fn judge(question: &Question, answers: &[Answer], into: &mut Checked) {
    let mut found: BTreeMap<(String, Option<&str>), Vec<&Answer>> = BTreeMap::new();
    for answer in answers {
        found.entry((answer.action.to_ascii_lowercase(), answer.resource.as_deref())).or_default().push(answer);
    }
    for action in &question.actions {
        for resource in &question.resources {
            let key = |resource| (action.to_ascii_lowercase(), resource);
            match found.get(&key(Some(resource.as_str()))) {
                Some(answers) => one(action, resource, answers, into),
                None => into.unknown.push(open(action, resource, Vec::new(), whole(found.get(&key(None))))),
            }
        }
    }
}

/// An action may be answered several times, for each kind of object that it touches: all have to allow it.
fn one(action: &str, resource: &str, answers: &[&Answer], into: &mut Checked) {
    let missing: BTreeSet<&String> = answers.iter().flat_map(|a| &a.missing).collect();
    let (sure, conditional): (Vec<&Answer>, Vec<&Answer>) = answers.iter().copied().partition(|a| a.missing.is_empty());
    let denials: Vec<&Answer> =
        sure.iter().copied().filter(|a| matches!(a.decision, Decision::ExplicitDeny | Decision::ImplicitDeny)).collect();
    let odd = answers.iter().find_map(|a| if let Decision::Other(word) = &a.decision { Some(word) } else { None });
    if !denials.is_empty() {
        let statements: BTreeSet<&DecidingStatement> = denials.iter().flat_map(|a| &a.statements).collect();
        into.denied.push(Denial {
            action: action.to_string(),
            resource: resource.to_string(),
            explicit: denials.iter().any(|a| a.decision == Decision::ExplicitDeny),
            statements: statements.into_iter().cloned().collect(),
            organization: denials.iter().any(|a| a.organization == Some(false)),
            boundary: denials.iter().any(|a| a.boundary == Some(false)),
        });
    } else if !conditional.is_empty() {
        let keys: Vec<String> = missing.into_iter().cloned().collect();
        let why = format!("its policies have conditions on {}, which a simulation is not told", keys.join(", "));
        into.unknown.push(open(action, resource, keys, why));
    } else if let Some(word) = odd {
        into.unknown.push(open(action, resource, Vec::new(), format!("the answer is {word:?}, which envctl does not know")));
    } else {
        into.allowed += 1;
    }
}

/// Why there is nothing on a resource, given what was answered on the action as a whole.
fn whole(answers: Option<&Vec<&Answer>>) -> String {
    let Some(answer) = answers.and_then(|a| a.first()) else { return "the account gave no answer for it".into() };
    let word = match &answer.decision {
        Decision::Allowed => "allowed",
        Decision::ExplicitDeny => "denied explicitly",
        Decision::ImplicitDeny => "not granted",
        Decision::Other(word) => word,
    };
    let organization = if answer.organization == Some(false) { ", by the policies of the organization" } else { "" };
    format!("the account answered for the action alone ({word}{organization}), not for this resource")
}

fn refuse(question: &Question, error: &ProviderError, into: &mut Checked) {
    for action in &question.actions {
        for resource in &question.resources {
            into.unknown.push(open(action, resource, Vec::new(), format!("the account does not take the question: {}", error.detail)));
        }
    }
}

fn open(action: &str, resource: &str, missing: Vec<String>, why: String) -> Unknown {
    Unknown { action: action.to_string(), resource: resource.to_string(), missing, why }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn question(actions: &[&str], resources: &[&str]) -> Question {
        let owned = |part: &[&str]| part.iter().map(ToString::to_string).collect();
        Question { actions: owned(actions), resources: owned(resources), region: None }
    }

    fn answer(action: &str, resource: Option<&str>, decision: Decision) -> Answer {
        let resource = resource.map(str::to_string);
        Answer {
            action: action.into(),
            resource,
            decision,
            statements: Vec::new(),
            organization: None,
            boundary: None,
            missing: Vec::new(),
        }
    }

    fn judged(question: &Question, answers: &[Answer]) -> Checked {
        let mut checked = Checked::default();
        judge(question, answers, &mut checked);
        checked
    }

    #[test]
    fn a_document_is_asked_statement_by_statement_in_portions() {
        let mut document = Document::default();
        for n in 0..45 {
            document.allow("*", &format!("ec2:Action{n:02}"));
            document.allow(format!("arn:aws:iam::1:role/r{n:02}"), "iam:GetRole");
        }
        let regions = Regions { own: Some("eu-central-1".into()), home: None };
        let all = questions(&document, &regions);
        let sizes: Vec<(usize, usize)> = all.iter().map(|q| (q.actions.len(), q.resources.len())).collect();
        assert_eq!(sizes, [(40, 1), (5, 1), (1, 20), (1, 20), (1, 5)]);
        let pairs: BTreeSet<(&String, &String)> =
            all.iter().flat_map(|q| q.actions.iter().flat_map(|a| q.resources.iter().map(move |r| (a, r)))).collect();
        assert_eq!(pairs.len(), 90, "each once");
        assert_eq!(all[0].region.as_deref(), Some("eu-central-1"));
        assert_eq!(all[2].region.as_deref(), Some("us-east-1"), "where IAM is");
        assert!(Place::default().region.is_none() && questions(&document, &Regions::default()).iter().all(|q| q.region.is_none()));
    }

    #[test]
    fn a_region_that_may_be_another_one_is_not_given() {
        let regions = |home: &str| Regions { own: Some("eu-central-1".into()), home: Some(home.into()) };
        assert_eq!(regions("eu-west-1").of("s3"), None);
        assert_eq!(regions("eu-central-1").of("s3").as_deref(), Some("eu-central-1"));
        assert_eq!(regions("eu-west-1").of("ec2").as_deref(), Some("eu-central-1"));
        assert_eq!(Regions { own: Some("cn-north-1".into()), home: None }.of("iam"), None);
    }

    #[test]
    fn denials_say_what_decided() {
        let statement = DecidingStatement { policy: "NoRoles".into(), kind: "IAM Policy".into(), line: Some(3) };
        let explicit = Answer {
            statements: vec![statement.clone(), statement.clone()],
            boundary: Some(false),
            organization: Some(true),
            ..answer("iam:CreateRole", Some("b"), Decision::ExplicitDeny)
        };
        let answers =
            [answer("IAM:createrole", Some("a"), Decision::Allowed), explicit, answer("iam:CreateRole", Some("c"), Decision::ImplicitDeny)];
        let checked = judged(&question(&["iam:CreateRole"], &["a", "b", "c"]), &answers);
        assert_eq!((checked.allowed, checked.unknown.len(), checked.asked()), (1, 0, 3));
        let [b, c] = checked.denied.as_slice() else { panic!("{checked:?}") };
        assert_eq!((b.resource.as_str(), b.explicit, b.boundary, b.organization), ("b", true, true, false));
        assert_eq!(b.statements, [statement]);
        assert_eq!((c.resource.as_str(), c.explicit, c.boundary, c.organization), ("c", false, false, false));
        assert!(!checked.all_allowed());
    }

    #[test]
    fn what_depends_on_a_condition_is_neither_allowed_nor_denied() {
        for decision in [Decision::Allowed, Decision::ImplicitDeny, Decision::ExplicitDeny] {
            let missing = vec!["aws:MultiFactorAuthPresent".to_string()];
            let answers = [Answer { missing: missing.clone(), ..answer("s3:PutObject", Some("*"), decision) }];
            let checked = judged(&question(&["s3:PutObject"], &["*"]), &answers);
            assert_eq!((checked.allowed, checked.denied.len()), (0, 0));
            assert_eq!(checked.unknown[0].missing, missing);
            assert!(checked.unknown[0].why.contains("aws:MultiFactorAuthPresent"));
        }
    }

    #[test]
    fn all_answers_for_an_action_have_to_allow_it() {
        let asked = question(&["rds:CreateDBInstance"], &["*"]);
        let say = |decision| answer("rds:CreateDBInstance", Some("*"), decision);
        assert!(judged(&asked, &[say(Decision::Allowed), say(Decision::Allowed)]).all_allowed());
        assert_eq!(judged(&asked, &[say(Decision::Allowed), say(Decision::ImplicitDeny)]).denied.len(), 1);
        assert_eq!(judged(&asked, &[say(Decision::Allowed), say(Decision::Other("maybe".into()))]).unknown.len(), 1);
    }

    #[test]
    fn what_was_not_answered_is_not_known() {
        let asked = question(&["ec2:CreateVpc", "ec2:DeleteVpc"], &["a", "b"]);
        let scp = Answer { organization: Some(false), ..answer("ec2:DeleteVpc", None, Decision::ImplicitDeny) };
        let checked = judged(&asked, &[answer("ec2:CreateVpc", Some("a"), Decision::Allowed), scp]);
        assert_eq!((checked.allowed, checked.denied.len(), checked.unknown.len()), (1, 0, 3));
        assert!(checked.unknown[0].why.contains("no answer"), "{checked:?}");
        assert!(checked.unknown[1].why.contains("organization") && !checked.all_allowed(), "{checked:?}");
    }
}
