output "public_ip" {
  value = local.eip.public_ip
}

output "instance_id" {
  value = module.server.instance_id
}

output "database_endpoint" {
  value = module.database.endpoint
}
