variable "project" {
  type    = string
  default = "acme"
}

variable "region" {
  type        = string
  description = "AWS region"
}

variable "vpc_cidr" {
  type = string
}

variable "environments" {
  type    = list(string)
  default = ["stage", "prod"]
}
