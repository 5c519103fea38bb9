variable "name" {
  description = "Prefix of roles and policies"
  type        = string
}

variable "region" {
  type = string
}

variable "state_bucket" {
  type = string
}

variable "lock_table" {
  type    = string
  default = "envctl-locks"
}

variable "tags" {
  type    = map(string)
  default = {}
}
