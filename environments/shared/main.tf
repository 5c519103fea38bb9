# What stage and prod stand on: the network, one address each, the machine's role.
terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }

  backend "s3" {
    key = "shared/terraform.tfstate"
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Project = var.project, ManagedBy = "envctl" }
  }
}

variable "region" {
  type = string
}

variable "project" {
  type = string
}

variable "state_bucket" {
  type = string
}

variable "domain_name" {
  description = "Search domain inside the network"
  type        = string
  default     = "dashboard.internal"
}

variable "admin_cidr_blocks" {
  description = "Where SSH is allowed from"
  type        = list(string)
}

module "network" {
  source = "../../modules/network"

  name              = var.project
  domain_name       = var.domain_name
  environments      = ["stage", "prod"]
  admin_cidr_blocks = var.admin_cidr_blocks
}

module "policies" {
  source = "../../modules/policies"

  name         = var.project
  region       = var.region
  state_bucket = var.state_bucket
}

output "vpc_id" {
  value = module.network.vpc_id
}

output "public_subnet_id" {
  value = module.network.public_subnet_id
}

output "database_subnet_ids" {
  value = module.network.database_subnet_ids
}

output "web_security_group_id" {
  value = module.network.web_security_group_id
}

output "addresses" {
  value = module.network.addresses
}

output "instance_profile" {
  value = module.policies.instance_profile
}

output "deploy_policy_arn" {
  value = module.policies.deploy_policy_arn
}
