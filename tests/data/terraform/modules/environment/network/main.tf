terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "block" {
  type = string
}

variable "subnets" {
  type = number
}

resource "aws_vpc" "main" {
  cidr_block = var.block
}

variable "more_blocks" {
  type    = list(string)
  default = []
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  count      = length(var.more_blocks)
  vpc_id     = aws_vpc.main.id
  cidr_block = var.more_blocks[count.index]
}

# Local values are not in the plan: the only VPC that is made in this module.
locals {
  vpc_id = try(aws_vpc_ipv4_cidr_block_association.more[0].vpc_id, aws_vpc.main.id)
}

resource "aws_subnet" "main" {
  count      = var.subnets
  vpc_id     = local.vpc_id
  cidr_block = cidrsubnet(var.block, 8, count.index)
}

output "vpc" {
  value = aws_vpc.main
}

output "subnet_ids" {
  value = aws_subnet.main[*].id
}
