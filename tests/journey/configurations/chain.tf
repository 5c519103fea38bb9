provider "aws" {
  region = "eu-central-1"
}

variable "name" {
  default = "one"
}

resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}

resource "aws_subnet" "s" {
  count      = 2
  vpc_id     = aws_vpc.v.id
  cidr_block = cidrsubnet("10.0.0.0/16", 8, count.index + 1)
}

resource "aws_security_group" "a" {
  name_prefix = "${var.name}-"
  vpc_id      = aws_vpc.v.id
  description = var.name

  lifecycle {
    create_before_destroy = true
  }
}

# Created first as well, since what needs it is.
resource "aws_security_group" "b" {
  name        = "b-${var.name}"
  vpc_id      = aws_vpc.v.id
  description = var.name

  ingress {
    from_port       = 80
    to_port         = 80
    protocol        = "tcp"
    security_groups = [aws_security_group.a.id]
  }
}

resource "aws_instance" "i" {
  ami                    = "ami-22040a10000000000"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.s[0].id
  vpc_security_group_ids = [aws_security_group.a.id, aws_security_group.b.id]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_eip" "e" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.g]
}

resource "aws_eip_association" "e" {
  instance_id   = aws_instance.i.id
  allocation_id = aws_eip.e.allocation_id
}
