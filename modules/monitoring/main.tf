# What tells people that something is wrong: a topic with e-mail subscriptions, alarms, and a log group.
# Every alarm is there only if what it watches is named.

resource "aws_sns_topic" "alarms" {
  name         = "${var.name}-alarms"
  display_name = "Alarms of ${var.name}"

  tags = var.tags
}

# Each address gets an e-mail from AWS and has to confirm it.
resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_log_group" "this" {
  count = var.log_group_name == null ? 0 : 1

  name              = var.log_group_name
  retention_in_days = var.log_retention_days

  tags = var.tags
}

locals {
  notify = [aws_sns_topic.alarms.arn]

  database_alarms = var.database == null ? {} : {
    cpu = {
      metric     = "CPUUtilization"
      comparison = "GreaterThanThreshold"
      threshold  = var.database_cpu_percent
      text       = "The database's processor is busy for more than ${var.database_cpu_percent} % of the time."
    }
    connections = {
      metric     = "DatabaseConnections"
      comparison = "GreaterThanThreshold"
      threshold  = floor(var.database.max_connections * var.database_connections_percent / 100)
      text       = "More than ${var.database_connections_percent} % of the database's ${var.database.max_connections} connections are in use."
    }
    storage = {
      metric     = "FreeStorageSpace"
      comparison = "LessThanThreshold"
      threshold  = floor(var.database.storage_gb * 1024 * 1024 * 1024 * var.database_free_storage_percent / 100)
      text       = "Less than ${var.database_free_storage_percent} % of the database's ${var.database.storage_gb} GB are free."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "database" {
  for_each = local.database_alarms

  alarm_name        = "${var.name}-database-${each.key}"
  alarm_description = each.value.text

  namespace   = "AWS/RDS"
  metric_name = each.value.metric
  dimensions  = { DBInstanceIdentifier = var.database.identifier }
  statistic   = "Average"
  period      = 300

  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = var.evaluation_periods

  alarm_actions = local.notify
  ok_actions    = local.notify

  tags = var.tags
}

# The status checks of the machines.
resource "aws_cloudwatch_metric_alarm" "instance" {
  for_each = var.instances

  alarm_name        = "${var.name}-${each.key}-status"
  alarm_description = "The machine ${each.key} or what it runs on fails AWS's status checks."

  namespace   = "AWS/EC2"
  metric_name = "StatusCheckFailed"
  dimensions  = { InstanceId = each.value }
  statistic   = "Maximum"
  period      = 60

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 3
  treat_missing_data  = "breaching"

  alarm_actions = local.notify
  ok_actions    = local.notify

  tags = var.tags
}

# A metric that is 1 while the application is healthy. Silence counts as illness.
resource "aws_cloudwatch_metric_alarm" "health" {
  count = var.health_check == null ? 0 : 1

  alarm_name        = "${var.name}-health"
  alarm_description = "The health check of ${var.name} fails."

  namespace   = var.health_check.namespace
  metric_name = var.health_check.metric_name
  dimensions  = var.health_check.dimensions
  statistic   = "Minimum"
  period      = 60

  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = 3
  treat_missing_data  = "breaching"

  alarm_actions = local.notify
  ok_actions    = local.notify

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  count = var.error_rate == null ? 0 : 1

  alarm_name        = "${var.name}-errors"
  alarm_description = "More than ${var.error_rate.percent} % of the requests to ${var.name} end in an error."

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_rate.percent
  evaluation_periods  = var.evaluation_periods
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "rate"
    label       = "Errors in %"
    expression  = "IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)"
    return_data = true
  }

  metric_query {
    id = "errors"

    metric {
      namespace   = var.error_rate.namespace
      metric_name = var.error_rate.errors
      dimensions  = var.error_rate.dimensions
      stat        = "Sum"
      period      = 300
    }
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = var.error_rate.namespace
      metric_name = var.error_rate.requests
      dimensions  = var.error_rate.dimensions
      stat        = "Sum"
      period      = 300
    }
  }

  alarm_actions = local.notify
  ok_actions    = local.notify

  tags = var.tags
}
