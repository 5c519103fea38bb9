output "instance_id" {
  value = aws_instance.server.id
}

output "security_group_id" {
  value = aws_security_group.server.id
}

output "public_ip" {
  value = one(aws_eip_association.server[*].public_ip)
}
