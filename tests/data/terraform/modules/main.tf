terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

data "aws_caller_identity" "current" {}

variable "environments" {
  type    = map(string)
  default = { staging = "10.40.0.0/16", production = "10.50.0.0/16" }
}

provider "aws" {
  alias                       = "global"
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

module "environment" {
  source   = "./environment"
  for_each = var.environments

  name  = each.key
  block = each.value

  providers = {
    aws        = aws
    aws.global = aws.global
  }
}

# From one instance of the module to the other.
resource "aws_vpc_peering_connection" "this" {
  vpc_id      = module.environment["staging"].network.id
  peer_vpc_id = module.environment["production"].vpc_id
  auto_accept = true
}
