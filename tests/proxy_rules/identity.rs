//! Rules about IAM. Its names are the account's, so each test has its own.

use super::World;

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

#[test]
fn a_trust_policy_has_to_be_one() {
    let world = World::new();
    let make = |name: &str, document: &str| {
        let params = [("RoleName", name), ("AssumeRolePolicyDocument", document)];
        world.aws.try_call("iam", "CreateRole", &params).map(|_| ()).map_err(|refused| refused.code)
    };
    assert_eq!(make("trust-1", "{"), Err("MalformedPolicyDocument".to_owned()));
    assert_eq!(make("trust-1", TRUST), Ok(()));
    world.disable("iam-trust-policy");
    assert_eq!(make("trust-2", "{"), Ok(()));
}

#[test]
fn a_policy_is_deleted_when_nothing_has_it() {
    let world = World::new();
    let make = |path: &str| {
        let params = [("PolicyName", "kept"), ("PolicyDocument", POLICY), ("Path", path)];
        world.aws.try_call("iam", "CreatePolicy", &params).map_err(|refused| refused.code)
    };
    let policy = make("/a/").unwrap().text_at("CreatePolicyResult/Policy/Arn").to_owned();
    assert_eq!(make("/b/").unwrap_err(), "EntityAlreadyExists");
    let arn = [("PolicyArn", policy.as_str())];
    world.aws.call("iam", "CreateRole", &[("RoleName", "keeper"), ("AssumeRolePolicyDocument", TRUST)]);
    world.aws.call("iam", "AttachRolePolicy", &[("RoleName", "keeper"), arn[0]]);
    assert_eq!(world.aws.refusal("iam", "DeletePolicy", &arn), "DeleteConflict");
    world.aws.call("iam", "DetachRolePolicy", &[("RoleName", "keeper"), arn[0]]);
    world.aws.call("iam", "CreatePolicyVersion", &[arn[0], ("PolicyDocument", POLICY), ("SetAsDefault", "true")]);
    assert_eq!(world.aws.refusal("iam", "DeletePolicy", &arn), "DeleteConflict");
    world.aws.call("iam", "DeletePolicyVersion", &[arn[0], ("VersionId", "v1")]);
    world.aws.call("iam", "DeletePolicy", &arn);
    let policy = make("/a/").unwrap().text_at("CreatePolicyResult/Policy/Arn").to_owned();
    world.aws.call("iam", "AttachRolePolicy", &[("RoleName", "keeper"), ("PolicyArn", &policy)]);
    world.disable("iam-policies");
    make("/b/").unwrap();
    world.aws.call("iam", "DeletePolicy", &[("PolicyArn", &policy)]);
}

#[test]
fn tags_of_a_profile_are_listed() {
    let world = World::new();
    let tags = [("Tags.member.1.Key", "Name"), ("Tags.member.1.Value", "web")];
    world.aws.call("iam", "CreateInstanceProfile", &[("InstanceProfileName", "tagged"), tags[0], tags[1]]);
    let list = || world.aws.try_call("iam", "ListInstanceProfileTags", &[("InstanceProfileName", "tagged")]);
    assert_eq!(list().unwrap().text_at("ListInstanceProfileTagsResult/Tags/member/Value"), "web");
    world.disable("iam-profile-tags");
    assert_eq!(list().unwrap_err().status, 500);
}

#[test]
fn credentials_for_services_are_listed() {
    let world = World::new();
    world.aws.call("iam", "CreateUser", &[("UserName", "plain")]);
    let list = |name: &str| world.aws.try_call("iam", "ListServiceSpecificCredentials", &[("UserName", name)]);
    assert!(list("plain").unwrap().items("ListServiceSpecificCredentialsResult/ServiceSpecificCredentials").is_empty());
    assert_eq!(list("nobody").unwrap_err().code, "NoSuchEntity");
    world.disable("iam-service-credentials");
    assert_eq!(list("plain").unwrap_err().status, 500);
}
