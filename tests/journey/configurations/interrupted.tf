terraform {
  backend "s3" {
    bucket         = "interrupt-state"
    key            = "net/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "interrupt-locks"
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "interrupted" }
}

resource "aws_subnet" "this" {
  count = 2

  vpc_id     = aws_vpc.this.id
  cidr_block = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
}
