environment {
  description    = "Staging"
  backend_config = ["environments/backend.hcl"]
  var_files      = ["environments/common.tfvars"]
}

app "dashboard" {
  host = local.shared.addresses[local.environment].public_ip

  ssh {
    user   = var.deploy_user
    config = var.ssh_config
  }

  ready {
    file = "${var.home_dir}/.setup_complete"
  }

  source {
    git  = var.dashboard_git
    ref  = var.git_ref
    path = "${var.home_dir}/dashboard"
  }

  file "dashboard_frontend/.env.docker" {
    base = "dashboard_frontend/.env.sample"
    set  = { BACKGROUND_COLOR = var.background_color, ENVIRONMENT = local.environment }
  }

  file "dashboard_backend/.env.docker" {
    base = "dashboard_backend/.env.sample"
    set = {
      POSTGRES_HOST     = module.database.address
      POSTGRES_PASSWORD = var.postgres_password
      EDGE_SERVER       = var.edge_host
    }
  }

  file ".env.deployment" {
    content = "ENVIRONMENT=${local.environment}\nGIT_REF=${var.git_ref}\n"
  }

  file "frp_config/frps.toml" {
    template = "templates/dashboard/frps.toml.tera"
    vars     = { port = 7000, token = var.frp_auth_token }
  }

  install {
    command = "bash install.sh"
    sudo    = true
  }
}

app "edge" {
  host = var.edge_host

  ssh {
    user   = var.edge_user
    config = var.ssh_config
  }

  source {
    git  = var.edge_git
    ref  = var.git_ref
    path = var.edge_dir
  }

  file "frpc.toml" {
    template = "templates/edge/frpc.toml.tera"
    vars = {
      server = local.shared.addresses[local.environment].public_ip
      port   = 7000
      token  = var.frp_auth_token
      name   = "edge-${local.environment}"
    }
  }

  install {
    command = "bash install.sh"
    sudo    = true
  }
}
