//! An account of its own for each killed run, and what is there in the end.

use crate::harness::{Aws, Envctl, Inventory, Moto, Outcome, Proxy};
use crate::proxy::xml::Node;
use regex::Regex;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const REGION: &str = "eu-central-1";
const BUCKET: &str = "killed-state";
const TABLE: &str = "killed-locks";
const KEY: &str = "killed/terraform.tfstate";

/// Moto, proxy and a project.
pub struct World {
    pub proxy: Proxy,
    pub aws: Aws,
    pub envctl: Envctl,
    _moto: Moto,
}

/// What is there, so that two runs can be compared.
#[derive(Debug)]
pub struct Picture {
    /// How many objects of each kind.
    pub things: BTreeMap<String, usize>,
    /// The state without what AWS draws, a line for each value.
    pub state: BTreeSet<String>,
}

impl World {
    pub fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let aws = proxy.aws(REGION);
        aws.create_bucket(BUCKET);
        let table = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        });
        assert_eq!(aws.dynamodb("CreateTable", &table).status, 200);
        let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_RECOVERY_WAIT", "0").with_env("ENVCTL_WAIT_SCALE", "0.01");
        Self { proxy, aws, envctl, _moto: moto }
    }

    /// Recovery looks for so many seconds.
    pub fn patient(mut self, seconds: u64) -> Self {
        self.envctl = self.envctl.with_env("ENVCTL_RECOVERY_WAIT", &seconds.to_string());
        self
    }

    /// Waits last a tenth of their time, not a hundredth: for objects that are not described for seconds.
    pub fn unhurried(mut self) -> Self {
        self.envctl = self.envctl.with_env("ENVCTL_WAIT_SCALE", "0.1");
        self
    }

    pub fn write(&self, text: &str) {
        self.envctl.file("environments/net/main.tf", text);
    }

    pub fn run(&self, command: &str) -> Outcome {
        self.envctl.run(&[command, "net", "-auto-approve", "-input=false", "-no-color"])
    }

    /// Runs to the kill point and dies there; `false`: the run ended before it.
    pub fn die(&self, command: &str, call: usize, at: &str) -> bool {
        self.die_as(command, |pid| self.proxy.kill_at(pid, call, at))
    }

    /// Dies with the n-th call of an operation under way, which arrives so many milliseconds later.
    pub fn die_under_way(&self, command: &str, operation: &str, call: usize, late_ms: u64) -> bool {
        self.die_as(command, |pid| self.proxy.kill_under_way(pid, operation, call, late_ms))
    }

    fn die_as(&self, command: &str, aim: impl FnOnce(u32)) -> bool {
        self.proxy.reset_stats();
        // The kill point counts from its setting: the process is stopped until it is set.
        let mut run = self.envctl.start_stopped(&[command, "net", "-auto-approve", "-input=false", "-no-color"]);
        aim(run.id());
        run.go_on();
        let start = Instant::now();
        while run.alive() {
            assert!(start.elapsed() < Duration::from_secs(60), "envctl hangs: {}", self.envctl.read(".test/out"));
            std::thread::sleep(Duration::from_millis(10));
        }
        self.proxy.killed_in().is_some()
    }

    pub fn picture(&self) -> Picture {
        let mut things = BTreeMap::new();
        for object in Inventory::of(&self.aws).0 {
            *things.entry(object.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        let pulled = self.envctl.run(&["state", "pull", "net"]).ok().stdout;
        let mut state: Json = serde_json::from_str(&general(&pulled)).unwrap_or_default();
        without_chance(&mut state);
        if let Some(top) = state.as_object_mut() {
            top.remove("serial");
            top.remove("lineage");
        }
        let mut lines = BTreeSet::new();
        flatten("", &state, &mut lines);
        Picture { things, state: lines }
    }

    /// Locks, intent tags, journal: nothing of it may stay.
    pub fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        let items = self.aws.dynamodb("Scan", &json!({"TableName": TABLE})).json();
        for item in items["Items"].as_array().into_iter().flatten() {
            let id = item["LockID"]["S"].as_str().unwrap_or_default();
            if !id.ends_with("-md5") {
                left.push(format!("lock {id}"));
            }
        }
        for lock in [format!("{KEY}.tflock"), format!("{KEY}.envctl/lock")] {
            if self.aws.s3("GET", &format!("/{BUCKET}/{lock}"), b"").status == 200 {
                left.push(format!("lock object {lock}"));
            }
        }
        let filter = [("Filter.1.Name", "key"), ("Filter.1.Value.1", "envctl:intent")];
        let tags = self.aws.ec2("DescribeTags", &filter);
        left.extend(tags.items("tagSet").iter().map(|t| format!("intent tag of {}", t.text_at("resourceId"))));
        let target = format!("/{BUCKET}?list-type=2&prefix={KEY}.envctl%2Fjournal%2F");
        let listing = Node::parse(&self.aws.s3("GET", &target, b"").body).unwrap_or_default();
        // What may still arrive stays on the watch list.
        let contents = listing.children.iter().filter(|c| c.name == "Contents");
        let keys = contents.map(|c| c.text_at("Key")).filter(|k| !k.ends_with("/watched"));
        left.extend(keys.map(|k| format!("journal {k}")));
        left
    }
}

fn flatten(at: &str, json: &Json, lines: &mut BTreeSet<String>) {
    match json {
        Json::Object(members) => members.iter().for_each(|(n, v)| flatten(&format!("{at}.{n}"), v, lines)),
        Json::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                let name = item.get("type").and(item.get("name")).map_or_else(|| i.to_string(), |n| format!("{} {n}", item["type"]));
                flatten(&format!("{at}[{name}]"), item, lines);
            }
        }
        scalar => drop(lines.insert(format!("{at} = {scalar}"))),
    }
}

/// What was drawn, and where it went.
fn without_chance(state: &mut Json) {
    let named = ["password", "unique_id", "policy_id"];
    let drawn = ["id", "hex", "dec", "b64_std", "b64_url", "result", "bcrypt_hash", "password"];
    for resource in state["resources"].as_array_mut().into_iter().flatten() {
        let random = resource["type"].as_str().is_some_and(|t| t.starts_with("random_"));
        for instance in resource["instances"].as_array_mut().into_iter().flatten() {
            let Some(attributes) = instance["attributes"].as_object_mut() else { continue };
            attributes
                .retain(|name, value| value.is_null() || !(named.contains(&name.as_str()) || random && drawn.contains(&name.as_str())));
        }
    }
}

/// Ids, addresses and names that AWS draws, as what they are.
fn general(state: &str) -> String {
    let rules = [
        (r"\b(vpc|subnet|igw|rtb|rtbassoc|acl|aclassoc|eipalloc|eipassoc|sg|dopt|r-rtb)-[0-9a-f]{8,}", "$1-#"),
        (r"\b(i|sgr|vol|eni|key|db)-[0-9a-zA-Z]{17,}", "$1-#"),
        (r"\bA(?:ROA|NPA|IPA|IDA)[0-9A-Z]{12,}", "A#"),
        (r"\bsgrule-[0-9]+", "sgrule-#"),
        (r"killed-database-[0-9a-f]{10,}", "killed-database-#"),
        (r"killed-[0-9a-f]{8}\b", "killed-#"),
        (r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|\+00:00)", "time"),
        (r"\bnacl-[0-9]+", "nacl-#"),
        (r"ec2-[0-9-]+\.", "ec2-#."),
        (r#""((?:1[1-9]|[2-9][0-9]?|1[0-9][0-9]|2[0-5][0-9])\.[0-9]+\.[0-9]+\.[0-9]+)""#, "\"ip\""),
    ];
    rules.iter().fold(state.to_string(), |text, (pattern, with)| Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned())
}
