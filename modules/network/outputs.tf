output "vpc_id" {
  value = aws_vpc.this.id
}

output "public_subnet_id" {
  value = aws_subnet.public.id
}

output "database_subnet_ids" {
  value = [for subnet in aws_subnet.database : subnet.id]
}

output "web_security_group_id" {
  value = aws_security_group.web.id
}

output "addresses" {
  description = "Allocation id and address per environment"
  value       = { for name, eip in aws_eip.environment : name => { allocation_id = eip.allocation_id, public_ip = eip.public_ip } }
}
