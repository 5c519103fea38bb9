output "vpc_id" {
  value = aws_vpc.main.id
}

output "public_subnet_ids" {
  value = aws_subnet.public[*].id
}

output "private_subnet_ids" {
  value = aws_subnet.private.*.id
}

output "addresses" {
  value = { for name, eip in aws_eip.environment : name => { id = eip.id, public_ip = eip.public_ip } }
}
