//! A tree as people lay it out for OpenTofu, used where it lies and left as it is: one root module for two
//! environments with a backend file each, shared parts read through their state, `state/` with a local backend.

use super::{House, REGION, assert_nothing_left};
use crate::harness::{Inventory, Outcome};
use std::collections::BTreeMap;
use std::path::Path;

const DB_PASSWORD: &str = "correct-horse-battery";

/// The tree in a project of its own.
fn house() -> House {
    let mut house = House::new();
    house.envctl = house.envctl.with_env("TF_VAR_db_password", DB_PASSWORD);
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journey/tree");
    for (path, text) in files(&tree) {
        house.envctl.file(&path, &text);
    }
    house
}

/// All files of a tree but what tools keep beside it.
fn files(root: &Path) -> BTreeMap<String, String> {
    let entries =
        walkdir::WalkDir::new(root).into_iter().filter_entry(|e| ![".test", ".envctl"].contains(&&*e.file_name().to_string_lossy()));
    let files = entries.map(|entry| entry.expect("a tree")).filter(|entry| entry.file_type().is_file());
    let path = |entry: &walkdir::DirEntry| entry.path().strip_prefix(root).expect("inside").display().to_string();
    files.map(|entry| (path(&entry), std::fs::read_to_string(entry.path()).expect("text"))).collect()
}

/// From inside the folder, as the commands of a README say.
#[track_caller]
fn inside(house: &House, command: &str, env: &str) -> Outcome {
    let (backend, vars) = (format!("-backend-config=backend-{env}.hcl"), format!("-var-file={env}.tfvars"));
    let mut args = vec![command, &backend, &vars, "-input=false"];
    args.push(if command == "plan" { "-detailed-exitcode" } else { "-auto-approve" });
    house.envctl.run_in("deployments", &args).never_says(DB_PASSWORD)
}

/// From the tree's root.
#[track_caller]
fn outside(house: &House, command: &str, env: &str) -> Outcome {
    let (backend, vars) = (format!("-backend-config=deployments/backend-{env}.hcl"), format!("-var-file=deployments/{env}.tfvars"));
    let mut args = vec![command, "deployments", &backend, &vars, "-input=false"];
    args.push(if command == "plan" { "-detailed-exitcode" } else { "-auto-approve" });
    house.envctl.run(&args).never_says(DB_PASSWORD)
}

#[test]
fn a_tree_for_opentofu_is_planned_applied_and_destroyed_where_it_lies() {
    let house = house();
    let root = house.envctl.path(".");
    let written = files(&root);
    let nothing = Inventory::of(&house.aws);

    house.apply("state", &[]);
    assert!(house.envctl.read("state/terraform.tfstate").contains("\"aws_s3_bucket_versioning\""));
    let home = Inventory::of(&house.aws);
    assert_eq!(home.since(&nothing).len(), 2);

    house.differs("shared", &[]).says("Plan: 12 to add").says("s3://acme-tfstate/shared/terraform.tfstate");
    house.apply("shared", &[]);
    let state = house.aws.s3("GET", "/acme-tfstate/shared/terraform.tfstate", b"").text();
    assert!(
        state.contains("module.network.provider[\\\"registry.opentofu.org/hashicorp/aws\\\"]"),
        "the module owns its provider: {state}"
    );

    inside(&house, "plan", "stage").expect(2).says("Plan: 8 to add").says("deployments/stage/terraform.tfstate");
    inside(&house, "apply", "stage").ok();
    inside(&house, "plan", "stage").expect(0);
    outside(&house, "plan", "prod").expect(2).says("deployments/prod/terraform.tfstate");
    outside(&house, "apply", "prod").ok();
    inside(&house, "plan", "prod").expect(0);
    outside(&house, "plan", "stage").expect(0);
    user_data(&house);
    two_backends(&house);

    house.run("destroy", "shared", &[]).expect(1).says("DependencyViolation");
    inside(&house, "destroy", "prod").ok();
    outside(&house, "destroy", "stage").ok();
    house.run("destroy", "shared", &[]).ok();
    assert_nothing_left(&house.aws, &home);

    let mut now = files(&root);
    now.retain(|path, _| !path.starts_with("state/terraform.tfstate"));
    assert_eq!(now, written, "the tree is as it was");
}

/// What `templatefile` made reached the machine.
fn user_data(house: &House) {
    let reservations = house.aws.ec2("DescribeInstances", &[("Filter.1.Name", "tag:Name"), ("Filter.1.Value.1", "acme-stage")]);
    let id = reservations.items("reservationSet")[0].items("instancesSet")[0].text_at("instanceId").to_owned();
    let answer = house.aws.ec2("DescribeInstanceAttribute", &[("InstanceId", &id), ("Attribute", "userData")]);
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(answer.text_at("userData/value")).expect("base64");
    let script = String::from_utf8(bytes).expect("text");
    for line in [
        "hostnamectl set-hostname acme-stage\n",
        "apt-get install -y git\napt-get install -y docker.io\n",
        "ENVIRONMENT=stage\n",
        "PATH is ${PATH}",
    ] {
        assert!(script.contains(line), "no {line:?} in {script}");
    }
    assert_eq!(REGION, "eu-central-1", "the region that the tree names");
}

/// Who used a module with two backends says which one is meant.
fn two_backends(house: &House) {
    for command in ["plan", "apply", "destroy"] {
        let unsaid = house.envctl.run_in("deployments", &[command, "-var-file=stage.tfvars", "-input=false"]).expect(1);
        for name in ["backend-stage.hcl", "backend-prod.hcl", "deployments/stage/terraform.tfstate", "deployments/prod/terraform.tfstate"] {
            assert!(unsaid.stderr.contains(name), "no {name} in\n{}", unsaid.text());
        }
    }
    let elsewhere = house.envctl.run(&["plan", "deployments", "-backend-config=backend-stage.hcl", "-var-file=deployments/stage.tfvars"]);
    elsewhere.expect(1).says("backend-stage.hcl");
}
