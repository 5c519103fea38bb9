variable "database_class" {
  description = "Size of the database"
  type        = string
  default     = "db.t4g.micro"
}

variable "database_storage_gb" {
  description = "Its disk"
  type        = number
  default     = 20
}

variable "database_password" {
  description = "Password of the database user"
  type        = string
  sensitive   = true
}

module "database" {
  source = "../../modules/database"

  name                      = local.name
  vpc_id                    = module.network.vpc_id
  subnet_ids                = module.network.database_subnet_ids
  client_security_group_ids = [module.network.web_security_group_id]
  instance_class            = var.database_class
  storage_gb                = var.database_storage_gb
  backup_days               = 7
  password                  = var.database_password
}

output "database_address" {
  value = module.database.address
}
