# One machine with a fixed address.
data "aws_ami" "ubuntu" {
  most_recent = true
  owners      = ["099720109477"] # Canonical

  filter {
    name   = "name"
    values = [var.ami_name]
  }

  filter {
    name   = "virtualization-type"
    values = ["hvm"]
  }
}

resource "aws_key_pair" "deploy" {
  key_name   = "${var.name}-deploy"
  public_key = var.ssh_public_key

  tags = var.tags
}

resource "aws_instance" "this" {
  ami                    = data.aws_ami.ubuntu.id
  instance_type          = var.instance_type
  subnet_id              = var.subnet_id
  vpc_security_group_ids = var.security_group_ids
  key_name               = aws_key_pair.deploy.key_name
  iam_instance_profile   = var.instance_profile

  user_data = templatefile("${path.module}/user_data.sh.tftpl", {
    hostname    = var.name
    ready_file  = var.ready_file
    deploy_user = var.deploy_user
  })

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.disk_gb
    encrypted   = true
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    # A newer image is taken with `envctl apply -replace`, not whenever Canonical publishes one.
    ignore_changes = [ami]
  }
}

resource "aws_eip_association" "this" {
  instance_id   = aws_instance.this.id
  allocation_id = var.allocation_id
}
