module "network" {
  source = "../modules/network"

  name         = "${var.project}-shared"
  region       = var.region
  cidr         = var.vpc_cidr
  azs          = ["${var.region}a", "${var.region}b"]
  environments = var.environments
}
