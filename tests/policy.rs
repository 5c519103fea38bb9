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
    project().run(&["policy", "stage", "-check"]).expect(1).says("No AWS in this build");
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

/// `-check` up to the simulation, which no emulator has: what is asked and with whose name, and that nothing is claimed
/// where there is no answer.
#[cfg(feature = "aws")]
mod checked {
    use super::TREE;
    use crate::harness::{Envctl, Moto, Proxy};
    use serde_json::{Value as Json, json};

    const SIMULATE: &str = "iam/SimulatePrincipalPolicy";

    struct World {
        proxy: Proxy,
    }

    impl World {
        fn new() -> Self {
            World { proxy: Proxy::start(Moto::shared()).without_delays() }
        }

        /// The environment, with the credentials of an access key.
        fn with(&self, key: &str) -> Envctl {
            let envctl = Envctl::new().with_aws(&self.proxy, "eu-central-1").with_env("ENVCTL_WAIT_SCALE", "0.01");
            envctl.file("environments/stage/main.tf", TREE);
            envctl.file("environments/stage/envctl.hcl", "environment {\n  account_id = \"123456789012\"\n}\n");
            envctl.with_env("AWS_ACCESS_KEY_ID", key)
        }

        /// A user's access key.
        fn user(&self, name: &str) -> String {
            let iam = self.proxy.aws("us-east-1");
            iam.call("iam", "CreateUser", &[("UserName", name), ("Path", "/team/")]);
            let made = iam.call("iam", "CreateAccessKey", &[("UserName", name)]);
            made.text_at("AccessKey/AccessKeyId").to_string()
        }

        /// The access key of a session of a role with a path.
        fn session(&self, name: &str) -> String {
            let aws = self.proxy.aws("us-east-1");
            aws.call("iam", "CreateRole", &[("RoleName", name), ("Path", "/team/"), ("AssumeRolePolicyDocument", TRUST)]);
            let arn = format!("arn:aws:iam::123456789012:role/team/{name}");
            let made = aws.call("sts", "AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", "run")]);
            made.text_at("Credentials/AccessKeyId").to_string()
        }

        /// The simulation is answered with an error code, where the question is about this.
        fn refuse(&self, code: &str, about: &str) {
            self.proxy.fault(json!({"operation": SIMULATE, "action": "code", "code": code, "message": "no", "about": about}));
        }
    }

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}"#;

    #[test]
    fn without_an_answer_nothing_is_claimed() {
        let world = World::new();
        let envctl = world.with(&world.user("check-500"));
        let out = envctl.run(&["policy", "stage", "-check"]).expect(1).says("The permissions could not be checked");
        let out = out.says("Nothing is known of any permission").never_says("denied (").never_says("allowed");
        assert!(out.stdout.is_empty(), "{}", out.text());
        assert!(world.proxy.calls(SIMULATE) > 0);
        let out = envctl.run(&["policy", "stage", "-check", "-json"]).expect(1);
        let document: Json = serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", out.text()));
        assert_eq!(document["simulated"], false);
        assert!(document.get("all_allowed").is_none() && document["why"][0].as_str().unwrap().contains("could not be checked"));
    }

    #[test]
    fn who_may_not_simulate_is_told_which_permission_is_missing() {
        let world = World::new();
        let envctl = world.with(&world.user("check-denied"));
        world.refuse("AccessDenied", "user%2Fteam%2Fcheck-denied");
        let out = envctl.run(&["policy", "stage", "-check"]).expect(1).says("AccessDenied").says("iam:SimulatePrincipalPolicy");
        out.says("Nothing is known of any permission").never_says("denied (");
    }

    #[test]
    fn a_session_is_asked_for_by_its_role_with_its_path() {
        let world = World::new();
        let key = world.session("check-role");
        world.refuse("AccessDenied", "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fteam%2Fcheck-role&");
        world.with(&key).run(&["policy", "stage", "-check"]).expect(1).says("AccessDenied");
        assert_eq!(world.proxy.calls("iam/GetRole"), 1);
    }

    #[test]
    fn a_role_whose_path_nobody_may_read_is_said_to_be_the_reason() {
        let world = World::new();
        let key = world.session("check-hidden");
        world.proxy.fault(json!({"operation": "iam/GetRole", "action": "code", "code": "AccessDenied", "message": "no"}));
        world.refuse("NoSuchEntity", "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fcheck-hidden&");
        let out = world.with(&key).run(&["policy", "stage", "-check"]).expect(1).says("NoSuchEntity");
        out.says("role/check-hidden").says("iam:GetRole").says("path");
    }

    #[test]
    fn questions_that_iam_does_not_take_leave_open_what_they_are_about() {
        let world = World::new();
        let envctl = world.with(&world.user("check-invalid"));
        world.refuse("InvalidInput", "check-invalid");
        let out = envctl.run(&["policy", "stage", "-check", "-json", "-for", "plan"]).expect(1);
        let document: Json = serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", out.text()));
        assert_eq!((document["allowed"].as_u64(), document["denied"].as_array().unwrap().len()), (Some(0), 0));
        let unknown = document["unknown"].as_array().unwrap();
        assert_eq!(document["asked"].as_u64(), Some(unknown.len() as u64));
        let about = |action: &str, resource: &str| unknown.iter().any(|u| u["action"] == action && u["resource"] == resource);
        assert!(about("iam:GetRole", "arn:aws:iam::123456789012:role/shop-a") && about("ec2:DescribeVpcs", "*"), "{document:#}");
        assert!(!about("iam:CreateRole", "arn:aws:iam::123456789012:role/shop-a"), "only what a plan needs");
        assert!(unknown[0]["why"].as_str().unwrap().contains("InvalidInput"));
        assert!(document["notes"][0].as_str().unwrap().contains("The state could not be read"), "there is no such bucket: {document:#}");
        envctl.run(&["policy", "stage", "-check"]).expect(1).says("not known (").says("0 of ");
    }

    #[test]
    fn credentials_of_nobody_with_policies_are_refused() {
        let world = World::new();
        let out = world.with("test").run(&["policy", "stage", "-check"]).expect(1).says("These credentials cannot be simulated");
        out.says("neither a user nor a role");
        assert_eq!(world.proxy.calls(SIMULATE), 0);
    }

    #[test]
    fn another_account_is_not_asked() {
        let world = World::new();
        let envctl = world.with(&world.user("check-account"));
        envctl.file("environments/stage/envctl.hcl", "environment {\n  account_id = \"999999999999\"\n}\n");
        envctl.run(&["policy", "stage", "-check"]).expect(1).says("Wrong account");
        assert_eq!(world.proxy.calls(SIMULATE), 0);
    }
}
