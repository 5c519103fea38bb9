//! Buckets and their parts.

use super::world::{Made, World};
use envctl::provider::ErrorKind;
use envctl::value::Value;
use serde_json::{Value as Json, json};

async fn bucket(w: &World, name: &str) -> Made {
    w.create("aws_s3_bucket", json!({"bucket": name})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_bucket() {
    for region in ["eu-west-1", "us-east-1"] {
        let w = World::new(region).await;
        let name = format!("types-{region}");
        let config = |change: Json| {
            let mut all = json!({"bucket": name, "tags": {"Name": "first"}});
            all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            all
        };
        let mut made = w.create("aws_s3_bucket", config(json!({}))).await;
        assert_eq!((made.id(), made.str("bucket_region"), made.str("request_payer")), (name.as_str(), region, "BucketOwner"));
        assert_eq!(made.get("object_lock_enabled"), &Value::bool(false));
        assert_eq!(made.str("bucket_regional_domain_name"), format!("{name}.s3.{region}.amazonaws.com"));
        assert_eq!(made.get("grant").items().map(<[_]>::len), Some(1));
        assert_eq!(w.proxy.calls("s3/CreateBucket"), 1);
        w.locate(&made).await;
        let imported = w.import(&made, &name).await;
        assert_eq!(imported.str("arn"), Some(made.str("arn")));

        let taken = w.try_create("aws_s3_bucket", config(json!({}))).await.unwrap_err();
        assert_eq!(taken.kind, ErrorKind::AlreadyExists);
        assert_eq!(w.proxy.calls("s3/CreateBucket"), 1, "never for a bucket that exists");

        let rule = json!([{"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]}]);
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectAcl", "Resource": format!("arn:aws:s3:::{name}/*")}]});
        let changed = json!({
            "tags": {"team": "data"}, "versioning": [{"enabled": true}], "server_side_encryption_configuration": rule,
            "policy": policy.to_string(), "force_destroy": true,
        });
        w.update(&mut made, config(changed)).await;
        assert!(made.str("policy").contains("s3:PutObjectAcl"));
        w.update(&mut made, config(json!({"tags": {}, "force_destroy": true}))).await;
        assert_eq!(w.replaces(&made, json!({"bucket": "another"})), ["bucket"]);
        assert!(w.hand().s3("PUT", &format!("/{name}/a"), b"1").status < 300);
        assert!(w.hand().s3("PUT", &format!("/{name}/a"), b"2").status < 300);
        assert!(w.hand().s3("DELETE", &format!("/{name}/a"), b"").status < 300);
        w.delete(made).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_with_objects_stays_and_says_what_to_do() {
    let w = World::new("eu-west-2").await;
    let made = w.create("aws_s3_bucket", json!({"bucket_prefix": "full-"})).await;
    assert!(made.id().starts_with("full-") && made.str("bucket_prefix") == "full-");
    w.locate(&made).await;
    assert!(w.hand().s3("PUT", &format!("/{}/a", made.id()), b"1").status < 300);
    let refused = w.try_delete(&made).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::InUse);
    assert!(refused.help.is_some_and(|h| h.contains("force_destroy")));
    assert!(w.hand().s3("DELETE", &format!("/{}/a", made.id()), b"").status < 300);
    w.delete(made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_of_a_bucket_stays_as_it_was() {
    let w = World::new("eu-south-1").await;
    let statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::half-seen/*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let mut made = w.create("aws_s3_bucket", json!({"bucket": "half-seen", "policy": policy})).await;
    w.proxy.fault(json!({"operation": "s3/GetBucketPolicy", "action": "code", "code": "AccessDenied", "message": "no"}));
    w.refresh(&mut made).await;
    assert!(made.str("policy").contains("PutObject"));
    w.proxy.clear_faults();
    w.delete(made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_bucket_versioning() {
    let w = World::new("eu-west-1").await;
    let home = bucket(&w, "versioned").await;
    let status = |s: &str| json!({"bucket": home.id(), "versioning_configuration": [{"status": s}]});
    let mut made = w.create("aws_s3_bucket_versioning", status("Disabled")).await;
    assert_eq!(w.proxy.calls("s3/PutBucketVersioning"), 0);
    w.update(&mut made, status("Enabled")).await;
    w.locate(&made).await;
    w.import(&made, "versioned").await;
    assert_eq!(w.replaces(&made, json!({"bucket": "b", "versioning_configuration": [{"status": "Enabled"}]})), ["bucket"]);
    w.update(&mut made, status("Suspended")).await;
    w.update(&mut made, status("Enabled")).await;
    w.forget(&made).await;
    assert!(w.hand().s3("GET", "/versioned?versioning", b"").text().contains("Suspended"));
    w.delete(home).await;
    assert!(w.read(&made).await.is_none(), "gone with the bucket");
    w.forget(&made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_bucket_server_side_encryption_configuration() {
    let w = World::new("eu-west-1").await;
    let home = bucket(&w, "encrypted").await;
    let rule = |algorithm: &str, key: bool| {
        let rule = json!({"bucket_key_enabled": key, "apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm}]});
        json!({"bucket": home.id(), "rule": [rule]})
    };
    let plain = json!({"bucket": home.id(), "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]});
    let mut made = w.create("aws_s3_bucket_server_side_encryption_configuration", plain).await;
    w.locate(&made).await;
    w.import(&made, "encrypted").await;
    w.update(&mut made, rule("aws:kms", true)).await;
    assert!(w.hand().s3("GET", "/encrypted?encryption", b"").text().contains("aws:kms"));
    w.forget(&made).await;
    assert!(w.hand().s3("GET", "/encrypted?encryption", b"").text().contains("AES256"));
    w.delete(home).await;
    assert!(w.read(&made).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_bucket_public_access_block() {
    let w = World::new("eu-west-1").await;
    let home = bucket(&w, "blocked").await;
    let config = |policy: bool, skip: bool| json!({"bucket": home.id(), "block_public_acls": true, "block_public_policy": policy, "skip_destroy": skip});
    let mut made = w.create("aws_s3_bucket_public_access_block", config(true, false)).await;
    assert_eq!(made.get("restrict_public_buckets"), &Value::bool(false));
    w.locate(&made).await;
    w.import(&made, "blocked").await;
    w.update(&mut made, config(false, true)).await;
    w.forget(&made).await;
    assert!(w.read(&made).await.is_some(), "skip_destroy keeps it");
    w.update(&mut made, config(false, false)).await;
    w.delete(made).await;
    w.delete(home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_bucket_ownership_controls_and_policy() {
    let w = World::new("eu-west-1").await;
    let home = bucket(&w, "owned").await;
    let owner = |o: &str| json!({"bucket": home.id(), "rule": [{"object_ownership": o}]});
    let mut made = w.create("aws_s3_bucket_ownership_controls", owner("BucketOwnerPreferred")).await;
    w.locate(&made).await;
    w.import(&made, "owned").await;
    w.update(&mut made, owner("ObjectWriter")).await;
    w.delete(made).await;

    let document = |action: &str| {
        let statement = json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "arn:aws:s3:::owned/*"});
        json!({"bucket": home.id(), "policy": json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()})
    };
    let mut made = w.create("aws_s3_bucket_policy", document("s3:PutObject")).await;
    w.locate(&made).await;
    w.import(&made, "owned").await;
    w.update(&mut made, document("s3:DeleteObject")).await;
    w.delete(made).await;
    w.delete(home).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_bucket_lifecycle_configuration() {
    let w = World::new("eu-west-1").await;
    let home = bucket(&w, "ageing").await;
    let config = |rules: Json| json!({"bucket": home.id(), "rule": rules});
    let first = json!([
        {"id": "uploads", "status": "Enabled", "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}]},
        {"id": "all", "status": "Enabled", "filter": [{}], "noncurrent_version_expiration": [{"noncurrent_days": 90, "newer_noncurrent_versions": 3}]},
        {"id": "logs", "status": "Enabled", "filter": [{"prefix": "logs/"}], "expiration": [{"days": 30}],
         "transition": [{"days": 10, "storage_class": "GLACIER"}]},
    ]);
    let mut made = w.create("aws_s3_bucket_lifecycle_configuration", config(first)).await;
    assert_eq!(made.str("transition_default_minimum_object_size"), "all_storage_classes_128K");
    w.locate(&made).await;
    w.import(&made, "ageing").await;
    let second = json!([
        {"id": "logs", "status": "Disabled", "filter": [{"and": [{"prefix": "logs/", "tags": {"a": "1"}}]}], "expiration": [{"date": "2030-01-31T00:00:00Z"}]},
        {"id": "big", "status": "Enabled", "filter": [{"object_size_greater_than": 500}], "expiration": [{"expired_object_delete_marker": true}],
         "noncurrent_version_transition": [{"noncurrent_days": 30, "storage_class": "STANDARD_IA"}]},
    ]);
    let mut second = config(second);
    second["transition_default_minimum_object_size"] = json!("varies_by_storage_class");
    w.update(&mut made, second).await;
    let mut seen = home.clone();
    w.refresh(&mut seen).await;
    assert_eq!(seen.get("lifecycle_rule").items().map(<[_]>::len), Some(2), "the bucket sees its rules");
    w.delete(made).await;
    w.delete(home).await;
}
