//! What an account says its own policies allow: questions to a simulation of permissions, and its answers.
//!
//! Plain data, in the words of IAM's answers. What follows from them, `ops::policy` decides.

use super::ProviderError;
use async_trait::async_trait;

/// Whose permissions can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user or a role.
    Entity {
        /// The ARN of what the policies are attached to.
        arn: String,
        /// A role whose path could not be looked up, so that its ARN is taken to have none; why.
        guessed: Option<String>,
    },
    /// Credentials that belong to neither.
    Other {
        /// What they are, and why nothing can be asked.
        why: String,
    },
}

/// Whose credentials these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// As the service says: a user, a role with its session, a root user.
    pub arn: String,
    /// Account.
    pub account: String,
    /// Whose policies count.
    pub principal: Principal,
}

/// Each action on each resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// `ec2:RunInstances`
    pub actions: Vec<String>,
    /// ARNs, or `*` alone.
    pub resources: Vec<String>,
    /// The region that the calls will name, where it is known.
    pub region: Option<String>,
}

/// What came out for an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
    /// A word that is not known here.
    Other(String),
}

/// A statement that decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecidingStatement {
    /// Its policy.
    pub policy: String,
    /// Kind of the policy, in the service's words; empty: not said.
    pub kind: String,
    /// The line where it begins.
    pub line: Option<i32>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Action.
    pub action: String,
    /// The resource of the question; `None`: it is about the action as a whole.
    pub resource: Option<String>,
    /// What came out.
    pub decision: Decision,
    /// Which statements decided.
    pub statements: Vec<DecidingStatement>,
    /// Whether the policies of the organization allow it, where the service says so.
    pub organization: Option<bool>,
    /// Whether the permissions boundary allows it, where there is one.
    pub boundary: Option<bool>,
    /// Conditions of the policies that the simulation had no value for.
    pub missing: Vec<String>,
}

/// A service that simulates permissions, reached with credentials.
#[async_trait]
pub trait Simulator: Send + Sync {
    /// Whose credentials these are.
    async fn caller(&self) -> Result<CallerIdentity, ProviderError>;
    /// What the policies of `principal` (its ARN) answer. `Denied`: the caller may not simulate; `NotFound`: there is no
    /// such principal; `Invalid`: the service does not take this question.
    async fn ask(&self, principal: &str, question: &Question) -> Result<Vec<Answer>, ProviderError>;
}
