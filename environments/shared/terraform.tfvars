# Narrow this to where you work from.
admin_cidr_blocks = ["203.0.113.0/24"]
