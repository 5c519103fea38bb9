environment   = "stage"
instance_type = "t3.micro"
admin_cidrs   = ["203.0.113.7/32"]
