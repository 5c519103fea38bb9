//! `bootstrap` against the emulator: bucket and table are created, adopted, completed.

use crate::harness::{Aws, Envctl, Moto, Proxy};
use envctl::aws::store::{S3Admin, S3Store};
use envctl::aws::{Env, Stats};
use envctl::ops::bootstrap::{carry_out, plan, refuse_if_used};
use envctl::store::{LockInfo, LockRequest, StateStore, StoreErrorKind};
use envctl::value::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

struct World {
    moto: Moto,
    proxy: Proxy,
    region: &'static str,
}

impl World {
    fn new(region: &'static str) -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto);
        World { moto, proxy, region }
    }

    fn aws(&self) -> Aws {
        Aws::new(self.moto.url(), self.region)
    }

    fn env(&self) -> Env {
        let pairs = [
            ("AWS_ENDPOINT_URL", self.proxy.url()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", self.region),
            ("ENVCTL_WAIT_SCALE", "0.02"),
        ];
        pairs.map(|(k, v)| (k.to_string(), v.to_string())).into()
    }

    fn settings() -> BTreeMap<Arc<str>, Value> {
        let pairs = [("bucket", "team-state"), ("key", "stage/terraform.tfstate"), ("dynamodb_table", "locks")];
        pairs.map(|(k, v)| (k.into(), Value::string(v))).into()
    }

    async fn admin(&self) -> S3Admin {
        S3Admin::open(&Self::settings(), &self.env(), Stats::default()).await.unwrap()
    }

    async fn run(&self) -> Vec<String> {
        let admin = self.admin().await;
        let found = plan(&admin).await.unwrap();
        let mut heard = Vec::new();
        carry_out(&admin, &found, &mut |step| heard.push(step.line())).await.unwrap();
        heard
    }
}

#[tokio::test]
async fn nothing_there_becomes_a_safe_home_for_states_once() {
    for region in ["eu-west-1", "us-east-1"] {
        let world = World::new(region);
        let first = world.run().await;
        assert_eq!(
            first,
            [
                "bucket team-state: created",
                "  versioning: switched on",
                "  encryption: switched on",
                "  public access block: switched on",
                "  tag: switched on",
                "lock table locks: created",
                "  point-in-time recovery: switched on",
                "  deletion protection: switched on",
            ]
        );
        assert!(world.aws().s3("GET", "/team-state?versioning", b"").text().contains("Enabled"));
        assert!(world.aws().s3("GET", "/team-state?publicAccessBlock", b"").text().contains("<BlockPublicAcls>true"));
        assert!(world.aws().s3("GET", "/team-state?tagging", b"").text().contains("envctl:purpose"));
        let table = world.aws().dynamodb("DescribeTable", &json!({"TableName": "locks"})).json()["Table"].clone();
        assert_eq!(table["DeletionProtectionEnabled"], true);
        assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
        let backups = world.aws().dynamodb("DescribeContinuousBackups", &json!({"TableName": "locks"})).text();
        assert!(
            backups.contains("PointInTimeRecoveryStatus\": \"ENABLED") || backups.contains("PointInTimeRecoveryStatus\":\"ENABLED"),
            "{backups}"
        );

        world.proxy.reset_stats();
        assert!(plan(&world.admin().await).await.unwrap().is_done());
        let second = world.run().await;
        assert_eq!(second[0], "bucket team-state: adopted as it is");
        assert_eq!(world.proxy.stats()["mutating"], 0, "{}", world.proxy.stats());
    }
}

#[tokio::test]
async fn what_is_there_is_completed_and_keeps_what_it_has() {
    let world = World::new("us-east-1");
    world.aws().create_bucket("team-state");
    let tags = b"<Tagging><TagSet><Tag><Key>team</Key><Value>core</Value></Tag></TagSet></Tagging>";
    assert!(world.aws().s3("PUT", "/team-state?tagging", tags).status < 300);
    let kms = b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
    assert!(world.aws().s3("PUT", "/team-state?encryption", kms).status < 300);
    let steps = world.run().await;
    assert_eq!(steps[0], "bucket team-state: adopted as it is");
    assert_eq!(steps[1], "  versioning: switched on");
    assert_eq!(steps[2], "  encryption: left alone (it uses aws:kms)");
    assert_eq!(world.proxy.calls("s3/CreateBucket"), 0, "never for a bucket that exists");
    let tags = world.aws().s3("GET", "/team-state?tagging", b"").text();
    assert!(tags.contains("team") && tags.contains("envctl:purpose"), "{tags}");
}

#[tokio::test]
async fn what_belongs_to_others_is_left_alone() {
    let world = World::new("eu-west-1");
    world.proxy.fault(json!({"operation": "s3/HeadBucket", "action": "error", "status": 403}));
    let error = plan(&world.admin().await).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Denied);
    assert!(error.summary.contains("another account"), "{error}");
    world.proxy.clear_faults();

    world.aws().create_bucket("team-state");
    let table = json!({
        "TableName": "locks",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    assert_eq!(world.aws().dynamodb("CreateTable", &table).status, 200);
    let error = plan(&world.admin().await).await.unwrap_err();
    assert!(error.detail.contains("LockID"), "{error}");
}

#[tokio::test]
async fn a_home_with_states_or_locks_is_not_removed() {
    let world = World::new("eu-west-1");
    let admin = world.admin().await;
    refuse_if_used(&admin).await.unwrap();
    world.run().await;
    refuse_if_used(&admin).await.unwrap();
    let store = S3Store::open(&World::settings(), "", &world.env(), Stats::default()).await.unwrap();
    let guard = store.lock(LockRequest { info: LockInfo::default(), timeout: Duration::ZERO }).await.unwrap();
    let error = refuse_if_used(&admin).await.unwrap_err();
    assert!(error.detail.contains("held locks: team-state/stage/terraform.tfstate"), "{error}");
    guard.write_state(br#"{"version":4,"serial":1,"lineage":"l"}"#).await.unwrap();
    guard.release().await.unwrap();
    let error = refuse_if_used(&admin).await.unwrap_err();
    assert!(error.detail.contains("objects in the bucket: stage/terraform.tfstate"), "{error}");
}

fn environment(bucket: &str, key: &str) -> String {
    format!(
        r#"terraform {{
  backend "s3" {{
    bucket         = "{bucket}"
    key            = "{key}"
    region         = "eu-west-1"
    dynamodb_table = "locks"
  }}
}}
resource "terraform_data" "x" {{
  input = "<one>"
}}
output "x" {{
  value = terraform_data.x.output
}}
"#
    )
}

#[test]
fn the_command_makes_the_home_of_all_environments_and_apply_uses_it() {
    let world = World::new("eu-west-1");
    let envctl = Envctl::new().with_aws(&world.proxy, "eu-west-1").with_env("ENVCTL_WAIT_SCALE", "0.02");
    envctl.file("environments/a/main.tf", &environment("team-state", "a/terraform.tfstate"));
    envctl.file("environments/b/main.tf", &environment("team-state", "b/terraform.tfstate"));
    envctl.file("environments/local/main.tf", "output \"x\" {\n  value = 1\n}\n");

    let unasked = envctl.run(&["bootstrap"]);
    assert_eq!(unasked.code, Some(1), "{}", unasked.text());
    assert!(unasked.text().contains("-auto-approve"), "{}", unasked.text());
    let first = envctl.run(&["bootstrap", "-auto-approve"]);
    assert_eq!(first.code, Some(0), "{}", first.text());
    assert_eq!(first.stdout.matches("bucket team-state: created").count(), 1, "{}", first.text());
    assert!(first.stdout.contains("local: its state is a file on this machine"), "{}", first.text());
    let second = envctl.run(&["bootstrap", "a"]);
    assert_eq!(second.code, Some(0), "{}", second.text());
    assert!(second.stdout.contains("Nothing to make"), "{}", second.text());

    let applied = envctl.run(&["apply", "a", "-auto-approve"]);
    assert_eq!(applied.code, Some(0), "{}", applied.text());
    let state = world.aws().s3("GET", "/team-state/a/terraform.tfstate", b"").text();
    assert_eq!(state.lines().count(), 1, "{state}");
    assert!(state.starts_with(r#"{"version":4,"#) && state.contains(r"\u003cone\u003e"), "{state}");
    let planned = envctl.run(&["plan", "a", "-detailed-exitcode"]);
    assert_eq!(planned.code, Some(0), "{}", planned.text());
    let locks = world.aws().dynamodb("Scan", &json!({"TableName": "locks"})).json();
    assert_eq!(locks["Count"], 1, "only the digest is left: {locks}");
}
