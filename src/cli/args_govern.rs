//! The command line of guards, policies, costs and prices.

use super::args::EnvArgs;
use crate::ops::guard::RuleName;
use clap::{Args, Subcommand};

/// `-override`, `-confirm`
#[derive(Args, Debug, Clone, Default)]
pub struct GuardArgs {
    /// Lift a rule of the environment's guards for this run; the reason is kept in the history
    #[arg(long = "override", value_name = "RULE[=WHY]", value_parser = lifted)]
    pub lift: Vec<Lifted>,
    /// Name the environment, where it is protected
    #[arg(long, value_name = "ENV")]
    pub confirm: Option<String>,
}

/// `policy`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl policy stage                                   what apply and destroy of stage need
  envctl policy stage -for plan                         for people and pipelines that only look
  envctl policy prod -for deploy > deploy.json
  aws iam create-policy --policy-name stage --policy-document \"$(envctl policy stage)\"
  envctl policy stage -check                            may these credentials do it? 1 when not, or when nobody can say

Only the state is read, where it can be. Actions are limited to ARNs where AWS allows it and names are known; account and region are those of the
environment block. The document goes to standard output, remarks to standard error. -check prints no document: it asks IAM to simulate it
for the credentials at hand, and changes nothing.")]
#[allow(missing_docs)]
pub struct PolicyArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// What will be run with it
    #[arg(long = "for", value_name = "COMMAND", default_value = "apply", value_parser = ["plan", "apply", "deploy", "bootstrap"])]
    pub purpose: String,
    /// Limit reads to names where the API can; reads then take a call an object
    #[arg(long = "without-group-reads")]
    pub without_group_reads: bool,
    /// Ask IAM whether the credentials at hand may do all of it, and say what they may not
    #[arg(long)]
    pub check: bool,
    /// Document and remarks, or the result of -check, as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `cost`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl prices update -region eu-central-1     once, and when prices may have changed
  envctl cost stage
  envctl cost stage -json

Objects are priced as they are written, and as the state knows them. Usage that no configuration knows is assumed in
the environment: cost { assume = { traffic_gb = 100, \"aws_s3_bucket.logs\" = { storage_gb = 50 } } }")]
#[allow(missing_docs)]
pub struct CostArgs {
    #[command(flatten)]
    pub env: EnvArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `prices ...`
#[derive(Subcommand, Debug)]
pub enum PricesCommand {
    /// Fetch prices, or take them from offer files
    Update(PricesUpdateArgs),
}

/// `prices update`
#[derive(Args, Debug, Clone)]
#[command(after_help = "Examples:
  envctl prices update -region eu-central-1
  envctl prices update -from AmazonEC2.json -from AmazonRDS.json

Prices are AWS's: offer files of the AWS Price List, public and large (hundreds of megabytes for EC2). What is used
of them is kept in .envctl/prices with the date of publication. ENVCTL_PRICES_URL names a mirror.")]
#[allow(missing_docs)]
pub struct PricesUpdateArgs {
    /// Offer files that were downloaded before
    #[arg(long, value_name = "FILE")]
    pub from: Vec<std::path::PathBuf>,
    /// Only this region; AWS_REGION when nothing is given
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
}

/// A rule that is lifted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    /// The rule.
    pub rule: RuleName,
    /// Why.
    pub reason: Option<String>,
}

fn lifted(text: &str) -> Result<Lifted, String> {
    let (name, reason) = text.split_once('=').map_or((text, None), |(n, r)| (n, Some(r.trim())));
    let rule = RuleName::ALL.into_iter().find(|r| r.name() == name);
    let names = || RuleName::ALL.map(RuleName::name).join(", ");
    let rule = rule.ok_or_else(|| format!("no guard has a rule {name:?}; there are: {}", names()))?;
    Ok(Lifted { rule, reason: reason.filter(|r| !r.is_empty()).map(str::to_string) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_may_follow_the_rule() {
        let bare = Lifted { rule: RuleName::Clean, reason: None };
        assert_eq!(lifted("clean").unwrap(), bare);
        assert_eq!(lifted("clean=").unwrap(), bare);
        let why = lifted("max_destroys=old = machines").unwrap();
        assert_eq!((why.rule, why.reason.as_deref()), (RuleName::MaxDestroys, Some("old = machines")));
        assert!(lifted("region").unwrap_err().contains("max_monthly_cost"));
    }
}
