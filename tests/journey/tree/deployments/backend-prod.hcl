bucket         = "acme-tfstate"
key            = "deployments/prod/terraform.tfstate"
region         = "eu-central-1"
dynamodb_table = "acme-tflocks"
encrypt        = true
