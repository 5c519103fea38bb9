# One network for all environments: public subnet for the machines, two private ones for databases.
locals {
  azs  = slice(data.aws_availability_zones.available.names, 0, 2)
  tags = merge(var.tags, { Layer = "network" })
}

data "aws_availability_zones" "available" {
  state = "available"
}

resource "aws_vpc" "this" {
  cidr_block                       = var.cidr_block
  assign_generated_ipv6_cidr_block = true
  enable_dns_support               = true
  enable_dns_hostnames             = true

  tags = merge(local.tags, { Name = var.name })
}

resource "aws_vpc_dhcp_options" "this" {
  domain_name         = var.domain_name
  domain_name_servers = ["AmazonProvidedDNS"]

  tags = merge(local.tags, { Name = var.name })
}

resource "aws_vpc_dhcp_options_association" "this" {
  vpc_id          = aws_vpc.this.id
  dhcp_options_id = aws_vpc_dhcp_options.this.id
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(local.tags, { Name = var.name })
}

resource "aws_subnet" "public" {
  vpc_id                          = aws_vpc.this.id
  availability_zone               = local.azs[0]
  cidr_block                      = cidrsubnet(var.cidr_block, 8, 0)
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.this.ipv6_cidr_block, 8, 0)
  map_public_ip_on_launch         = true
  assign_ipv6_address_on_creation = true

  tags = merge(local.tags, { Name = "${var.name}-public" })
}

resource "aws_subnet" "database" {
  for_each = { for i, az in local.azs : az => i }

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr_block, 8, 10 + each.value)

  tags = merge(local.tags, { Name = "${var.name}-database-${each.key}" })
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }

  route {
    ipv6_cidr_block = "::/0"
    gateway_id      = aws_internet_gateway.this.id
  }

  tags = merge(local.tags, { Name = "${var.name}-public" })
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_network_acl" "public" {
  vpc_id = aws_vpc.this.id

  tags = merge(local.tags, { Name = "${var.name}-public" })
}

resource "aws_network_acl_association" "public" {
  network_acl_id = aws_network_acl.public.id
  subnet_id      = aws_subnet.public.id
}

# Everything may leave; what comes in is limited to the ports below and to answers.
resource "aws_network_acl_rule" "egress" {
  for_each = { ipv4 = { number = 100, v4 = "0.0.0.0/0", v6 = null }, ipv6 = { number = 101, v4 = null, v6 = "::/0" } }

  network_acl_id  = aws_network_acl.public.id
  egress          = true
  rule_number     = each.value.number
  rule_action     = "allow"
  protocol        = "-1"
  cidr_block      = each.value.v4
  ipv6_cidr_block = each.value.v6
}

resource "aws_network_acl_rule" "ingress" {
  for_each = { for i, port in var.open_tcp_ports : tostring(port) => 200 + i }

  network_acl_id = aws_network_acl.public.id
  rule_number    = each.value
  rule_action    = "allow"
  protocol       = "tcp"
  cidr_block     = "0.0.0.0/0"
  from_port      = tonumber(each.key)
  to_port        = tonumber(each.key)
}

resource "aws_network_acl_rule" "answers" {
  for_each = { tcp = 300, udp = 301 }

  network_acl_id = aws_network_acl.public.id
  rule_number    = each.value
  rule_action    = "allow"
  protocol       = each.key
  cidr_block     = "0.0.0.0/0"
  from_port      = 1024
  to_port        = 65535
}

resource "aws_security_group" "web" {
  name        = "${var.name}-web"
  description = "Machines that serve the application"
  vpc_id      = aws_vpc.this.id

  dynamic "ingress" {
    for_each = var.open_tcp_ports
    content {
      description = "tcp ${ingress.value}"
      protocol    = "tcp"
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = contains(var.admin_ports, ingress.value) ? var.admin_cidr_blocks : ["0.0.0.0/0"]
    }
  }

  egress {
    description      = "everything"
    protocol         = "-1"
    from_port        = 0
    to_port          = 0
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  tags = merge(local.tags, { Name = "${var.name}-web" })
}

# One address per environment: it outlives the machine, so that DNS never changes.
resource "aws_eip" "environment" {
  for_each = toset(var.environments)

  domain = "vpc"

  tags = merge(local.tags, { Name = "${var.name}-${each.key}", Environment = each.key })
}
