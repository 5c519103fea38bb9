variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "cidr" {
  type = string

  validation {
    condition     = can(cidrhost(var.cidr, 0))
    error_message = "The network must be a CIDR block."
  }
}

variable "azs" {
  type = list(string)
}

variable "environments" {
  type    = list(string)
  default = []
}
