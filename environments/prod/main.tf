# Production: one machine and one database in the shared network.
terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }

  backend "s3" {
    key = "prod/terraform.tfstate"
  }
}

locals {
  environment = "prod"
  name        = "${var.project}-${local.environment}"
  shared      = data.terraform_remote_state.shared.outputs
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Project = var.project, Environment = local.environment, ManagedBy = "envctl" }
  }
}

data "terraform_remote_state" "shared" {
  backend = "s3"

  config = {
    bucket = var.state_bucket
    key    = "shared/terraform.tfstate"
    region = var.region
  }
}

module "compute" {
  source = "../../modules/compute"

  name               = local.name
  instance_type      = var.instance_type
  subnet_id          = local.shared.public_subnet_id
  security_group_ids = [local.shared.web_security_group_id]
  instance_profile   = local.shared.instance_profile
  allocation_id      = local.shared.addresses[local.environment].allocation_id
  ssh_public_key     = var.ssh_public_key
  deploy_user        = var.deploy_user
  ready_file         = "${var.home_dir}/.setup_complete"
}

module "database" {
  source = "../../modules/database"

  name                      = local.name
  vpc_id                    = local.shared.vpc_id
  subnet_ids                = local.shared.database_subnet_ids
  client_security_group_ids = [local.shared.web_security_group_id]
  instance_class            = var.database_class
  storage_gb                = var.database_storage_gb
  backup_days               = 30
  deletion_protection       = true
  multi_az                  = var.database_multi_az
  password                  = var.postgres_password
}

output "public_ip" {
  value = local.shared.addresses[local.environment].public_ip
}

output "instance_id" {
  value = module.compute.instance_id
}

output "database_address" {
  value = module.database.address
}
