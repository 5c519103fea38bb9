//! `doctor`: what it finds in a healthy environment, and in broken ones.

use crate::harness::{Envctl, GitRepo, Outcome, Sshd};
use serde_json::Value as Json;

/// `check verdict` of every finding.
fn verdicts(outcome: &Outcome) -> Vec<String> {
    let document: Json = serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}\n{}", outcome.text()));
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|f| format!("{} {}", f["check"].as_str().unwrap(), f["verdict"].as_str().unwrap())).collect()
}

#[track_caller]
fn has(outcome: &Outcome, finding: &str) {
    assert!(verdicts(outcome).iter().any(|v| v == finding), "no {finding:?} in\n{}", outcome.text());
}

/// Messages and advice of what is wrong.
fn wrong(outcome: &Outcome) -> Vec<(String, String, String)> {
    let document: Json = serde_json::from_str(&outcome.stdout).unwrap();
    let text = |f: &Json, key: &str| f[key].as_str().unwrap_or_default().to_owned();
    let findings = document["findings"].as_array().unwrap().iter().filter(|f| f["verdict"] == "wrong");
    findings.map(|f| (text(f, "check"), text(f, "message"), text(f, "help"))).collect()
}

struct Host {
    envctl: Envctl,
    sshd: Sshd,
    repo: GitRepo,
}

const APP: &str = r#"
app "web" {
  host = "HOST"

  ssh {
    config = "CONFIG"
  }

  source {
    git  = "REPO"
    ref  = "REF"
    path = "HOME/web"
  }

  file "conf.txt" {
    template = "templates/conf.txt.tera"
    vars     = { name = var.name }
  }
}

variable "name" {
  default = "x"
}
"#;

impl Host {
    fn new() -> Self {
        let host = Host { envctl: Envctl::new(), sshd: Sshd::start(), repo: GitRepo::new(&[("README", "hello\n")]) };
        host.envctl.file("environments/dev/main.tf", "").file("templates/conf.txt.tera", "name = {{ name }}\n");
        host.write(&[]);
        host
    }

    fn write(&self, changes: &[(&str, &str)]) {
        let config = self.sshd.ssh_config().display().to_string();
        let home = self.sshd.home().display().to_string();
        let url = self.repo.url();
        let mut text = APP.to_owned();
        let usual = [("HOST", "target"), ("CONFIG", &config), ("HOME", &home), ("REPO", &url), ("REF", "main")];
        for (from, to) in changes.iter().chain(&usual) {
            text = text.replace(from, to);
        }
        self.envctl.file("environments/dev/app.hcl", &text);
    }

    fn doctor(&self) -> Outcome {
        self.envctl.run(&["doctor", "dev", "-json"])
    }
}

#[test]
fn hosts_refs_and_templates_are_looked_at() {
    let mut world = Host::new();
    let fine = world.doctor().ok();
    for finding in ["configuration ok", "backend note", "state note", "host ok", "source ok", "files ok"] {
        has(&fine, finding);
    }
    world.envctl.run(&["doctor", "dev"]).ok().says("Nothing is wrong").says("target answers");

    world.write(&[("REF", "no-such-branch")]);
    let out = world.doctor().expect(1);
    assert!(wrong(&out).iter().any(|(_, message, help)| message.contains("no-such-branch") && help.contains("pushed")), "{}", out.text());

    world.write(&[("templates/conf.txt.tera", "templates/missing.tera")]);
    let out = world.doctor().expect(1);
    assert!(wrong(&out).iter().any(|(_, message, _)| message.contains("templates/missing.tera")), "{}", out.text());

    world.write(&[]);
    world.envctl.file("templates/conf.txt.tera", "name = {{ name \n");
    let out = world.doctor().expect(1);
    assert!(wrong(&out).iter().any(|(_, message, _)| message.contains("syntax")), "{}", out.text());
    world.envctl.file("templates/conf.txt.tera", "name = {{ name }}\n");

    world.write(&[("default = \"x\"", "type = string")]);
    let out = world.doctor().expect(1);
    assert!(wrong(&out).iter().any(|(check, message, _)| check == "configuration" && message.contains("name")), "{}", out.text());
    has(&out, "backend note");

    world.write(&[]);
    world.sshd.stop();
    let out = world.doctor().expect(1);
    let found = wrong(&out);
    assert!(
        found.iter().any(|(check, message, help)| check == "host" && message.contains("does not answer") && help.contains("ssh -v")),
        "{}",
        out.text()
    );
}

#[test]
fn a_secret_in_a_finding_is_masked_and_a_broken_configuration_is_one() {
    let envctl = Envctl::new();
    envctl.file("environments/dev/main.tf", "resource \"terraform_data\" \"x\" {\n  input = nothing.here\n}\n");
    let out = envctl.run(&["doctor", "dev", "-json"]).expect(1);
    assert!(wrong(&out).iter().any(|(check, ..)| check == "configuration"), "{}", out.text());
    envctl.run(&["doctor", "nowhere"]).expect(1).says("nowhere");
}

#[cfg(feature = "aws")]
mod aws {
    use super::{has, verdicts, wrong};
    use crate::harness::{Aws, Envctl, Moto, Outcome, Proxy};
    use serde_json::json;

    const REGION: &str = "eu-central-1";
    const BUCKET: &str = "doctor-states";
    const TABLE: &str = "doctor-locks";

    struct World {
        envctl: Envctl,
        aws: Aws,
        _proxy: Proxy,
        _moto: Moto,
    }

    impl World {
        fn new() -> Self {
            let moto = Moto::start();
            let proxy = Proxy::start(&moto).without_delays();
            let aws = proxy.aws(REGION);
            let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_WAIT_SCALE", "0.01");
            let world = World { envctl, aws, _proxy: proxy, _moto: moto };
            world.write("dynamodb_table = \"doctor-locks\"\n    use_lockfile = true", "123456789012");
            world
        }

        fn write(&self, locks: &str, account: &str) {
            let text = format!(
                "terraform {{\n  backend \"s3\" {{\n    bucket = \"{BUCKET}\"\n    key = \"dev/terraform.tfstate\"\n    region = \"{REGION}\"\n    {locks}\n  }}\n}}\n\
                 provider \"aws\" {{\n  region = \"{REGION}\"\n}}\nresource \"aws_eip\" \"x\" {{}}\n"
            );
            self.envctl.file("environments/dev/main.tf", &text);
            self.envctl.file("environments/dev/environment.hcl", &format!("environment {{\n  account_id = \"{account}\"\n}}\n"));
        }

        fn doctor(&self) -> Outcome {
            self.envctl.run(&["doctor", "dev", "-json"])
        }
    }

    #[test]
    fn a_home_made_by_bootstrap_is_healthy() {
        let world = World::new();
        let before = world.doctor().expect(1);
        for finding in ["bucket wrong", "lock table wrong", "state wrong", "account ok", "credentials ok"] {
            has(&before, finding);
        }
        assert!(wrong(&before).iter().any(|(check, _, help)| check == "bucket" && help.contains("envctl bootstrap dev")));
        world.envctl.run(&["bootstrap", "dev", "-auto-approve"]).ok();
        world.envctl.run(&["apply", "dev", "-auto-approve", "-input=false"]).ok();
        let out = world.doctor().ok();
        for finding in [
            "configuration ok",
            "credentials ok",
            "account ok",
            "bucket ok",
            "versioning ok",
            "encryption ok",
            "public access block ok",
            "lifecycle ok",
            "conditional writes ok",
            "lock table ok",
            "locks ok",
            "state ok",
        ] {
            has(&out, finding);
        }
        assert!(verdicts(&out).iter().all(|v| !v.contains("lock note") && !v.contains("journal")), "{}", out.text());
        world.envctl.run(&["doctor"]).ok().says("dev").says("Nothing is wrong");
    }

    #[test]
    fn every_weakness_is_named_with_its_cure() {
        let world = World::new();
        world.envctl.run(&["bootstrap", "dev", "-auto-approve"]).ok();
        world.envctl.run(&["apply", "dev", "-auto-approve", "-input=false"]).ok();
        let put = |what: &str, body: &str| {
            let reply = world.aws.s3("PUT", &format!("/{BUCKET}?{what}"), body.as_bytes());
            assert!(reply.status < 300, "{what}: {}", reply.text());
        };
        put("versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
        put(
            "lifecycle",
            "<LifecycleConfiguration><Rule><ID>tidy</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>\
             <Rule><ID>few</ID><Status>Enabled</Status><Filter><Prefix>dev/</Prefix></Filter><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>",
        );
        assert_eq!(world.aws.s3("DELETE", &format!("/{BUCKET}?publicAccessBlock"), b"").status, 204);
        world.envctl.run(&["lock", "acquire", "dev"]).ok();
        let item =
            json!({"TableName": TABLE, "Item": {"LockID": {"S": format!("{BUCKET}/dev/terraform.tfstate-md5")}, "Digest": {"S": "0"}}});
        assert_eq!(world.aws.dynamodb("PutItem", &item).status, 200);
        world.write("dynamodb_table = \"doctor-locks\"\n    use_lockfile = true", "210987654321");
        let out = world.doctor().expect(1);
        for finding in
            ["versioning wrong", "lifecycle wrong", "lifecycle warning", "public access block wrong", "state wrong", "account wrong"]
        {
            has(&out, finding);
        }
        for (check, message, help) in wrong(&out) {
            assert!(!help.is_empty(), "no cure for {check}: {message}");
        }
        assert!(
            out.stdout.contains("rule tidy") && out.stdout.contains("rule few") && out.stdout.contains("210987654321"),
            "{}",
            out.text()
        );
        let text = world.envctl.run(&["doctor", "dev"]).expect(1);
        text.says("things are wrong").says("Take the expiration out of the rule").says("State and digest disagree");

        world.write("", "123456789012");
        let out = world.doctor().expect(1);
        has(&out, "locks wrong");
        assert!(wrong(&out).iter().any(|(check, _, help)| check == "locks" && help.contains("use_lockfile = true")));
    }

    #[test]
    fn locks_and_journals_of_others_are_noted() {
        let world = World::new();
        world.envctl.run(&["bootstrap", "dev", "-auto-approve"]).ok();
        world.envctl.run(&["lock", "acquire", "dev", "-reason", "maintenance"]).ok();
        has(&world.doctor().ok(), "lock note");
        world.envctl.run(&["lock", "release", "dev"]).ok();
        let segment = format!("/{BUCKET}/dev/terraform.tfstate.envctl/journal/dead/00000001");
        assert_eq!(world.aws.s3("PUT", &segment, br#"{"format":1,"run":"dead","at":"2026-01-02T03:04:05Z","records":[]}"#).status, 200);
        let out = world.doctor().ok();
        has(&out, "journal note");
        assert!(out.stdout.contains("did not end"), "{}", out.text());
    }
}
