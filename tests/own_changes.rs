//! What envctl attached itself is no drift; what somebody else attached is.

use crate::harness::{Envctl, Moto, Proxy, assert_next_plan_empty};

const TREE: &str = r#"
provider "aws" {
  region = "eu-central-1"
}

resource "aws_iam_role" "machine" {
  name               = "own-machine"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs" {
  name = "logs"
  role = aws_iam_role.machine.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["logs:PutLogEvents"], Resource = "*" }] })
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_network_acl" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_network_acl_association" "this" {
  network_acl_id = aws_network_acl.this.id
  subnet_id      = aws_subnet.this.id
}

resource "aws_network_acl_rule" "in" {
  network_acl_id = aws_network_acl.this.id
  rule_number    = 100
  protocol       = "-1"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
}

resource "aws_security_group" "this" {
  name   = "own"
  vpc_id = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.this.id
  cidr_ipv4         = "10.0.0.0/16"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_s3_bucket" "this" {
  bucket = "own-changes-bucket"
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}
"#;

#[test]
fn drift_knows_its_own_hands() {
    let moto = Moto::start();
    let proxy = Proxy::start(&moto).without_delays();
    let envctl = Envctl::new().with_aws(&proxy, "eu-central-1");
    envctl.file("environments/stage/main.tf", TREE);
    envctl.run(&["apply", "stage", "-auto-approve", "-input=false"]).ok();
    envctl.run(&["drift", "stage"]).ok().never_says("changed outside");
    assert_next_plan_empty(&envctl, "stage");

    // Taken off again: that is no drift either.
    let (kept, _) = TREE.split_once("resource \"aws_iam_role_policy\"").unwrap();
    let rest = TREE.split_once("resource \"aws_vpc\" ").unwrap().1;
    envctl.file("environments/stage/main.tf", &format!("{kept}resource \"aws_vpc\" {rest}"));
    envctl.run(&["apply", "stage", "-auto-approve", "-input=false"]).ok().says("1 destroyed");
    envctl.run(&["drift", "stage"]).ok().never_says("changed outside");

    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let aws = proxy.aws("eu-central-1");
    aws.call("iam", "PutRolePolicy", &[("RoleName", "own-machine"), ("PolicyName", "by-hand"), ("PolicyDocument", document)]);
    envctl.run(&["drift", "stage"]).expect(2).says("aws_iam_role.machine");
}
