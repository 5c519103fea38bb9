variable "project" { type = string }
variable "environment" { type = string }
variable "vpc_id" { type = string }
variable "subnet_id" { type = string }
variable "public_key" { type = string }

variable "instance_type" {
  type    = string
  default = "t3.micro"
}

variable "disk_size" {
  type    = number
  default = 20
}

variable "packages" {
  type    = list(string)
  default = ["git", "docker.io"]
}

variable "app_env" {
  type    = map(string)
  default = {}
}

variable "allocation_id" {
  type    = string
  default = ""
}

variable "ingress_rules" {
  type = map(object({
    port     = number
    cidrs    = list(string)
    protocol = optional(string, "tcp")
  }))
  default = {}
}

variable "tags" {
  type    = map(string)
  default = {}
}
