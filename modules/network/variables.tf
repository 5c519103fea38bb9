variable "name" {
  description = "Name of the network and prefix of everything in it"
  type        = string
}

variable "cidr_block" {
  description = "IPv4 range of the network"
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr_block, 0))
    error_message = "cidr_block must be an IPv4 range such as 10.20.0.0/16."
  }
}

variable "domain_name" {
  description = "Search domain handed out by DHCP"
  type        = string
}

variable "environments" {
  description = "Environments that get an address of their own"
  type        = list(string)
}

variable "open_tcp_ports" {
  description = "TCP ports that the machines serve"
  type        = list(number)
  default     = [22, 80, 443, 7000]
}

variable "admin_ports" {
  description = "Ports of open_tcp_ports that only admin_cidr_blocks reach"
  type        = list(number)
  default     = [22]
}

variable "admin_cidr_blocks" {
  description = "Where administrators come from"
  type        = list(string)
}

variable "tags" {
  description = "Tags of everything"
  type        = map(string)
  default     = {}
}
