variable "name" {}
variable "subnet_ids" { type = list(string) }
variable "vpc_id" {}
variable "client_sg" {}
variable "instance_class" { default = "db.t3.micro" }
variable "password" {
  type      = string
  sensitive = true
}

resource "aws_db_subnet_group" "this" {
  name       = "${var.name}-db"
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name   = "${var.name}-db"
  vpc_id = var.vpc_id
}

resource "aws_security_group_rule" "postgres" {
  type                     = "ingress"
  from_port                = 5432
  to_port                  = 5432
  protocol                 = "tcp"
  security_group_id        = aws_security_group.this.id
  source_security_group_id = var.client_sg
}

resource "aws_db_instance" "this" {
  identifier             = "${var.name}-db"
  engine                 = "postgres"
  engine_version         = "15"
  instance_class         = var.instance_class
  allocated_storage      = 20
  db_name                = "app"
  username               = "app"
  password               = var.password
  db_subnet_group_name   = "${var.name}-db"
  vpc_security_group_ids = [aws_security_group.this.id]
  skip_final_snapshot    = true
}

output "endpoint" {
  value = aws_db_instance.this.endpoint
}
