terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { Owner = "team", Env = terraform.workspace }
  }
  ignore_tags {
    keys         = ["LastScanned"]
    key_prefixes = ["aws-billing:"]
  }
}

provider "aws" {
  alias  = "ireland"
  region = "eu-west-1"
}

variable "networks" {
  type = map(object({
    cidr    = string
    subnets = optional(map(object({ index = number, public = optional(bool, false) })), {})
    tags    = optional(map(string), {})
  }))
  default = {
    "a.b/c" = { cidr = "10.1.0.0/16", subnets = { one = { index = 1, public = true }, two = { index = 2 } } }
    plain   = { cidr = "10.2.0.0/16", tags = { Extra = "yes" } }
  }
}

variable "extra_ports" {
  type    = set(number)
  default = [8080, 443, 9000]
}

variable "with_bastion" {
  type    = bool
  default = false
}

locals {
  subnets = merge([for vk, v in var.networks : { for sk, s in v.subnets : "${vk}:${sk}" => merge(s, { vpc = vk }) }]...)
}

resource "aws_vpc" "this" {
  for_each   = var.networks
  cidr_block = each.value.cidr
  tags       = merge({ Name = each.key }, each.value.tags)
}

resource "aws_subnet" "this" {
  for_each                = local.subnets
  vpc_id                  = aws_vpc.this[each.value.vpc].id
  cidr_block              = cidrsubnet(aws_vpc.this[each.value.vpc].cidr_block, 8, each.value.index)
  map_public_ip_on_launch = each.value.public
}

resource "aws_security_group" "dyn" {
  for_each    = aws_vpc.this
  name_prefix = "dyn-"
  vpc_id      = each.value.id
  description = <<-TEXT
    Group of ${each.key}
  TEXT

  dynamic "ingress" {
    for_each = var.extra_ports
    iterator = port
    content {
      from_port   = port.value
      to_port     = port.value
      protocol    = "TCP"
      cidr_blocks = ["10.0.0.0/8"]
    }
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [tags["Ignored"]]
  }
}

resource "aws_instance" "bastion" {
  count         = var.with_bastion ? 1 : 0
  ami           = "ami-22040a10000000000"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.this["a.b/c:one"].id
}

module "net" {
  source   = "./net"
  for_each = { x = "10.10.0.0/16", y = "10.11.0.0/16" }
  cidr     = each.value
  name     = each.key
  providers = {
    aws       = aws
    aws.other = aws.ireland
  }
  depends_on = [aws_vpc.this]
}

module "off" {
  source = "./subnets"
  count  = 0
  vpc_id = "vpc-1"
  cidrs  = []
}

resource "terraform_data" "trigger" {
  input            = { size = length(var.extra_ports), when = sort([for p in var.extra_ports : format("%05d", p)]) }
  triggers_replace = [var.with_bastion]
}

resource "aws_eip" "late" {
  domain = "vpc"
  tags   = { Name = "late ${terraform_data.trigger.output.size}" }
  lifecycle {
    replace_triggered_by = [terraform_data.trigger]
    precondition {
      condition     = length(var.networks) > 0
      error_message = "There has to be a network."
    }
    postcondition {
      condition     = self.domain == "vpc"
      error_message = "Only VPC addresses."
    }
  }
}

output "bastion" {
  value = try(aws_instance.bastion[0].public_ip, null)
}

output "nets" {
  value = { for k, m in module.net : k => m.all }
}

output "first" {
  value = one(aws_instance.bastion[*].id)
}

output "subnets" {
  value = values(aws_subnet.this)[*].cidr_block
}
