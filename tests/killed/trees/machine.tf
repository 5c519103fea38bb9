terraform {
  backend "s3" {
    bucket         = "killed-state"
    key            = "killed/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "killed-locks"
    use_lockfile   = true
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { team = "killed" }
  }
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "this" {
  for_each          = { a = 0, b = 1 }
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, each.value)
  availability_zone = "eu-central-1${each.key}"
}

resource "aws_security_group" "this" {
  name   = "killed"
  vpc_id = aws_vpc.this.id

  ingress {
    description = "SSH"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["10.0.0.0/8"]
  }
}

resource "aws_security_group" "database" {
  name_prefix = "killed-database-"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group_rule" "this" {
  type              = "ingress"
  security_group_id = aws_security_group.database.id
  cidr_blocks       = ["10.0.0.0/16"]
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_key_pair" "this" {
  key_name   = "killed-key"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKfE3fEpmb0EDSKp6fmL/naI6GhXZ14DuljvLicO3wE2 killed"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "this" {
  name = "killed-machine"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "this" {
  name = "killed-policy"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.this.arn
}

resource "aws_iam_instance_profile" "this" {
  name = "killed-profile"
  role = aws_iam_role.this.name
}

resource "aws_instance" "this" {
  ami                    = "ami-22040a00000000000"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.this["a"].id
  vpc_security_group_ids = [aws_security_group.this.id]
  key_name               = aws_key_pair.this.key_name
  iam_instance_profile   = aws_iam_instance_profile.this.name
  user_data              = "#!/bin/sh"

  root_block_device {
    volume_type = "gp3"
    volume_size = 20
  }
}

resource "aws_eip" "this" {
  instance = aws_instance.this.id
}

resource "random_password" "this" {
  length = 20
}

resource "aws_db_subnet_group" "this" {
  name       = "killed"
  subnet_ids = [for s in aws_subnet.this : s.id]
}

resource "aws_db_instance" "this" {
  identifier             = "killed"
  engine                 = "postgres"
  engine_version         = "16"
  instance_class         = "db.t4g.micro"
  allocated_storage      = 20
  username               = "app"
  password               = random_password.this.result
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.database.id]
  skip_final_snapshot    = true
  apply_immediately      = true
}

resource "random_id" "this" {
  byte_length = 4
}

resource "aws_s3_bucket" "this" {
  bucket = "killed-${random_id.this.hex}"
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket            = aws_s3_bucket.this.id
  block_public_acls = true
}

resource "aws_dynamodb_table" "this" {
  name         = "killed"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}
