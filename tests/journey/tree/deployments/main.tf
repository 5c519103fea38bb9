data "terraform_remote_state" "shared" {
  backend = "s3"

  config = {
    bucket = "acme-tfstate"
    key    = "shared/terraform.tfstate"
    region = "eu-central-1"
  }
}

locals {
  shared = data.terraform_remote_state.shared.outputs
  name   = join("-", [var.project, var.environment])
  eip    = lookup(local.shared.addresses, var.environment, null)
}

module "server" {
  source = "../modules/server"

  project       = var.project
  environment   = var.environment
  vpc_id        = local.shared.vpc_id
  subnet_id     = local.shared.public_subnet_ids[0]
  public_key    = file("${path.root}/../keys/deploy.pub")
  instance_type = var.instance_type
  allocation_id = local.eip.id
  app_env = {
    ENVIRONMENT  = var.environment
    DATABASE_URL = module.database.endpoint
  }

  ingress_rules = {
    ssh   = { port = 22, cidrs = var.admin_cidrs }
    https = { port = 443, cidrs = ["0.0.0.0/0"] }
  }

  tags = {
    Role = "web"
  }
}

module "database" {
  source = "../modules/database"

  name           = local.name
  vpc_id         = local.shared.vpc_id
  subnet_ids     = local.shared.private_subnet_ids
  client_sg      = module.server.security_group_id
  instance_class = var.db_instance_class
  password       = var.db_password
}
