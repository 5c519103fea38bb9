terraform {
  backend "s3" {
    bucket         = "acme-tfstate"
    key            = "shared/terraform.tfstate"
    region         = "eu-central-1"
    dynamodb_table = "acme-tflocks"
    encrypt        = true
  }
}
