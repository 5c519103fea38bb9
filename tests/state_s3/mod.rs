//! Commands on states in S3, through the real program: every kind of lock, buckets with and without
//! versions, workspaces, migration, encryption.

mod encryption;
mod kms;
mod migration;
mod operations;
mod secrets;
mod workspaces;

use crate::harness::{Aws, Envctl, Moto, Proxy};
use envctl::store::md5_hex;
use serde_json::{Value as Json, json};

const REGION: &str = "eu-central-1";
/// Keeps versions.
const KEPT: &str = "kept-states";
/// Keeps none.
const PLAIN: &str = "plain-states";
const TABLE: &str = "state-locks";

/// How states are locked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Locks {
    None,
    Table,
    Object,
    Both,
}

const LOCKS: [Locks; 4] = [Locks::None, Locks::Table, Locks::Object, Locks::Both];

impl Locks {
    fn settings(self) -> String {
        let table = matches!(self, Locks::Table | Locks::Both).then(|| format!("    dynamodb_table = \"{TABLE}\"\n"));
        let object = matches!(self, Locks::Object | Locks::Both).then(|| "    use_lockfile   = true\n".to_owned());
        table.into_iter().chain(object).collect()
    }

    fn has_digest(self) -> bool {
        matches!(self, Locks::Table | Locks::Both)
    }
}

/// Two buckets, a table, and a project.
struct World {
    envctl: Envctl,
    aws: Aws,
    proxy: Proxy,
    _moto: Moto,
}

impl World {
    fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let aws = Aws::new(moto.url(), REGION);
        aws.create_bucket(KEPT);
        aws.create_bucket(PLAIN);
        let versioning = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        assert_eq!(aws.s3("PUT", &format!("/{KEPT}?versioning"), versioning).status, 200);
        let table = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        assert_eq!(aws.dynamodb("CreateTable", &table).status, 200);
        let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_WAIT_SCALE", "0.01").with_env("ENVCTL_RECOVERY_WAIT", "0");
        World { envctl, aws, proxy, _moto: moto }
    }

    /// The environment's backend from here on.
    /// Names another place for the state, and means it: what lies elsewhere stays there.
    fn backend(&self, bucket: &str, key: &str, locks: Locks, more: &str) {
        std::fs::remove_file(self.envctl.path("environments/dev/.envctl/places.json")).ok();
        let text = format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"{bucket}\"\n    key = \"{key}\"\n    region = \"{REGION}\"\n{}{more}\n  }}\n}}\n",
            locks.settings()
        );
        self.envctl.file("environments/dev/backend.tf", &text);
    }

    fn apply(&self) {
        self.envctl.run(&["apply", "dev", "-auto-approve", "-input=false"]).ok();
    }

    fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let reply = self.aws.s3("GET", &format!("/{bucket}/{key}"), b"");
        (reply.status == 200).then_some(reply.body)
    }

    fn state(&self, bucket: &str, key: &str) -> Json {
        serde_json::from_slice(&self.object(bucket, key).unwrap_or_else(|| panic!("no state at {bucket}/{key}"))).unwrap()
    }

    fn item(&self, id: &str) -> Json {
        let key = json!({"TableName": TABLE, "Key": {"LockID": {"S": id}}, "ConsistentRead": true});
        self.aws.dynamodb("GetItem", &key).json()["Item"].clone()
    }

    /// Keys below a prefix.
    fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let reply = self.aws.s3("GET", &format!("/{bucket}?list-type=2&prefix={}", prefix.replace(':', "%3A")), b"");
        let text = reply.text();
        text.split("<Key>").skip(1).filter_map(|t| t.split("</Key>").next()).map(str::to_owned).collect()
    }

    /// No lock, no journal, and a digest that fits where there is a table.
    #[track_caller]
    fn assert_tidy(&self, bucket: &str, key: &str, locks: Locks) {
        let left: Vec<String> = self.keys(bucket, key).into_iter().filter(|k| k != key && !k.contains(".envctl/history/")).collect();
        assert_eq!(left, [""; 0], "{locks:?}");
        assert_eq!(self.item(&format!("{bucket}/{key}")), Json::Null, "{locks:?}");
        let digest = self.item(&format!("{bucket}/{key}-md5"))["Digest"]["S"].as_str().map(str::to_owned);
        let expected = self.object(bucket, key).filter(|_| locks.has_digest()).map(|bytes| md5_hex(&bytes));
        assert_eq!(digest, expected, "{locks:?}");
    }
}

/// Resources that need no provider of their own.
const TREE: &str = r#"
variable "note" {
  default = "plain"
}

resource "terraform_data" "base" {
  input = var.note
}

resource "terraform_data" "top" {
  input = terraform_data.base.id
}

resource "null_resource" "many" {
  for_each = toset(["a", "b"])
}

output "note" {
  value = var.note
}
"#;
