environment       = "prod"
instance_type     = "t3.large"
db_instance_class = "db.t3.medium"
admin_cidrs       = ["203.0.113.7/32", "198.51.100.0/24"]
