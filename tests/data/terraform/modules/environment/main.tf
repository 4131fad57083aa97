terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.global]
    }
  }
}

variable "name" {
  type = string
}

variable "block" {
  type = string
}

module "network" {
  source  = "./network"
  block   = var.block
  subnets = 2
}

resource "aws_security_group" "app" {
  name   = var.name
  vpc_id = module.network.vpc.id
}

resource "aws_network_interface" "app" {
  count           = 2
  subnet_id       = module.network.subnet_ids[count.index]
  security_groups = [aws_security_group.app.id]
}

resource "aws_sns_topic" "alarms" {
  provider = aws.global
  name     = "alarms-${var.name}"
}

module "roles" {
  source = "./roles"
  count  = 2
  name   = "${var.name}-${count.index}"
  topic  = aws_sns_topic.alarms.arn
}

output "network" {
  value = module.network.vpc
}

output "vpc_id" {
  value = module.network.vpc.id
}
