bucket         = "acme-tfstate"
key            = "deployments/stage/terraform.tfstate"
region         = "eu-central-1"
dynamodb_table = "acme-tflocks"
encrypt        = true
