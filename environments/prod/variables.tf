variable "region" {
  type = string
}

variable "project" {
  type = string
}

variable "state_bucket" {
  type = string
}

variable "instance_type" {
  type    = string
  default = "t3.medium"
}

variable "database_class" {
  type    = string
  default = "db.t3.small"
}

variable "database_storage_gb" {
  type    = number
  default = 50
}

variable "database_multi_az" {
  type    = bool
  default = false
}

variable "ssh_public_key" {
  description = "Public key of the deploying user"
  type        = string
}

variable "deploy_user" {
  description = "User on the machine"
  type        = string
  default     = "ubuntu"
}

variable "home_dir" {
  description = "Home folder of that user"
  type        = string
  default     = "/home/ubuntu"
}

variable "ssh_config" {
  description = "An ssh_config of your own, when the system's is not to be used"
  type        = string
  default     = null
}

variable "dashboard_git" {
  description = "Repository of the dashboard"
  type        = string
}

variable "git_ref" {
  description = "Branch, tag or commit to deploy"
  type        = string
  default     = "main"
}

variable "background_color" {
  description = "Background of the dashboard; prod looks different on purpose"
  type        = string
  default     = "#ffffff"
}

variable "postgres_password" {
  description = "Password of the database user"
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.postgres_password) >= 12
    error_message = "postgres_password needs at least 12 characters."
  }
}

variable "frp_auth_token" {
  description = "Shared secret of the tunnel between the machine and the edge host"
  type        = string
  sensitive   = true
}

variable "edge_host" {
  description = "The edge host (not in AWS): name or address"
  type        = string
}

variable "edge_user" {
  description = "User on the edge host"
  type        = string
  default     = "pi"
}

variable "edge_dir" {
  description = "Where the edge software lies"
  type        = string
  default     = "/home/pi/edge"
}

variable "edge_git" {
  description = "Repository of the edge software"
  type        = string
}
