variable "name" {
  description = "Name of the machine"
  type        = string
}

variable "instance_type" {
  description = "Size of the machine"
  type        = string
}

variable "disk_gb" {
  description = "Size of the root disk"
  type        = number
  default     = 30
}

variable "ami_name" {
  description = "Name pattern of the image"
  type        = string
  default     = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"
}

variable "subnet_id" {
  type = string
}

variable "security_group_ids" {
  type = list(string)
}

variable "instance_profile" {
  type = string
}

variable "allocation_id" {
  description = "Address of the environment"
  type        = string
}

variable "ssh_public_key" {
  description = "Key of the deploying user"
  type        = string
}

variable "deploy_user" {
  description = "User that deploys over SSH"
  type        = string
  default     = "ubuntu"
}

variable "ready_file" {
  description = "Written when first boot is done"
  type        = string
  default     = "/home/ubuntu/.setup_complete"
}

variable "tags" {
  type    = map(string)
  default = {}
}
