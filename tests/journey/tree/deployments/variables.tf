variable "project" {
  type    = string
  default = "acme"
}

variable "environment" {
  type = string

  validation {
    condition     = contains(["stage", "prod"], var.environment)
    error_message = "The environment must be stage or prod."
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "instance_type" {
  type = string
}

variable "db_instance_class" {
  type    = string
  default = "db.t3.micro"
}

variable "db_password" {
  type      = string
  sensitive = true
}

variable "admin_cidrs" {
  type    = list(string)
  default = []
}
