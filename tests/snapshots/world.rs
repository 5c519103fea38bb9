//! An account with moto behind the proxy, and an environment with a database.

use crate::harness::{Envctl, Moto, Outcome, Proxy};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

/// Must never be seen.
pub const PASSWORD: &str = "not-a-real-one-at-all";
pub const REGION: &str = "eu-central-1";

pub struct World {
    pub proxy: Proxy,
    pub envctl: Envctl,
    _moto: Moto,
}

impl World {
    /// States take their time.
    pub fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto);
        let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_RECOVERY_WAIT", "0").with_env("ENVCTL_WAIT_SCALE", "0.01");
        let world = Self { proxy, envctl, _moto: moto };
        world.write("keep = 2\ntags = { team = \"data\" }");
        world
    }

    /// States pass at once.
    pub fn quick() -> Self {
        let world = Self::new();
        world.proxy.set(json!({"database_describes": 0}));
        world
    }

    /// The environment with these arguments in its rule.
    pub fn write(&self, rule: &str) {
        self.envctl.file("environments/prod/main.hcl", &text(rule, "db.t4g.micro"));
    }

    /// The environment with another class.
    pub fn with_class(&self, class: &str) -> &Self {
        self.envctl.file("environments/prod/main.hcl", &text("keep = 2", class));
        self
    }

    pub fn apply(&self, more: &[&str]) -> Outcome {
        let mut args = vec!["apply", "prod", "-auto-approve", "-input=false", "-no-color"];
        args.extend(more);
        self.envctl.run(&args)
    }

    pub fn plan(&self, more: &[&str]) -> Outcome {
        let mut args = vec!["plan", "prod", "-input=false", "-no-color"];
        args.extend(more);
        self.envctl.run(&args)
    }

    pub fn list(&self) -> Json {
        let text = self.envctl.run(&["snapshot", "list", "prod", "-json"]).ok().stdout;
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// Snapshots of the database that are not the service's own.
    pub fn manual(&self) -> Vec<Json> {
        let all = self.list();
        all[0]["snapshots"].as_array().unwrap().iter().filter(|s| s["kind"] == "manual").cloned().collect()
    }

    /// Runs to the kill point and dies there; `false`: the run ended before it.
    pub fn die(&self, args: &[&str], call: usize, at: &str) -> bool {
        self.proxy.reset_stats();
        let mut run = self.envctl.start_stopped(args);
        self.proxy.kill_at(run.id(), call, at);
        run.go_on();
        let start = Instant::now();
        while run.alive() {
            assert!(start.elapsed() < Duration::from_secs(120), "envctl hangs: {}", self.envctl.read(".test/out"));
            std::thread::sleep(Duration::from_millis(10));
        }
        self.proxy.killed_in().is_some()
    }

    /// The databases there are: name and resource id.
    pub fn databases(&self) -> Vec<(String, String)> {
        let tree = self.proxy.aws(REGION).call("rds", "DescribeDBInstances", &[]);
        let one = |d: &crate::proxy::xml::Node| (d.text_at("DBInstanceIdentifier").to_owned(), d.text_at("DbiResourceId").to_owned());
        let mut all: Vec<_> = tree.items("DBInstances").iter().map(one).collect();
        all.sort();
        all
    }
}

fn text(rule: &str, class: &str) -> String {
    format!(
        r#"
environment {{
  snapshot "main" {{
    instance = aws_db_instance.main.identifier
    {rule}
  }}
}}

variable "class" {{
  default = "{class}"
}}

variable "n" {{
  default = ""
}}

variable "password" {{
  default   = "{PASSWORD}"
  sensitive = true
}}

resource "terraform_data" "n" {{
  input = var.n
}}

resource "aws_db_instance" "main" {{
  identifier              = "prod-db"
  engine                  = "postgres"
  engine_version          = "16.3"
  instance_class          = var.class
  allocated_storage       = 20
  storage_type            = "gp3"
  storage_encrypted       = true
  db_name                 = "app"
  username                = "app"
  password                = var.password
  backup_retention_period = 30
  backup_window           = "03:00-04:00"
  maintenance_window      = "sun:05:00-sun:06:00"
  deletion_protection     = true
  copy_tags_to_snapshot   = true
  multi_az                = true
  skip_final_snapshot     = true
  apply_immediately       = true
  tags                    = {{ Name = "prod-db", team = "data" }}
}}

output "address" {{
  value = aws_db_instance.main.address
}}
"#
    )
}
