variable "text" {
  description = "Passed through"
}
output "text" {
  value = upper(var.text)
}
