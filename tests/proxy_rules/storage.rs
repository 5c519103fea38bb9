//! Rules about S3 and DynamoDB.

use super::World;
use serde_json::{Value, json};

#[test]
fn a_new_bucket_is_closed_and_encrypted() {
    let world = World::new();
    world.aws.create_bucket("closed-bucket");
    let get = |bucket: &str, part: &str| world.aws.s3("GET", &format!("/{bucket}?{part}"), b"");
    assert!(get("closed-bucket", "publicAccessBlock").text().contains("<RestrictPublicBuckets>true"));
    assert!(get("closed-bucket", "ownershipControls").text().contains("BucketOwnerEnforced"));
    assert!(get("closed-bucket", "encryption").text().contains("AES256"));
    assert!(get("closed-bucket", "requestPayment").text().contains("BucketOwner"));
    assert!(get("closed-bucket", "versioning").text().contains("<VersioningConfiguration"));
    assert!(get("closed-bucket", "accelerate").text().contains("<AccelerateConfiguration"));
    assert_eq!(get("no-such-bucket-here", "encryption").status, 404);
    world.disable("bucket-defaults");
    assert_eq!(get("closed-bucket", "encryption").status, 404);
    assert!(!get("closed-bucket", "versioning").text().contains("<VersioningConfiguration"));
    assert!(!get("closed-bucket", "accelerate").text().contains("<AccelerateConfiguration"));
    assert!(!get("closed-bucket", "requestPayment").text().contains("BucketOwner"));
    world.disable("new-bucket");
    world.aws.create_bucket("open-bucket");
    assert_eq!(get("open-bucket", "publicAccessBlock").status, 404);
    assert_eq!(get("open-bucket", "ownershipControls").status, 404);
}

#[test]
fn a_lifecycle_comes_back_whole() {
    let world = World::new();
    world.aws.create_bucket("lifecycle-bucket");
    let rule = "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></Filter>\
        <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions>\
        </NoncurrentVersionExpiration></Rule></LifecycleConfiguration>";
    let path = "/lifecycle-bucket?lifecycle";
    assert_eq!(world.aws.s3("PUT", path, rule.as_bytes()).status, 200);
    let read = world.aws.s3("GET", path, b"").text();
    for part in ["<ID>", "<NewerNoncurrentVersions>3<", "<ObjectSizeGreaterThan>500<"] {
        assert!(read.contains(part), "{part} in {read}");
    }
    world.disable("bucket-lifecycle");
    assert!(!world.aws.s3("GET", path, b"").text().contains("NewerNoncurrentVersions"));
    world.proxy.set(json!({"disabled": []}));
    assert_eq!(world.aws.s3("DELETE", path, b"").status, 204);
    assert_eq!(world.aws.s3("GET", path, b"").status, 404);
}

#[test]
fn buckets_of_others_and_keys_of_nobody_are_refused() {
    let world = World::new();
    world.aws.create_bucket("someone-elses");
    let head = || world.aws.s3("HEAD", "/someone-elses", b"").status;
    assert_eq!(head(), 200);
    world.proxy.set(json!({"foreign_buckets": ["someone-elses"]}));
    assert_eq!(head(), 403);
    assert_eq!(world.aws.s3("GET", "/someone-elses/key", b"").status, 403);
    world.disable("foreign-buckets");
    assert_eq!(head(), 200);
    world.proxy.set(json!({"unknown_keys": ["test"], "disabled": []}));
    assert_eq!(world.aws.refusal("ec2", "DescribeVpcs", &[]), "AuthFailure");
    assert_eq!(world.aws.refusal("sts", "GetCallerIdentity", &[]), "InvalidClientTokenId");
    assert!(world.aws.dynamodb("ListTables", &json!({})).text().contains("UnrecognizedClientException"));
    world.disable("credentials");
    assert!(world.aws.try_call("sts", "GetCallerIdentity", &[]).is_ok());
}

fn table(world: &World, name: &str) -> Value {
    let body = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
    });
    world.aws.dynamodb("CreateTable", &body).json()["TableDescription"].clone()
}

#[test]
fn a_table_is_made_first_and_used_then() {
    let world = World::new();
    let describe = || world.aws.dynamodb("DescribeTable", &json!({"TableName": "locks"})).json()["Table"].clone();
    let put = || world.aws.dynamodb("PutItem", &json!({"TableName": "locks", "Item": {"LockID": {"S": "a"}}})).status;
    assert_eq!(table(&world, "locks")["TableStatus"], "CREATING");
    assert_eq!(put(), 400);
    assert_eq!((describe()["TableStatus"].clone(), describe()["TableStatus"].clone()), (json!("CREATING"), json!("ACTIVE")));
    assert_eq!(put(), 200);
    let answer = world.aws.dynamodb("DescribeTable", &json!({"TableName": "locks"}));
    assert!(answer.headers.iter().all(|(name, _)| name != "x-amz-crc32"), "a checksum of another body");
    assert_eq!(describe()["TableClassSummary"]["TableClass"], "STANDARD_INFREQUENT_ACCESS");
    world.aws.dynamodb("UpdateTable", &json!({"TableName": "locks", "SSESpecification": {"Enabled": true}}));
    assert_eq!(describe()["SSEDescription"]["Status"], "ENABLED");
    world.disable("table-states");
    assert_eq!(table(&world, "others")["TableStatus"], "ACTIVE");
    assert_eq!(describe()["TableClassSummary"], Value::Null);
    assert_eq!(describe()["SSEDescription"], Value::Null);
}
