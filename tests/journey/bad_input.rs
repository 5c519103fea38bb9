//! What is wrong is said with its place, ends with 1, and changes nothing.

use super::{House, REGION, changes};
use crate::harness::process::free_port;
use crate::harness::world::{PASSWORD, TOKEN};
use crate::harness::{Envctl, Outcome, World};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// Both commands refuse it, say all of this and call nothing that changes anything.
#[track_caller]
fn refused(house: &House, env: &str, says: &[&str]) {
    house.proxy.reset_stats();
    for command in ["plan", "apply"] {
        let outcome = house.run(command, env, &[]).expect(1);
        for text in says {
            assert!(outcome.stderr.contains(text), "no {text:?} in\n{}", outcome.text());
        }
        assert!(!outcome.stdout.contains("will be created"), "{}", outcome.text());
    }
    let done = changes(&house.proxy);
    assert!(done.is_empty(), "{done:?}");
}

#[test]
fn mistakes_in_a_configuration_are_shown_where_they_are() {
    let house = House::new();
    let mut number = 0;
    let mut wrong = |text: &str, says: &[&str]| {
        number += 1;
        let env = format!("wrong{number}");
        house.envctl.file(&format!("environments/{env}/main.tf"), text);
        refused(&house, &env, says);
        assert!(!house.envctl.path(&format!("environments/{env}/terraform.tfstate")).exists());
    };
    wrong(
        "variable \"size\" {\n  type = number\n}\n\nvariable \"name\" {}\n\nresource \"aws_vpc\" \"v\" {\n  cidr_block = var.name\n}\n",
        &["No value for required variable", "main.tf:1)", "main.tf:5)", "TF_VAR_", "-var"],
    );
    wrong(
        "resource \"aws_vpc\" \"v\" {\n  cidr_blok = \"10.0.0.0/16\"\n}\n",
        &["main.tf:2:3", "Unsupported argument", "Did you mean \"cidr_block\"?"],
    );
    wrong("resource \"aws_vpcs\" \"v\" {\n}\n", &["main.tf:1:1", "has no resource type \"aws_vpcs\"", "Did you mean \"aws_vpc\"?"]);
    wrong(
        "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n\noutput \"x\" {\n  value = aws_vpc.v.cidr_blocks\n}\n",
        &["main.tf:6:", "cidr_blocks", "cidr_block"],
    );
    wrong("resource \"aws_vpc\" \"v\" {\n  cidr_block = [\"10.0.0.0/16\"]\n}\n", &["main.tf:2:16", "\"cidr_block\" is of type string"]);
    wrong("resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/40\"\n}\n", &["main.tf:2:16", "`10.0.0.0/40` is no IPv4 CIDR block"]);
    wrong(
        "locals {\n  a = aws_vpc.a.id\n}\n\nresource \"aws_vpc\" \"a\" {\n  tags = { Peer = aws_vpc.b.id }\n}\n\nresource \"aws_vpc\" \"b\" {\n  tags = { Peer = local.a }\n}\n",
        &["Cycle", "main.tf:2:3", "local.a -> aws_vpc.a -> aws_vpc.b -> local.a"],
    );
    wrong("module \"net\" {\n  source = \"../../modules/nett\"\n}\n", &["main.tf:2:12", "Module not found", "there is no folder"]);
    wrong("resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\n}\n", &["main.tf:2:16", "Unclosed quoted text"]);
    wrong("resource \"aws_subnet\" \"s\" {\n}\n", &["main.tf:1:1", "\"vpc_id\" is required"]);
}

#[test]
fn credentials_that_nobody_knows_and_buckets_of_others_are_told_apart() {
    let house = House::with_home("team-state", "team-locks");
    let backend = |bucket: &str| {
        format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"{bucket}\"\n    key = \"k\"\n    region = \"{REGION}\"\n    dynamodb_table = \"team-locks\"\n  }}\n}}\n\nprovider \"aws\" {{\n  region = \"{REGION}\"\n}}\n\nresource \"aws_vpc\" \"v\" {{\n  cidr_block = \"10.0.0.0/16\"\n}}\n"
        )
    };
    house.envctl.file("environments/ours/main.tf", &backend("team-state"));
    house.envctl.file("environments/theirs/main.tf", &backend("someone-elses"));
    house.envctl.file("environments/nobodys/main.tf", &backend("team-stat"));
    let local = backend("x").split_once("\n\n").map(|(_, rest)| rest.to_owned()).unwrap();
    house.envctl.file("environments/local/main.tf", &local);
    refused(&house, "nobodys", &["bucket \"team-stat\"", "envctl bootstrap"]);

    house.aws.create_bucket("someone-elses");
    house.proxy.set(json!({"foreign_buckets": ["someone-elses"]}));
    refused(&house, "theirs", &["someone-elses", "another account"]);
    let bootstrap = house.envctl.run(&["bootstrap", "theirs", "-auto-approve"]).expect(1);
    assert!(bootstrap.stderr.contains("another account"), "{}", bootstrap.text());

    house.proxy.set(json!({"unknown_keys": ["test"]}));
    refused(&house, "ours", &["access key"]);
    refused(&house, "local", &["main.tf:1:1", "InvalidClientTokenId", "check the profile"]);
    house.proxy.set(json!({"unknown_keys": []}));
    house.apply("ours", &[]);
}

#[test]
fn a_held_lock_says_who_holds_it_since_when_and_for_what() {
    let house = House::with_home("interrupt-state", "interrupt-locks");
    house.envctl.file("environments/net/main.tf", include_str!("configurations/interrupted.tf"));
    house.proxy.fault(json!({"operation": "ec2/CreateVpc", "action": "latency", "ms": 4000}));
    let mut run = house.envctl.start(&["apply", "net", "-auto-approve", "-input=false"]);
    while house.proxy.calls("ec2/CreateVpc") == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    for command in ["plan", "apply", "destroy"] {
        let second = house.run(command, "net", &[]).expect(1);
        let year = "20";
        for text in ["envctl apply net", "@", year, "envctl unlock"] {
            assert!(second.stderr.contains(text), "no {text:?} in\n{}", second.text());
        }
    }
    assert_eq!(house.proxy.calls("ec2/CreateVpc"), 1);
    assert_eq!(run.wait(), Some(0), "{}", house.envctl.read(".test/out"));
    house.agrees("net", &[]);
}

#[test]
fn a_state_that_is_newer_than_we_know_is_left_alone() {
    let envctl = Envctl::new();
    envctl.file("environments/web/main.tf", "resource \"terraform_data\" \"x\" {\n  input = 1\n}\n");
    envctl.run(&["apply", "web", "-auto-approve"]).ok();
    let path = "environments/web/terraform.tfstate";
    let known = envctl.read(path);
    for (from, to, says) in
        [("\"version\": 4", "\"version\": 5", "newer than we know"), ("\"schema_version\": 0", "\"schema_version\": 7", "schema version 7")]
    {
        let newer = known.replacen(from, to, 1);
        assert_ne!(newer, known);
        envctl.file(path, &newer);
        for args in [&["plan", "web"][..], &["apply", "web", "-auto-approve"], &["destroy", "web", "-auto-approve"]] {
            envctl.run(args).expect(1).says(says);
        }
        assert_eq!(envctl.read(path), newer);
    }
}

#[test]
fn a_host_that_cannot_be_reached_fails_its_application_alone() {
    let envctl = Envctl::new();
    envctl.file("environments/web/main.tf", "resource \"terraform_data\" \"x\" {\n  input = 1\n}\n");
    let app = format!(
        "app \"site\" {{\n  host = \"127.0.0.1\"\n\n  ssh {{\n    port    = {}\n    timeout = \"1s\"\n  }}\n\n  file \"/tmp/never\" {{\n    content = \"x\"\n  }}\n}}\n",
        free_port()
    );
    envctl.file("environments/web/app.hcl", &app);
    envctl.run(&["plan", "web"]).ok().says("Host not reachable").says("app.hcl:1:1");
    let applied = envctl.run(&["apply", "web", "-auto-approve"]).expect(1);
    for text in ["error: Host not reachable", "app.hcl:1:1", "with app.site", "Connection refused"] {
        assert!(applied.stderr.contains(text), "no {text:?} in\n{}", applied.text());
    }
    assert!(envctl.read("environments/web/terraform.tfstate").contains("terraform_data"), "the infrastructure is made and recorded");
    envctl.run(&["plan", "web", "-infra-only", "-detailed-exitcode"]).expect(0);
    envctl.run(&["deploy", "web", "-auto-approve"]).expect(1).says("Host not reachable");
}

/// Command lines of all processes, again and again, until the run ends.
fn watch_processes(run: impl FnOnce() -> Outcome) -> (Outcome, BTreeSet<String>) {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let watcher = std::thread::spawn(move || {
        let mut seen = BTreeSet::new();
        while stopped.recv_timeout(Duration::from_millis(2)).is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout) {
            for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let line = String::from_utf8_lossy(&line).replace('\0', " ");
                if !line.is_empty() {
                    seen.insert(line);
                }
            }
        }
        seen
    });
    let outcome = run();
    drop(stop);
    (outcome, watcher.join().expect("the watcher"))
}

/// The whole of `apply stage`: infrastructure, records, two hosts.
#[test]
fn secrets_appear_in_no_output_record_or_argument_list() {
    let world = World::new();
    world.run(&["bootstrap", "-auto-approve"]).ok();
    world.apply("shared", &[]);
    let (plan, mut seen) = watch_processes(|| world.envctl.run(&["plan", "stage", "-input=false"]));
    let (apply, more) = watch_processes(|| world.envctl.run(&["apply", "stage", "-auto-approve", "-input=false"]));
    seen.extend(more);
    assert!(seen.iter().any(|line| line.contains("ssh ")), "{seen:?}");
    for secret in [PASSWORD, TOKEN] {
        plan.clone().ok().never_says(secret);
        apply.clone().ok().never_says(secret);
        let told: Vec<_> = seen.iter().filter(|line| line.contains(secret)).collect();
        assert!(told.is_empty(), "in an argument list: {told:?}");
    }
    assert!(world.on_host("dashboard/dashboard_backend/.env.docker").contains(PASSWORD), "the test looks for what is there");

    let listing = world.aws().s3("GET", "/example-envctl-state?list-type=2", b"").text();
    let keys: Vec<&str> = listing.split("<Key>").skip(1).filter_map(|rest| rest.split_once('<').map(|(key, _)| key)).collect();
    assert!(keys.iter().any(|key| key.contains(".envctl/")), "{keys:?}");
    for key in keys.iter().filter(|key| key.contains(".envctl/")) {
        let text = world.aws().s3("GET", &format!("/example-envctl-state/{key}"), b"").text();
        assert!(!text.contains(TOKEN) && !text.contains(PASSWORD), "{key} holds a secret");
    }

    world.sshd.ssh("echo 'echo \"connecting with $POSTGRES_PASSWORD correct-horse-battery\" >&2; exit 3' > failing.sh").unwrap();
    let failing = format!("#!/bin/sh\necho \"the database wants {PASSWORD}\"\nexit 3\n");
    world.dashboard.commit("fail", &[("install.sh", &failing)]);
    let failed = world.run(&["deploy", "stage", "-auto-approve", "-input=false"]).expect(1);
    assert!(failed.text().contains("Install command failed"), "{}", failed.text());
    world.aws().ec2("DescribeVpcs", &[]);
    world.proxy.fault(json!({"operation": "rds/DescribeDBInstances", "action": "code", "code": "AccessDenied", "message": format!("no {PASSWORD} for you")}));
    world.run(&["plan", "stage", "-input=false"]).expect(1);
}
