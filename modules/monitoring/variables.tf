variable "name" {
  description = "Prefix of the names of topic and alarms, such as app-prod"
  type        = string
}

variable "emails" {
  description = "Addresses that get alarms; each has to confirm an e-mail from AWS once"
  type        = list(string)
  default     = []
}

variable "database" {
  description = "The RDS instance to watch: its identifier, its storage, and how many connections its engine allows (PostgreSQL: SHOW max_connections)"
  type = object({
    identifier      = string
    storage_gb      = number
    max_connections = number
  })
  default = null
}

variable "database_cpu_percent" {
  description = "Busier than this is alarming"
  type        = number
  default     = 80
}

variable "database_connections_percent" {
  description = "More of the allowed connections than this is alarming"
  type        = number
  default     = 80
}

variable "database_free_storage_percent" {
  description = "Less free storage than this is alarming"
  type        = number
  default     = 20
}

variable "instances" {
  description = "Machines whose status checks are watched: id by name"
  type        = map(string)
  default     = {}
}

variable "health_check" {
  description = "A metric of the application's own health check: 1 while it is healthy; no data counts as a failure"
  type = object({
    namespace   = string
    metric_name = string
    dimensions  = optional(map(string), {})
  })
  default = null
}

variable "error_rate" {
  description = "Metrics that count requests and errors, and the alarming share in percent. A load balancer has them: namespace AWS/ApplicationELB, errors HTTPCode_Target_5XX_Count, requests RequestCount, dimensions LoadBalancer"
  type = object({
    namespace  = string
    errors     = string
    requests   = string
    dimensions = optional(map(string), {})
    percent    = optional(number, 5)
  })
  default = null
}

variable "evaluation_periods" {
  description = "For how many times five minutes a limit has to be passed"
  type        = number
  default     = 2

  validation {
    condition     = var.evaluation_periods >= 1
    error_message = "evaluation_periods is at least 1."
  }
}

variable "log_group_name" {
  description = "A log group to make, such as /app/prod; null makes none"
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How many days logs are kept; 0 keeps them for ever"
  type        = number
  default     = 30

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days, or for ever (0)."
  }
}

variable "tags" {
  type    = map(string)
  default = {}
}
