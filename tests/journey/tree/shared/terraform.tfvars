region   = "eu-central-1"
vpc_cidr = "10.40.0.0/16"
