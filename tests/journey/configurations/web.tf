terraform {
  backend "s3" {
    bucket         = "journey-state"
    key            = "web/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "journey-locks"
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { Project = "journey" }
  }
}

variable "instance_type" {
  default = "t3.micro"
}

variable "role" {
  default = "web"
}

variable "admin_cidr" {
  default = "203.0.113.0/24"
}

variable "greeting" {
  default = "hello"
}

variable "replace_on_user_data" {
  default = false
}

variable "subnet" {
  default = "10.0.1.0/24"
}

variable "key_name" {
  default = "journey-a"
}

variable "db_storage" {
  default = 20
}

variable "db_class" {
  default = "db.t3.micro"
}

variable "db_password" {
  sensitive = true
  default = "correct-horse-battery"
}

data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-*-22.04-amd64-server-*"]
  }
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "journey" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.this.id
  cidr_block              = var.subnet
  availability_zone       = "eu-central-1a"
  map_public_ip_on_launch = true
}

resource "aws_subnet" "private" {
  for_each = { eu-central-1a = "10.0.11.0/24", eu-central-1b = "10.0.12.0/24" }

  vpc_id            = aws_vpc.this.id
  cidr_block        = each.value
  availability_zone = each.key
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "web" {
  name        = "web"
  description = "web"
  vpc_id      = aws_vpc.this.id

  ingress {
    description = "ssh"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [var.admin_cidr]
  }

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_key_pair" "deploy" {
  key_name   = var.key_name
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKLgZzJzpVqqGZqUvDg+4jTQ5ExcdWNLPUYQ5Z7ZzI1q"
}

resource "aws_instance" "web" {
  ami                         = data.aws_ami.ubuntu.id
  instance_type               = var.instance_type
  subnet_id                   = aws_subnet.public.id
  vpc_security_group_ids      = [aws_security_group.web.id]
  key_name                    = var.key_name
  user_data                   = "#!/bin/sh\necho ${var.greeting} > /etc/motd\n"
  user_data_replace_on_change = var.replace_on_user_data

  root_block_device {
    volume_size = 20
    volume_type = "gp3"
    encrypted   = true
  }

  tags = { Name = "web", Role = var.role }
}

resource "aws_eip" "web" {
  domain   = "vpc"
  instance = aws_instance.web.id
}

resource "aws_db_subnet_group" "this" {
  name       = "journey"
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_instance" "this" {
  identifier             = "journey"
  engine                 = "postgres"
  engine_version         = "16.4"
  instance_class         = var.db_class
  allocated_storage      = var.db_storage
  username               = "app"
  password               = var.db_password
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.web.id]
  skip_final_snapshot    = true
  apply_immediately      = true
}

output "address" {
  value = aws_eip.web.public_ip
}
