//! `compare`: two environments, a working copy and a real host, as people run it.

use crate::harness::{Envctl, GitRepo, Outcome, Sshd};
use serde_json::{Value as Json, json};

/// A state of format 4 with these objects.
fn state(serial: u64, objects: &[(&str, &str, Json)], outputs: &Json) -> String {
    let resource = |(kind, name, attributes): &(&str, &str, Json)| {
        json!({"mode": "managed", "type": kind, "name": name, "provider": "provider[\"registry.opentofu.org/hashicorp/aws\"]",
               "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}]})
    };
    let all: Vec<Json> = objects.iter().map(resource).collect();
    json!({"version": 4, "terraform_version": "1.11.0", "serial": serial, "lineage": format!("lineage-{serial}"), "outputs": outputs, "resources": all})
        .to_string()
}

const RULES: &str = r#"
environment {
  expect "runtime mode" {
    what    = "file:*:RUNTIME_MODE"
    must    = "differ"
    risk    = "critical"
    because = "only prod may trade"
  }
  expect "sizes" {
    what    = "resource:*:instance_class"
    must    = "any"
    because = "prod is larger"
  }
  expect "postgres" {
    what = "resource:aws_db_instance.main:engine_version"
    must = "equal"
  }
}
"#;

const APP: &str = r#"
variable "mode" {}
variable "password" {
  sensitive = true
}

app "web" {
  host = "target"
  ssh {
    config = "@CONFIG@"
  }
  source {
    git  = "@REPO@"
    ref  = "main"
    path = "@HOME@/web"
  }
  file "backend/.env" {
    base = "backend/.env.sample"
    set  = { RUNTIME_MODE = var.mode, DB_PASSWORD = var.password, ENVIRONMENT = "@ENV@" }
  }
  fact "release" {
    command = "cat @HOME@/release"
  }
  file "conf.toml" {
    template = "templates/conf.toml.tera"
    vars     = { env = "@ENV@", limit = @LIMIT@ }
  }
}
"#;

struct World {
    envctl: Envctl,
    sshd: Sshd,
    repo: GitRepo,
}

impl World {
    fn new() -> World {
        let repo = GitRepo::new(&[
            ("backend/.env.sample", "LOG_LEVEL=info\nRUNTIME_MODE=\nDB_PASSWORD=\nENVIRONMENT=\n"),
            ("package-lock.json", "{}\n"),
        ]);
        let world = World { envctl: Envctl::new(), sshd: Sshd::start(), repo };
        world.envctl.file("templates/conf.toml.tera", "name = \"{{ env }}\"\nlimit = {{ limit }}\n");
        world.environment("stage", "dryrun", "s3cret-stage", "10");
        world.environment("prod", "live", "s3cret-prod", "50");
        world
    }

    fn environment(&self, name: &str, mode: &str, password: &str, limit: &str) {
        let config = self.sshd.ssh_config().display().to_string();
        let home = self.sshd.home().display().to_string();
        let text = [("@CONFIG@", config.as_str()), ("@REPO@", &self.repo.url()), ("@HOME@", &home), ("@ENV@", name), ("@LIMIT@", limit)]
            .iter()
            .fold(APP.to_owned(), |text, (from, to)| text.replace(from, to));
        self.envctl.file(&format!("environments/{name}/app.hcl"), &format!("{RULES}{text}"));
        self.envctl.file(&format!("environments/{name}/main.tf"), "");
        self.envctl.file(&format!("environments/{name}/terraform.tfvars"), &format!("mode = \"{mode}\"\npassword = \"{password}\"\n"));
    }

    fn states(&self, version: &str) {
        let db = |env: &str, class: &str, encrypted: bool, version: &str| {
            json!({"id": format!("db-{env}-0001"), "arn": format!("arn:aws:rds:eu-central-1:1:db:{env}"), "identifier": format!("{env}-main"),
                   "instance_class": class, "storage_encrypted": encrypted, "engine_version": version, "password": format!("hunter2-{env}"),
                   "subnet_id": format!("subnet-{env}-00aa")})
        };
        let subnet =
            |env: &str| json!({"id": format!("subnet-{env}-00aa"), "cidr_block": "10.0.1.0/24", "tags": {"Name": format!("{env}-a")}});
        let outputs = |env: &str| json!({"url": {"value": format!("https://{env}.example.com"), "type": "string"}});
        let stage = [("aws_db_instance", "main", db("stage", "db.t3.micro", false, "16.3")), ("aws_subnet", "a", subnet("stage"))];
        let prod = [("aws_db_instance", "main", db("prod", "db.t3.small", true, version)), ("aws_subnet", "a", subnet("prod"))];
        self.envctl.file("environments/stage/terraform.tfstate", &state(3, &stage, &outputs("stage")));
        self.envctl.file("environments/prod/terraform.tfstate", &state(7, &prod, &outputs("prod")));
    }

    fn json(&self, args: &[&str], code: i32) -> Json {
        let mut all = vec!["compare"];
        all.extend(args);
        all.push("-json");
        let out = self.envctl.run(&all).expect(code);
        serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}\n{}", out.text()))
    }
}

/// `verdict risk what` of every finding.
fn verdicts(document: &Json) -> Vec<String> {
    let one = |f: &Json| format!("{} {} {}", f["verdict"].as_str().unwrap(), f["risk"].as_str().unwrap(), f["what"].as_str().unwrap());
    document["findings"].as_array().unwrap().iter().map(one).collect()
}

fn silent(out: &Outcome) {
    for secret in ["hunter2", "s3cret"] {
        assert!(!out.stdout.contains(secret) && !out.stderr.contains(secret), "a secret was shown:\n{}", out.text());
    }
}

#[test]
fn environments_differ_where_nobody_said_so_and_rules_are_held_against_the_rest() {
    let world = World::new();
    world.states("16.3");
    let found = world.json(&["stage", "prod"], 2);
    assert_eq!(
        verdicts(&found),
        [
            "unexpected high resource:aws_db_instance.main:storage_encrypted",
            "unexpected medium resource:aws_db_instance.main:password",
            "unexpected medium file:backend/.env:DB_PASSWORD",
            "unexpected medium file:conf.toml",
            "unexpected low variable:mode",
            "unexpected low variable:password",
            "declared critical file:backend/.env:RUNTIME_MODE",
            "declared medium resource:aws_db_instance.main:instance_class",
        ]
    );
    let natural: u64 = found["natural"].as_object().unwrap().values().filter_map(Json::as_u64).sum();
    assert!(natural >= 6, "{found:#}");
    let out = world.envctl.run(&["compare", "stage", "prod", "-all"]).expect(2);
    silent(&out);
    out.says("line 2: limit = 10").says("only prod may trade").says("Differences by nature").says("6 differences no rule speaks of");

    // A rule that forbids a difference, and one that demands it.
    world.states("15.7");
    world.environment("stage", "live", "s3cret-stage", "10");
    let found = world.json(&["stage", "prod"], 2);
    assert_eq!(
        verdicts(&found)[..2],
        [
            "violated critical file:backend/.env:RUNTIME_MODE".to_string(),
            "violated high resource:aws_db_instance.main:engine_version".into()
        ]
    );
    let out = world.envctl.run(&["compare", "stage", "prod", "-format", "markdown"]).expect(2);
    silent(&out);
    out.says("| **rule violated** | critical | `file:backend/.env:RUNTIME_MODE` | the same | the same |");
    world.envctl.run(&["compare", "stage", "prod", "-infra-only"]).expect(2).says("1 rule is violated").never_says("RUNTIME_MODE");
    world.envctl.run(&["compare", "stage", "prod", "-files-only"]).expect(2).never_says("aws_db_instance");
    world.envctl.run(&["compare", "stage", "stage"]).ok().says("No unexpected difference");
}

#[test]
fn without_a_state_the_configuration_is_compared_and_nothing_is_made_up() {
    let world = World::new();
    let resource = |size: u32| format!("resource \"terraform_data\" \"x\" {{\n  input = {{ size = {size}, name = \"a\" }}\n}}\n");
    world.envctl.file("environments/stage/main.tf", &resource(1)).file("environments/prod/main.tf", &resource(2));
    let found = world.json(&["stage", "prod", "-infra-only"], 2);
    assert!(verdicts(&found).contains(&"unexpected medium resource:terraform_data.x:input.size".to_string()), "{found:#}");
    let out = world.envctl.run(&["compare", "stage", "prod", "-infra-only"]).expect(2);
    out.says("there is no state: resources are those of the configuration");
    world.envctl.file("environments/prod/terraform.tfvars", "mode = \"live\"\n");
    let out = world.envctl.run(&["compare", "stage", "prod"]).expect(2);
    out.says("no value was given for password").says("not known yet");
    let out = world.envctl.run(&["compare", "stage", "nowhere"]).expect(1);
    out.says("Environment not found");
    world.envctl.run(&["compare", "stage", "host:prod"]).expect(1).says("host:prod/web");
    world.envctl.run(&["compare", "stage", "local:/nowhere/at/all"]).expect(1).says("is no folder");
}

#[test]
fn a_working_copy_and_a_host_are_sides_too() {
    let world = World::new();
    let copy = world.envctl.path("product");
    std::fs::create_dir_all(copy.join("backend")).unwrap();
    world
        .envctl
        .file("product/backend/.env", "LOG_LEVEL=debug\nRUNTIME_MODE=dryrun\nDB_PASSWORD=hunter2-local\nENVIRONMENT=local\nEXTRA=1\n");
    world.envctl.file("product/conf.toml", "name = \"prod\"\nlimit = 50\n");
    world.envctl.file("product/docker-compose.yml", "services:\n  web:\n    image: web:1\n");
    world.envctl.file("product/.env", "UNMANAGED=1\n");
    let found = world.json(&["local:product", "prod"], 2);
    let names = verdicts(&found);
    for name in [
        "unexpected medium file:backend/.env:LOG_LEVEL",
        "unexpected medium file:backend/.env:EXTRA",
        "declared critical file:backend/.env:RUNTIME_MODE",
    ] {
        assert!(names.iter().any(|n| n == name), "no {name} in {found:#}");
    }
    assert!(!names.iter().any(|n| n.contains("UNMANAGED") || n.contains("conf.toml") || n.contains("service:")), "{found:#}");
    silent(&world.envctl.run(&["compare", "local:product", "prod", "-all"]).expect(2));

    // Two copies: everything that lies in them.
    world.envctl.file("other/docker-compose.yml", "services:\n  web:\n    image: web:2\n    ports: ['80:80']\n");
    world.envctl.file("other/.env", "UNMANAGED=1\n").file("other/yarn.lock", "a\n").file("product/yarn.lock", "b\n");
    let names = verdicts(&world.json(&["local:product", "local:other"], 2));
    for name in [
        "unexpected medium service:web:image",
        "unexpected medium service:web:ports",
        "unexpected medium lock:yarn.lock",
        "unexpected medium file:backend/.env",
    ] {
        assert!(names.iter().any(|n| n == name), "no {name} in {names:?}");
    }

    std::fs::write(world.sshd.home().join("release"), "7\n").unwrap();
    // The host after a deploy, and after somebody edited it.
    world.envctl.run(&["deploy", "prod", "-auto-approve"]).ok();
    world.envctl.run(&["compare", "host:prod/web", "prod", "-files-only"]).ok().says("No unexpected difference");
    let file = world.sshd.home().join("web/backend/.env");
    let text =
        std::fs::read_to_string(&file).unwrap().replace("LOG_LEVEL=info", "LOG_LEVEL=trace").replace("s3cret-prod", "hunter2-edited");
    std::fs::write(&file, text).unwrap();
    std::fs::write(world.sshd.home().join("release"), "8\n").unwrap();
    let out = world.envctl.run(&["compare", "host:prod/web", "prod"]).expect(2);
    silent(&out);
    out.says("file:backend/.env:LOG_LEVEL").says("trace").says("file:backend/.env:DB_PASSWORD").says("fact:web:release");
}
