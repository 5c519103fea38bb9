terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.other]
    }
  }
}
variable "cidr" {}
variable "name" { nullable = false }
resource "aws_vpc" "main" {
  cidr_block = var.cidr
  tags       = { Name = var.name, LastScanned = null }
}
resource "aws_vpc" "other" {
  provider   = aws.other
  cidr_block = var.cidr
  tags       = { Name = "${var.name}-other" }
}
module "sub" {
  source = "../subnets"
  count  = 2
  vpc_id = aws_vpc.main.id
  cidrs  = [cidrsubnet(var.cidr, 8, count.index)]
}
output "all" {
  value = { vpc = aws_vpc.main.id, subnets = flatten(module.sub[*].ids), inner = module.sub[0].inner }
}
