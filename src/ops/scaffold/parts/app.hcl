variable "app_git" {
  description = "Repository of the application, with a compose.yaml"
  type        = string
}

variable "app_ref" {
  description = "Branch, tag or commit to deploy"
  type        = string
  default     = "main"
}

app "web" {
  host = module.network.addresses[local.environment].public_ip

  ssh {
    user = "ubuntu"
  }

  ready {
    file = "/home/ubuntu/.setup_complete"
  }

  source {
    git  = var.app_git
    ref  = var.app_ref
    path = "/home/ubuntu/app"
  }

  install {
    command = "docker compose up -d --build"
  }
}
