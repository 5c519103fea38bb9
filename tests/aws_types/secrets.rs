//! Secrets and parameters.

use super::data;
use super::world::{World, config};
use envctl::aws::{AwsSecrets, Env, Stats, shape};
use envctl::provider::{ErrorKind, Provider};
use envctl::secret::{SecretRef, SecretSource};
use envctl::value::Value;
use serde_json::json;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_made_changed_found_and_removed() {
    let w = World::new("us-east-2").await;
    let mut made =
        w.create("aws_secretsmanager_secret", json!({"name": "app/db", "description": "The database", "tags": {"team": "data"}})).await;
    assert!(made.id().contains(":secret:app/db-"), "{}", made.id());
    assert_eq!(made.get("recovery_window_in_days"), &Value::int(30));
    w.locate(&made).await;
    let by_name = w.import(&made, "app/db").await;
    assert_eq!(
        (by_name.str("description"), by_name.attributes.get("recovery_window_in_days")),
        (Some("The database"), Some(&Value::int(30)))
    );
    w.import(&made, made.id()).await;
    let changed = json!({"name": "app/db", "description": "The app's database", "policy": POLICY, "recovery_window_in_days": 7, "tags": {"env": "stage"}});
    w.update(&mut made, changed.clone()).await;
    assert!(made.str("policy").contains("GetSecretValue"));
    assert_eq!(w.replaces(&made, json!({"name": "app/other"})), ["name"]);
    let mut bare = changed;
    bare["policy"] = json!("{}");
    w.update(&mut made, bare).await;
    assert_eq!(made.str("policy"), "{}");

    w.delete(made).await;
    let kept = w.hand().json_call("secretsmanager", "secretsmanager.DescribeSecret", &json!({"SecretId": "app/db"}));
    assert!(kept["DeletedDate"].is_number(), "a deleted secret keeps its recovery window: {kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_without_a_window_is_gone_for_good_and_its_name_is_free() {
    let w = World::new("us-west-1").await;
    let config = json!({"name_prefix": "app-", "recovery_window_in_days": 0});
    let made = w.create("aws_secretsmanager_secret", config).await;
    assert_eq!(made.str("name_prefix"), "app-");
    w.locate(&made).await;
    let name = made.str("name").to_owned();
    w.delete(made).await;
    let again = w.create("aws_secretsmanager_secret", json!({"name": name, "recovery_window_in_days": 0})).await;
    w.delete(again).await;
    let wrong = json!({"name": "a b", "name_prefix": "x", "recovery_window_in_days": 5});
    assert_eq!(w.complaints("aws_secretsmanager_secret", wrong).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_deleted_secret_is_refused_with_the_ways_out() {
    let w = World::new("af-south-1").await;
    let made = w.create("aws_secretsmanager_secret", json!({"name": "taken"})).await;
    w.delete(made).await;
    // What AWS says; moto says that the secret exists.
    let text = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    w.proxy
        .fault(json!({"operation": "secretsmanager/CreateSecret", "action": "code", "code": "InvalidRequestException", "message": text}));
    let refused = w.try_create("aws_secretsmanager_secret", json!({"name": "taken"})).await.expect_err("a refusal");
    assert_eq!(refused.kind, ErrorKind::AlreadyExists);
    assert!(refused.detail.contains("taken keeps the name until 20"), "{refused:?}");
    assert!(refused.help.is_some_and(|h| h.contains("restore-secret --secret-id taken") && h.contains("import")));
    assert_eq!(w.proxy.calls("secretsmanager/CreateSecret"), 2, "a name that is taken for days is not asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_has_replicas() {
    let w = World::new("ca-central-1").await;
    let mut made = w.create("aws_secretsmanager_secret", json!({"name": "copied", "replica": [{"region": "us-east-1"}]})).await;
    assert_eq!(made.get("replica").items().map(<[Value]>::len), Some(1));
    w.update(&mut made, json!({"name": "copied", "replica": [{"region": "us-west-2"}]})).await;
    let regions: Vec<_> = made.get("replica").items().unwrap().iter().filter_map(|r| shape::text(r, "region")).collect();
    assert_eq!(regions, ["us-west-2"]);
    w.delete(made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_hold_values_and_labels() {
    let w = World::new("us-west-2").await;
    let secret = w.create("aws_secretsmanager_secret", json!({"name": "app", "recovery_window_in_days": 0})).await;
    let first = w.create("aws_secretsmanager_secret_version", json!({"secret_id": secret.id(), "secret_string": "the-first-value"})).await;
    assert_eq!(first.str("secret_string"), "the-first-value");
    assert_eq!(first.id(), format!("{}|{}", secret.id(), first.str("version_id")));
    assert_eq!(shape::strings(&first.object.attributes, "version_stages"), ["AWSCURRENT"]);
    w.locate(&first).await;
    w.import(&first, first.id()).await;
    assert_eq!(w.replaces(&first, json!({"secret_id": secret.id(), "secret_string": "x"})), ["secret_string"]);

    let binary = json!({"secret_id": secret.id(), "secret_binary": "AAEC", "version_stages": ["trial"]});
    let mut second = w.create("aws_secretsmanager_secret_version", binary).await;
    assert_eq!(second.str("secret_binary"), "AAEC");
    let labels = json!({"secret_id": secret.id(), "secret_binary": "AAEC", "version_stages": ["trial", "other"]});
    w.update(&mut second, labels).await;
    w.forget(&second).await;
    w.delete(secret).await;
    assert!(w.read(&first).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn write_only_values_reach_aws_and_nothing_else() {
    let w = World::new("sa-east-1").await;
    let secret = w.create("aws_secretsmanager_secret", json!({"name": "hidden"})).await;
    let config = |n: i64, v: &str| json!({"secret_id": "hidden", "secret_string_wo": v, "secret_string_wo_version": n});
    let made = w.create("aws_secretsmanager_secret_version", config(1, "nobody-sees-this")).await;
    assert!(!format!("{:?}", made.object).contains("nobody-sees-this"));
    assert_eq!(made.get("has_secret_string_wo"), &Value::bool(true));
    let there = w.hand().json_call("secretsmanager", "secretsmanager.GetSecretValue", &json!({"SecretId": "hidden"}));
    assert_eq!(there["SecretString"], "nobody-sees-this");
    assert!(w.unchanged(&made, config(1, "another")), "only the version counts");
    assert_eq!(w.replaces(&made, config(2, "another")), ["secret_string_wo_version"]);
    w.locate(&made).await;
    w.forget(&made).await;
    w.delete(secret).await;

    let config = |n: i64, v: &str, d: &str| json!({"name": "/app/hidden", "type": "SecureString", "value_wo": v, "value_wo_version": n, "description": d});
    let mut parameter = w.create("aws_ssm_parameter", config(1, "nobody-sees-this", "one")).await;
    assert!(!format!("{:?}", parameter.object).contains("nobody-sees-this"));
    let value = || w.hand().json_call("ssm", "AmazonSSM.GetParameter", &json!({"Name": "/app/hidden", "WithDecryption": true}));
    assert_eq!(value()["Parameter"]["Value"], "nobody-sees-this");
    w.update(&mut parameter, config(1, "another", "two")).await;
    assert_eq!(value()["Parameter"]["Value"], "nobody-sees-this", "the value stays while its version does");
    w.update(&mut parameter, config(2, "another", "two")).await;
    assert_eq!(value()["Parameter"]["Value"], "another");
    w.delete(parameter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_is_made_changed_found_and_removed() {
    let w = World::new("ap-southeast-1").await;
    let config = |v: &str| json!({"name": "/app/url", "type": "String", "value": v, "description": "Where it is", "tags": {"team": "web"}});
    let mut made = w.create("aws_ssm_parameter", config("http://a")).await;
    assert_eq!((made.id(), made.str("tier"), made.str("data_type")), ("/app/url", "Standard", "text"));
    w.locate(&made).await;
    assert_eq!(w.import(&made, "/app/url").await.str("value"), Some("http://a"));
    w.update(&mut made, config("http://b")).await;
    assert_eq!(made.get("version"), &Value::int(2));
    let mut changed = config("http://b");
    changed["tags"] = json!({"env": "stage"});
    w.update(&mut made, changed).await;
    assert_eq!(made.get("version"), &Value::int(2), "tags write no version");
    w.update(&mut made, json!({"name": "/app/url", "type": "SecureString", "value": "http://c"})).await;
    assert_eq!(made.str("key_id"), "alias/aws/ssm");
    w.delete(made).await;

    let mut open = w.create("aws_ssm_parameter", json!({"name": "open", "type": "String", "insecure_value": "seen"})).await;
    assert_eq!((open.str("insecure_value"), open.object.str("value")), ("seen", None));
    w.update(&mut open, json!({"name": "open", "type": "String", "value": "masked"})).await;
    assert_eq!((open.object.str("insecure_value"), open.str("value")), (None, "masked"));
    w.delete(open).await;
    assert_eq!(w.complaints("aws_ssm_parameter", json!({"name": "x", "type": "Blob", "value": "a", "insecure_value": "b"})).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwritten_parameter_gets_its_tags_too() {
    let w = World::new("ap-southeast-2").await;
    w.hand().json_call("ssm", "AmazonSSM.PutParameter", &json!({"Name": "there", "Type": "String", "Value": "old"}));
    let taken = w.try_create("aws_ssm_parameter", json!({"name": "there", "type": "String", "value": "new"})).await;
    assert_eq!(taken.expect_err("a refusal").kind, ErrorKind::AlreadyExists);
    let config = json!({"name": "there", "type": "String", "value": "new", "overwrite": true, "tags": {"team": "web"}});
    let made = w.create("aws_ssm_parameter", config).await;
    assert_eq!((made.str("value"), made.get("version")), ("new", &Value::int(2)));
    w.delete(made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_read_by_data_sources_and_for_one_run() {
    let w = World::new("ca-west-1").await;
    let secret = w.create("aws_secretsmanager_secret", json!({"name": "read", "recovery_window_in_days": 0})).await;
    let none = data::read(&w, "aws_secretsmanager_secret_version", &[json!({"secret_id": "read"})]).await.pop().unwrap().unwrap_err();
    assert_eq!(none.kind, ErrorKind::NotFound);
    let first = w.create("aws_secretsmanager_secret_version", json!({"secret_id": secret.id(), "secret_string": "first-value"})).await;
    let second = w.create("aws_secretsmanager_secret_version", json!({"secret_id": secret.id(), "secret_string": "second-value"})).await;
    let of = |written| data::one(&w, "aws_secretsmanager_secret_version", written);
    let current = of(json!({"secret_id": "read"})).await;
    assert_eq!(
        (shape::text(&current, "secret_string"), shape::text(&current, "version_id")),
        (Some("second-value"), Some(second.str("version_id")))
    );
    assert_eq!(shape::text(&current, "arn"), Some(secret.id()));
    assert_eq!(shape::text(&of(json!({"secret_id": "read", "version_stage": "AWSPREVIOUS"})).await, "secret_string"), Some("first-value"));
    let by_id = of(json!({"secret_id": "read", "version_id": first.str("version_id")})).await;
    assert_eq!(shape::text(&by_id, "secret_string"), Some("first-value"));
    let lease = open(&w, "aws_secretsmanager_secret_version", json!({"secret_id": "read"})).await;
    assert_eq!((shape::text(&lease, "secret_string"), shape::text(&lease, "version_stage")), (Some("second-value"), Some("AWSCURRENT")));

    let made = w.create("aws_ssm_parameter", json!({"name": "/read", "type": "SecureString", "value": "masked-value"})).await;
    let found = data::one(&w, "aws_ssm_parameter", json!({"name": "/read"})).await;
    assert_eq!((shape::text(&found, "value"), shape::text(&found, "insecure_value")), (Some("masked-value"), None));
    let sealed = data::one(&w, "aws_ssm_parameter", json!({"name": "/read", "with_decryption": false})).await;
    assert_ne!(shape::text(&sealed, "value"), Some("masked-value"));
    let lease = open(&w, "aws_ssm_parameter", json!({"arn": made.str("arn")})).await;
    assert_eq!((shape::text(&lease, "value"), shape::text(&lease, "name")), (Some("masked-value"), Some("/read")));
    assert!(data::read(&w, "aws_ssm_parameter", &[json!({"name": "/nowhere"})]).await.pop().unwrap().is_err());
    w.delete(made).await;
    w.delete(secret).await;
}

/// Opens an ephemeral resource.
async fn open(w: &World, kind: &str, written: serde_json::Value) -> Value {
    let ty = w.provider.ephemeral(kind).unwrap_or_else(|| panic!("{kind} is not registered"));
    let lease = ty.open(&w.ctx(), &config(&ty.schema(), &written)).await.unwrap_or_else(|e| panic!("{kind}: {e:?}"));
    assert_eq!(lease.value.ty(), ty.schema().block.ty(), "{kind} does not conform");
    lease.value
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_applications_are_fetched() {
    let w = World::new("mx-central-1").await;
    let hand = w.hand();
    let value = json!({"Name": "app", "SecretString": r#"{"password": "from-the-manager", "port": 5432}"#});
    hand.json_call("secretsmanager", "secretsmanager.CreateSecret", &value);
    hand.json_call("ssm", "AmazonSSM.PutParameter", &json!({"Name": "/app/token", "Type": "SecureString", "Value": "from-the-store"}));
    let variables = [
        ("AWS_REGION", "mx-central-1"),
        ("AWS_ENDPOINT_URL", w.proxy.url()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let env: Env = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let source = AwsSecrets::new(env, Stats::default());
    let managed = |id: &str, key: Option<&str>| SecretRef::SecretsManager {
        id: id.into(),
        json_key: key.map(str::to_owned),
        version_stage: None,
        region: None,
    };
    let stored = |path: &str, region: Option<&str>| SecretRef::Ssm { path: path.into(), region: region.map(str::to_owned) };
    assert_eq!(source.fetch(&managed("app", Some("password"))).await.unwrap(), "from-the-manager");
    assert_eq!(source.fetch(&managed("app", Some("port"))).await.unwrap(), "5432");
    assert!(source.fetch(&managed("app", None)).await.unwrap().starts_with('{'));
    assert_eq!(source.fetch(&stored("/app/token", None)).await.unwrap(), "from-the-store");
    for missing in [
        managed("nowhere", None),
        managed("app", Some("user")),
        stored("/app/token", Some("us-east-1")),
        SecretRef::Env { name: "X".into() },
    ] {
        let error = source.fetch(&missing).await.expect_err("nothing there");
        assert!(!format!("{error:?}").contains("from-the"), "{error:?}");
    }
}
