variable "instance_type" {
  description = "Size of the machine"
  type        = string
  default     = "t3.small"
}

variable "ssh_public_key" {
  description = "Public key of the deploying user"
  type        = string
}

module "compute" {
  source = "../../modules/compute"

  name               = local.name
  instance_type      = var.instance_type
  subnet_id          = module.network.public_subnet_id
  security_group_ids = [module.network.web_security_group_id]
  instance_profile   = null
  allocation_id      = module.network.addresses[local.environment].allocation_id
  ssh_public_key     = var.ssh_public_key
}

output "instance_id" {
  value = module.compute.instance_id
}
