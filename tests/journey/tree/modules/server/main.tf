data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"]

  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd*/ubuntu-jammy-22.04-amd64-server-*", "ubuntu/images/hvm-ssd*/ubuntu-*-22.04-amd64-server-*"]
  }

  filter {
    name   = "virtualization-type"
    values = ["hvm"]
  }
}

locals {
  name = "${var.project}-${var.environment}"

  user_data = templatefile("${path.module}/user_data.sh.tpl", {
    hostname = local.name
    packages = var.packages
    env      = var.app_env
  })
}

resource "aws_security_group" "server" {
  name_prefix = "${local.name}-"
  description = "Access to ${local.name}"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = var.ingress_rules

    content {
      description = ingress.key
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = lookup(ingress.value, "protocol", "tcp")
      cidr_blocks = ingress.value.cidrs
    }
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_key_pair" "server" {
  key_name   = "${local.name}-key"
  public_key = var.public_key
}

resource "aws_instance" "server" {
  ami                         = data.aws_ami.ubuntu.id
  instance_type               = var.instance_type
  subnet_id                   = var.subnet_id
  vpc_security_group_ids      = [aws_security_group.server.id]
  key_name                    = "${local.name}-key"
  user_data                   = local.user_data
  user_data_replace_on_change = true

  root_block_device {
    volume_size           = var.disk_size
    volume_type           = "gp3"
    delete_on_termination = true
  }

  tags = merge(var.tags, {
    Name = local.name
  })

  volume_tags = merge(var.tags, { Name = "${local.name}-root" })

  lifecycle {
    ignore_changes = [ami]
  }
}

resource "aws_eip_association" "server" {
  count = var.allocation_id != "" ? 1 : 0

  instance_id   = aws_instance.server.id
  allocation_id = var.allocation_id
}
