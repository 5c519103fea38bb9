//! `policy`: the document of an environment, from the types it uses and from its backend.

use crate::harness::Envctl;

const TREE: &str = r#"
terraform {
  backend "s3" {
    bucket         = "states"
    key            = "stage/x.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "locks"
  }
}

variable "name" {
  default = "shop"
}

resource "aws_iam_role" "machine" {
  for_each           = toset(["a", "b"])
  name               = "${var.name}-${each.key}"
  assume_role_policy = "{}"
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

data "aws_caller_identity" "me" {}
"#;

fn project() -> Envctl {
    let envctl = Envctl::new().with_env("AWS_EC2_METADATA_DISABLED", "true");
    envctl.file("environments/stage/main.tf", TREE);
    envctl.file("environments/stage/envctl.hcl", "environment {\n  account_id = \"123456789012\"\n  region     = \"eu-central-1\"\n}\n");
    envctl
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_build_without_aws_says_so() {
    project().run(&["policy", "stage"]).expect(1).says("No AWS in this build");
}

#[test]
fn only_known_commands_have_a_policy() {
    project().run(&["policy", "stage", "-for", "fly"]).expect(1).says("plan, apply, deploy, bootstrap");
}

#[cfg(feature = "aws")]
mod with_aws {
    use super::project;
    use serde_json::Value as Json;

    /// The resources of the statement that allows an action.
    fn resources(document: &Json, action: &str) -> Vec<String> {
        let has = |s: &&Json| s["Action"].as_array().unwrap().iter().any(|a| a == action);
        let statements = document["Statement"].as_array().unwrap().iter().filter(has);
        statements.flat_map(|s| s["Resource"].as_array().unwrap()).map(|r| r.as_str().unwrap().to_string()).collect()
    }

    fn policy(args: &[&str]) -> Json {
        // Nobody answers there: the state is not read.
        let envctl = project()
            .with_env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .with_env("AWS_ACCESS_KEY_ID", "x")
            .with_env("AWS_SECRET_ACCESS_KEY", "x");
        let out = envctl.run(&[&["policy", "stage", "-json"], args].concat()).ok();
        serde_json::from_str::<Json>(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", out.text()))["policy"].clone()
    }

    #[test]
    fn types_and_backend_come_together_limited_to_their_names() {
        let apply = policy(&[]);
        let roles = ["a", "b"].map(|k| format!("arn:aws:iam::123456789012:role/shop-{k}"));
        assert_eq!(resources(&apply, "iam:CreateRole"), roles);
        assert_eq!(resources(&apply, "ec2:CreateVpc"), ["*"]);
        assert!(resources(&apply, "s3:PutObject").contains(&"arn:aws:s3:::states/stage/x.tfstate".to_string()));
        assert_eq!(resources(&apply, "dynamodb:PutItem"), ["arn:aws:dynamodb:eu-central-1:123456789012:table/locks"]);
        let plan = policy(&["-for", "plan"]);
        assert_eq!(resources(&plan, "iam:GetRole"), roles);
        assert!(resources(&plan, "iam:CreateRole").is_empty());
        let deploy = policy(&["-for", "deploy"]);
        assert!(resources(&deploy, "iam:GetRole").is_empty() && !resources(&deploy, "s3:PutObject").is_empty());
        assert_eq!(resources(&policy(&["-for", "bootstrap"]), "s3:CreateBucket"), ["arn:aws:s3:::states"]);
    }
}
