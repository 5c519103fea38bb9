//! `state secrets` and the masks, with what AWS makes people store.

use super::{KEPT, Locks, World};

const PASSWORD: &str = "rds-password-of-the-test";

const TREE: &str = r#"
provider "aws" {
  region = "eu-central-1"
}

variable "password" {
  sensitive = true
}

resource "random_password" "made" {
  length  = 20
  special = false
}

resource "aws_db_instance" "given" {
  identifier          = "given"
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  username            = "app"
  password            = var.password
  skip_final_snapshot = true
}

resource "terraform_data" "url" {
  input = "postgres://app:${var.password}@db/app"
}

output "url" {
  value     = "postgres://app:${var.password}@db/app"
  sensitive = true
}

output "host" {
  value = aws_db_instance.given.address
}
"#;

#[test]
fn stored_passwords_are_named_with_a_way_out_and_never_shown() {
    let mut world = World::new();
    world.envctl = world.envctl.with_env("TF_VAR_password", PASSWORD);
    world.envctl.file("environments/dev/main.tf", TREE);
    world.backend(KEPT, "secrets/terraform.tfstate", Locks::Table, "");
    world.envctl.run(&["apply", "dev", "-auto-approve", "-input=false"]).ok().never_says(PASSWORD);
    let state = world.state(KEPT, "secrets/terraform.tfstate");
    let made = state["resources"].as_array().unwrap().iter().find(|r| r["type"] == "random_password").unwrap();
    let made = made["instances"][0]["attributes"]["result"].as_str().unwrap().to_owned();
    // Masked also where the variable has no value any more: the state knows what is secret.
    world.envctl = world.envctl.with_env("TF_VAR_password", "");
    let out = world.envctl.run(&["state", "secrets", "dev"]).ok().never_says(PASSWORD).never_says(&made);
    for place in ["aws_db_instance.given: password", "random_password.made: result", "terraform_data.url: input", "output.url"] {
        assert!(out.stdout.contains(place), "{place}: {}", out.text());
    }
    let out = out.says("Set password_wo instead").says("Remove the output").says("lie in plain text").never_says("output.host");
    out.says(&format!("{KEPT}/secrets/terraform.tfstate"));
    for args in [&["state", "show", "dev", "aws_db_instance.given"][..], &["show", "dev"], &["output", "dev"], &["state", "verify", "dev"]]
    {
        world.envctl.run(args).ok().never_says(PASSWORD).never_says(&made);
    }
}
