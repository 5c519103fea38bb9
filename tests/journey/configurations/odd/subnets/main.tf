variable "vpc_id" {}
variable "cidrs" { type = list(string) }
resource "aws_subnet" "s" {
  count      = length(var.cidrs)
  vpc_id     = var.vpc_id
  cidr_block = var.cidrs[count.index]
  timeouts {
    create = "5m"
  }
}
module "inner" {
  source = "./loud"
  text   = join(",", aws_subnet.s.*.cidr_block)
}
output "ids" { value = aws_subnet.s.*.id }
output "inner" { value = module.inner.text }
