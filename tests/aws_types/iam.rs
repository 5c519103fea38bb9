//! Roles, policies, profiles: what an instance may do.

use super::world::World;
use serde_json::json;

fn trust(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
        .to_string()
}

fn allow(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}).to_string()
}

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

#[tokio::test(flavor = "multi_thread")]
async fn role() {
    let w = World::configured("eu-west-1", json!({"default_tags": [{"tags": {"env": "test"}}]})).await;
    let base = json!({"name_prefix": "web-", "assume_role_policy": trust("ec2.amazonaws.com"), "description": "one", "path": "/app/", "tags": {"Name": "web"}});
    let mut role = w.create("aws_iam_role", base.clone()).await;
    assert!(role.id().starts_with("web-") && role.str("name_prefix") == "web-");
    assert!(role.str("arn").ends_with(&format!(":role/app/{}", role.id())));
    assert_eq!(envctl::aws::shape::string_map(role.get("tags_all")).len(), 2);
    w.locate(&role).await;
    let imported = w.import(&role, role.id()).await;
    assert_eq!(imported.attributes.get("max_session_duration"), role.object.attributes.get("max_session_duration"));
    // The same meaning, written differently, is no change.
    let spaced = trust("ec2.amazonaws.com").replace(':', ": ").replace("sts: ", "sts:");
    let mut same = base.clone();
    same["assume_role_policy"] = json!(spaced);
    assert!(w.unchanged(&role, same));
    let changed = json!({
        "name_prefix": "web-", "path": "/app/", "assume_role_policy": trust("lambda.amazonaws.com"), "max_session_duration": 7200,
        "permissions_boundary": READ_ONLY, "tags": {"Owner": "me"}, "managed_policy_arns": [READ_ONLY], "inline_policy": [{"name": "in", "policy": allow("s3:GetObject")}],
    });
    w.update(&mut role, changed).await;
    assert_eq!(role.str("permissions_boundary"), READ_ONLY);
    assert!(role.str("assume_role_policy").contains("lambda"));
    let emptied = json!({"name_prefix": "web-", "path": "/app/", "assume_role_policy": trust("lambda.amazonaws.com"), "managed_policy_arns": [], "inline_policy": [{}]});
    w.update(&mut role, emptied).await;
    let left = w.hand().call("iam", "ListRolePolicies", &[("RoleName", role.id())]);
    assert!(left.items("PolicyNames").is_empty(), "{left:?}");
    assert_eq!(w.replaces(&role, json!({"name": "other", "path": "/app/", "assume_role_policy": trust("ec2.amazonaws.com")})), ["name"]);
    w.delete(role).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn role_with_all_its_policies_is_deleted_by_force() {
    let w = World::new("eu-west-2").await;
    let role = w
        .create("aws_iam_role", json!({"name": "forced", "assume_role_policy": trust("ec2.amazonaws.com"), "force_detach_policies": true}))
        .await;
    w.hand().call("iam", "AttachRolePolicy", &[("RoleName", "forced"), ("PolicyArn", READ_ONLY)]);
    w.hand().call("iam", "PutRolePolicy", &[("RoleName", "forced"), ("PolicyName", "p"), ("PolicyDocument", &allow("ec2:*"))]);
    w.delete(role).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn role_policy() {
    let w = World::new("eu-west-3").await;
    let role = w.create("aws_iam_role", json!({"name": "r-policy", "assume_role_policy": trust("ec2.amazonaws.com")})).await;
    let mut policy =
        w.create("aws_iam_role_policy", json!({"name": "logs", "role": role.id(), "policy": allow("logs:PutLogEvents")})).await;
    assert_eq!(policy.id(), "r-policy:logs");
    assert!(policy.str("policy").starts_with(r#"{"Version":"#));
    w.locate(&policy).await;
    w.import(&policy, "r-policy:logs").await;
    // The role's computed blocks follow and plan nothing.
    let mut seen = role.clone();
    w.refresh(&mut seen).await;
    w.check(&seen).await;
    w.update(&mut policy, json!({"name": "logs", "role": role.id(), "policy": allow("logs:*")})).await;
    assert_eq!(w.replaces(&policy, json!({"name": "logs", "role": "other", "policy": allow("logs:*")})), ["role"]);
    assert!(w.complaints("aws_iam_role_policy", json!({"role": "arn:aws:iam::1:role/x", "policy": "{"})).len() == 2);
    let generated = w.create("aws_iam_role_policy", json!({"name_prefix": "p-", "role": role.id(), "policy": allow("s3:*")})).await;
    w.locate(&generated).await;
    w.delete(generated).await;
    w.delete(policy).await;
    w.delete(role).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_keeps_at_most_five_versions() {
    let w = World::new("eu-central-1").await;
    let config = |action: &str, owner: &str| json!({"name": "versions", "path": "/app/", "description": "d", "policy": allow(action), "tags": {"Owner": owner}});
    let mut policy = w.create("aws_iam_policy", config("s3:Get0", "a")).await;
    assert!(policy.id().ends_with(":policy/app/versions"));
    w.locate(&policy).await;
    w.import(&policy, policy.id()).await;
    for n in 1..=6 {
        w.update(&mut policy, config(&format!("s3:Get{n}"), "b")).await;
    }
    let versions = w.hand().call("iam", "ListPolicyVersions", &[("PolicyArn", policy.id())]);
    assert_eq!(versions.items("Versions").len(), 5);
    assert!(policy.str("policy").contains("s3:Get6"));
    assert_eq!(
        w.replaces(&policy, json!({"name": "versions", "path": "/app/", "description": "e", "policy": allow("s3:Get6")})),
        ["description"]
    );
    w.delete(policy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_of_a_role_are_read_together() {
    let w = World::new("eu-north-1").await;
    let role = w.create("aws_iam_role", json!({"name": "attached", "assume_role_policy": trust("ec2.amazonaws.com")})).await;
    let policy = w.create("aws_iam_policy", json!({"name": "attached", "policy": allow("s3:*")})).await;
    let own = w.create("aws_iam_role_policy_attachment", json!({"role": role.id(), "policy_arn": policy.id()})).await;
    let other = w.create("aws_iam_role_policy_attachment", json!({"role": role.id(), "policy_arn": READ_ONLY})).await;
    assert_eq!(own.id(), format!("attached/{}", policy.id()));
    w.locate(&own).await;
    w.import(&own, &format!("attached/{}", policy.id())).await;
    w.proxy.reset_stats();
    w.read(&own).await;
    assert_eq!(w.proxy.calls("iam/ListAttachedRolePolicies"), 1);
    assert_eq!(w.replaces(&own, json!({"role": "else", "policy_arn": policy.id()})), ["role"]);
    w.delete(other).await;
    w.delete(own).await;
    w.delete(policy).await;
    w.delete(role).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user_policy_attachment() {
    let w = World::new("ca-central-1").await;
    let user = w.create("aws_iam_user", json!({"name": "someone"})).await;
    let attachment = w.create("aws_iam_user_policy_attachment", json!({"user": "someone", "policy_arn": READ_ONLY})).await;
    w.locate(&attachment).await;
    w.import(&attachment, &format!("someone/{READ_ONLY}")).await;
    w.delete(attachment).await;
    w.delete(user).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user() {
    let w = World::new("sa-east-1").await;
    let mut user = w.create("aws_iam_user", json!({"name": "ada", "path": "/team/", "tags": {"Name": "Ada"}})).await;
    assert!(user.str("arn").ends_with(":user/team/ada"));
    w.locate(&user).await;
    w.import(&user, "ada").await;
    let unique = user.str("unique_id").to_owned();
    w.update(&mut user, json!({"name": "ada.l", "path": "/", "force_destroy": true, "tags": {"Team": "a"}})).await;
    assert_eq!((user.id(), user.str("unique_id")), ("ada.l", unique.as_str()));
    w.hand().call("iam", "CreateAccessKey", &[("UserName", "ada.l")]);
    w.hand().call("iam", "CreateGroup", &[("GroupName", "team")]);
    w.hand().call("iam", "AddUserToGroup", &[("UserName", "ada.l"), ("GroupName", "team")]);
    w.delete(user).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_connect_provider() {
    let w = World::new("us-west-1").await;
    let config = |clients: &[&str], print: &str| json!({"url": "https://token.actions.githubusercontent.com", "client_id_list": clients, "thumbprint_list": [print.repeat(40)], "tags": {"Name": print}});
    let mut provider = w.create("aws_iam_openid_connect_provider", config(&["sts.amazonaws.com"], "a")).await;
    assert!(provider.id().ends_with(":oidc-provider/token.actions.githubusercontent.com"));
    w.locate(&provider).await;
    let imported = w.import(&provider, provider.id()).await;
    assert_eq!(imported.str("url"), Some("token.actions.githubusercontent.com"));
    w.update(&mut provider, config(&["sts.amazonaws.com"], "b")).await;
    assert_eq!(w.replaces(&provider, json!({"url": "https://gitlab.com", "client_id_list": ["sts.amazonaws.com"]})), ["url"]);
    w.delete(provider).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_profile() {
    let w = World::new("us-east-2").await;
    let one = w.create("aws_iam_role", json!({"name": "profile-one", "assume_role_policy": trust("ec2.amazonaws.com")})).await;
    let two = w.create("aws_iam_role", json!({"name": "profile-two", "assume_role_policy": trust("ec2.amazonaws.com")})).await;
    let mut profile = w.create("aws_iam_instance_profile", json!({"name": "profile", "role": one.id(), "tags": {"Name": "p"}})).await;
    assert!(profile.str("arn").ends_with(":instance-profile/profile"));
    w.locate(&profile).await;
    w.import(&profile, "profile").await;
    w.update(&mut profile, json!({"name": "profile", "role": two.id(), "tags": {"Name": "q"}})).await;
    assert_eq!(profile.str("role"), "profile-two");
    w.update(&mut profile, json!({"name": "profile", "tags": {"Name": "q"}})).await;
    w.update(&mut profile, json!({"name": "profile", "role": one.id(), "tags": {"Name": "q"}})).await;
    w.delete(profile).await;
    let bare = w.create("aws_iam_instance_profile", json!({"name_prefix": "bare-"})).await;
    w.delete(bare).await;
    w.delete(one).await;
    w.delete(two).await;
}
