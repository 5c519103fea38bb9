//! `audit`: a dirty tree modelled on a local and cloud pair (S3) and on a compose system on a machine (S4), and the same
//! systems done well, in which nothing may be found.

use crate::harness::git::git;
use crate::harness::{Envctl, Outcome};
use serde_json::Value as Json;

/// Random text that no tool may find in our own repository.
fn token() -> String {
    ["9f8Gk2", "LqZx71", "Vb0TnW4s"].concat()
}

fn key_id() -> String {
    ["AKIA", "Z7Q3M2N5B8V1C4X6"].concat()
}

fn dirty(envctl: &Envctl) {
    let secret = token();
    envctl
        .file("p/trader/config.py", "MODELS = '/home/sophie/models'\nDB = 'sqlite:///data/trades.db'\nBROKER = 'https://203.0.114.7/api'\n")
        .file("p/trader/keys.py", &format!("AWS_ID = '{}'\nAPI_SECRET = '{secret}'\n", key_id()))
        .file("p/.env", "RUNTIME_MODE=live\nDB_PASSWORD=hunter2-x\n")
        .file("p/compose/docker-compose.yml", "services:\n  api:\n    image: nginx:latest\n    privileged: true\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n")
        .file("p/deploy.sh", "#!/bin/sh\nssh -o StrictHostKeyChecking=no prod\ncurl -k https://prod/health\ncurl http://get.example.com/x | sudo bash\n")
        .file("p/terraform.tfstate", "{\"version\": 4, \"resources\": [{}]}\n")
        .file("p/terraform.tfvars", "db_password = \"hunter2-y\"\nsize = 3\n")
        .file("p/main.tf", MAIN);
}

const MAIN: &str = r#"
variable "open" {
  default = "0.0.0.0/0"
}
variable "unknown" {}
variable "size" {}
variable "db_password" {}

resource "aws_security_group" "web" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.open]
  }
  ingress {
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = [var.unknown]
  }
}

resource "aws_vpc_security_group_ingress_rule" "custom" {
  cidr_ipv6   = "::/0"
  from_port   = 9999
  to_port     = 9999
  ip_protocol = "tcp"
}

resource "aws_db_instance" "main" {
  publicly_accessible = true
  skip_final_snapshot = true
}

resource "aws_db_instance" "unknown" {
  storage_encrypted       = var.unknown
  backup_retention_period = var.unknown
}

resource "aws_s3_bucket_acl" "site" {
  acl = "public-read"
}

resource "aws_s3_bucket_public_access_block" "site" {
  block_public_acls   = false
  block_public_policy = true
}

resource "aws_instance" "web" {
  root_block_device {
    encrypted = false
  }
}

resource "aws_ebs_volume" "none" {
  count = 0
}
"#;

fn commit(envctl: &Envctl) {
    let p = envctl.path("p");
    git(&p, &["init", "-q", "-b", "main"]);
    git(&p, &["add", "-Af"]);
    git(&p, &["commit", "-qm", "x"]);
}

fn findings(out: &Outcome) -> Vec<String> {
    let document: Json = serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}\n{}", out.text()));
    for secret in ["hunter2", token().as_str(), key_id().as_str()] {
        assert!(!out.stdout.contains(secret) && !out.stderr.contains(secret), "a secret was shown:\n{}", out.text());
    }
    let one = |f: &Json| {
        assert!(f["reason"].as_str().is_some_and(|r| !r.is_empty()) && f["fix"].as_str().is_some_and(|r| !r.is_empty()), "{f}");
        let line = f["line"].as_u64().map(|l| format!(":{l}")).unwrap_or_default();
        format!("{} {} {}{line}", f["level"].as_str().unwrap(), f["rule"].as_str().unwrap(), f["file"].as_str().unwrap())
    };
    document["findings"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn everything_in_a_dirty_tree_is_found_at_its_place() {
    let envctl = Envctl::new();
    dirty(&envctl);
    commit(&envctl);
    let out = envctl.run(&["audit", "p", "-json"]).expect(2);
    let expected = [
        "critical open-to-world main.tf:20",
        "critical db-public main.tf:38",
        "critical state-in-git terraform.tfstate",
        "critical secret-token trader/keys.py:1",
        "high secret-value .env:2",
        "high live-mode .env:1",
        "high container-privileged compose/docker-compose.yml:4",
        "high docker-socket compose/docker-compose.yml:6",
        "high host-key-off deploy.sh:2",
        "high pipe-to-shell deploy.sh:4",
        "high open-to-world main.tf:31",
        "high db-unencrypted main.tf:37",
        "high bucket-public main.tf:48",
        "high bucket-public main.tf:52",
        "high tfvars-secret terraform.tfvars:1",
        "high secret-value trader/keys.py:2",
        "medium missing-ignore .gitignore",
        "medium image-latest compose/docker-compose.yml:3",
        "medium tls-off deploy.sh:3",
        "medium db-no-backup main.tf:37",
        "medium imds-v1 main.tf:56",
        "medium volume-unencrypted main.tf:58",
        "medium absolute-path trader/config.py:1",
        "medium relative-sqlite trader/config.py:2",
        "medium hard-coded-host trader/config.py:3",
    ];
    let mut found = findings(&out);
    for wanted in expected {
        assert!(found.iter().any(|f| f == wanted), "no {wanted:?} in\n{}", found.join("\n"));
    }
    found.retain(|f| !expected.contains(&f.as_str()));
    assert!(found.is_empty(), "too much:\n{}", found.join("\n"));

    let text = envctl.run(&["audit", "p"]).expect(2);
    text.says("terraform.tfvars:1  db_password has a value here").says("-> Revoke it").says("main.tf:20").never_says("hunter2");
    let high = findings(&envctl.run(&["audit", "p", "-level", "high", "-json"]).expect(2));
    assert!(high.iter().all(|f| f.starts_with("high") || f.starts_with("critical")) && high.len() == 16, "{high:#?}");
    assert_eq!(findings(&envctl.run(&["audit", "p", "-level", "critical", "-json"]).expect(2)).len(), 4);
}

#[test]
fn settings_of_environments_and_remarks_count() {
    let envctl = Envctl::new();
    let database = "resource \"aws_db_instance\" \"main\" {\n  storage_encrypted = true\n  backup_retention_period = 7\n}\n";
    envctl
        .file("p/.gitignore", ".env\n*.tfstate\n*.tfstate.*\n*.tfplan\n.envctl/\n")
        .file("p/environments/prod/main.tf", database)
        .file("p/environments/prod/app.hcl", "environment {\n  protected = true\n  audit {\n    ignore = [\"tls-off:lab/*\"]\n    level  = { \"absolute-path\" = \"low\" }\n  }\n}\n")
        .file("p/lab/x.sh", "curl -k https://x\n")
        .file("p/x.sh", "curl -k https://x  # envctl:ignore tls-off the lab has no names\ncd /home/sophie\n");
    commit(&envctl);
    let out = envctl.run(&["audit", "p", "-json"]).expect(2);
    assert_eq!(findings(&out), ["high db-unprotected environments/prod/main.tf:1", "low absolute-path x.sh:2"]);
    envctl.run_in("p", &["audit", "prod", "-level", "critical"]).ok().says("2 findings lie below the level");
    envctl.file("p/environments/prod/app.hcl", "environment {\n  audit {\n    ignore = [\"tls-of:lab/*\"]\n  }\n}\n");
    envctl.run(&["audit", "p"]).expect(1).says("There is no rule \"tls-of\"").says("Did you mean \"tls-off\"?");
    envctl.run(&["audit", "nowhere"]).expect(1).says("Environment not found");
}

/// S3 and S4 as they should be.
fn clean(envctl: &Envctl) {
    envctl
        .file("p/.gitignore", ".env\n*.tfstate\n*.tfstate.*\n*.tfplan\n.envctl/\n.terraform/\nnode_modules/\n")
        .file("p/README.md", "Run it with `ssh -o StrictHostKeyChecking=no` never; see /home/sophie and 203.0.114.9.\n")
        .file("p/trader/config.py", "import os\nMODELS = os.environ['MODELS_DIR']\nDB = os.environ['DATABASE_URL']\nAPI_TOKEN = os.environ['API_TOKEN']\nHOST = '127.0.0.1'\n")
        .file("p/.env.example", "RUNTIME_MODE=dryrun\nMODELS_DIR=\nDATABASE_URL=postgres://postgres:postgres@localhost:5432/app\nAPI_TOKEN=changeme\n")
        .file("p/.env", "RUNTIME_MODE=dryrun\nAPI_TOKEN=hunter2-local\n")
        .file("p/docker-compose.yml", "services:\n  api:\n    build: .\n    image: api\n    environment:\n      API_TOKEN: ${API_TOKEN}\n  db:\n    image: postgres:16.3\n")
        .file("p/Dockerfile", "FROM python:3.12-slim AS build\nWORKDIR /home/worker/src\nFROM build\nUSER 1000\n")
        .file("p/deploy.sh", "#!/bin/sh\nset -eu\nssh -o StrictHostKeyChecking=accept-new prod true\ncurl -fsS https://prod.example.com/health\ncurl -fsSL https://get.example.com/x -o x\n")
        .file("p/package-lock.json", "{\"integrity\": \"sha512-9f8Gk2LqZx71Vb0TnW4s9f8Gk2LqZx71Vb0TnW4s\"}\n")
        .file("p/environments/prod/app.hcl", "environment {\n  protected = true\n}\napp \"web\" {\n  host = \"prod.example.com\"\n  ready { file = \"/home/ubuntu/.setup_complete\" }\n}\n")
        .file("p/environments/prod/terraform.tfvars", "db_class = \"db.t3.small\"\nadmin_cidr = \"198.51.100.7/32\"\n")
        .file("p/environments/prod/main.tf", CLEAN)
        .file("p/modules/db/main.tf", "variable \"encrypted\" {}\nresource \"aws_db_instance\" \"main\" {\n  storage_encrypted = var.encrypted\n  backup_retention_period = 30\n  deletion_protection = true\n  skip_final_snapshot = false\n}\n");
}

const CLEAN: &str = r#"
variable "db_class" {}
variable "admin_cidr" {}
variable "password" {
  sensitive = true
}

module "db" {
  source    = "../../modules/db"
  encrypted = true
}

resource "aws_security_group" "web" {
  dynamic "ingress" {
    for_each = [80, 443]
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.admin_cidr]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "web" {
  metadata_options {
    http_tokens = "required"
  }
  root_block_device {
    encrypted = true
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"#;

#[test]
fn nothing_is_found_in_a_clean_tree_with_or_without_git() {
    let envctl = Envctl::new();
    clean(&envctl);
    let p = envctl.path("p");
    git(&p, &["init", "-q", "-b", "main"]);
    git(&p, &["add", "-A"]);
    git(&p, &["commit", "-qm", "x"]);
    std::fs::write(p.join("blob.bin"), [0u8, 255, 254, 10, 13]).unwrap();
    std::fs::write(p.join("latin.py"), b"name = '\xe9t\xe9'\n").unwrap();
    std::fs::write(p.join("huge.log"), vec![b'x'; 3 << 20]).unwrap();
    std::os::unix::fs::symlink("..", p.join("up")).unwrap();
    std::os::unix::fs::symlink("self.py", p.join("self.py")).unwrap();
    let out = envctl.run(&["audit", "p", "-json"]);
    assert_eq!((findings(&out), out.code), (vec![], Some(0)), "{}", out.text());
    envctl.run(&["audit", "p"]).ok().says("Nothing was found");
    envctl.run_in("p", &["audit", "prod"]).ok();

    std::fs::remove_dir_all(p.join(".git")).unwrap();
    std::fs::remove_file(p.join(".env")).unwrap();
    envctl.run(&["audit", "p"]).ok().says("it is not in git");
}
