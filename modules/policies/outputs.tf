output "instance_profile" {
  value = aws_iam_instance_profile.machine.name
}

output "deploy_policy_arn" {
  description = "Attach it to the user or role that runs envctl for stage and prod"
  value       = aws_iam_policy.deploy.arn
}
