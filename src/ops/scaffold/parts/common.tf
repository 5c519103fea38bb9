variable "region" {
  description = "AWS region of everything"
  type        = string
}

variable "project" {
  description = "What the names of everything start with"
  type        = string
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Project = var.project, Environment = local.environment, ManagedBy = "envctl" }
  }
}
