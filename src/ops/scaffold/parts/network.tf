variable "admin_cidr_blocks" {
  description = "Where administrators come from: SSH is open to them alone"
  type        = list(string)
}

module "network" {
  source = "../../modules/network"

  name              = local.name
  domain_name       = "${local.name}.internal"
  environments      = [local.environment]
  admin_cidr_blocks = var.admin_cidr_blocks
}

output "public_ip" {
  value = module.network.addresses[local.environment].public_ip
}
