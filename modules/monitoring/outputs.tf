output "topic_arn" {
  description = "Other alarms can notify the same people"
  value       = aws_sns_topic.alarms.arn
}

output "log_group_name" {
  value = one(aws_cloudwatch_log_group.this[*].name)
}
