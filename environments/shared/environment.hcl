environment {
  description    = "Network, addresses and roles that stage and prod share"
  backend_config = ["environments/backend.hcl"]
  var_files      = ["environments/common.tfvars"]
}
