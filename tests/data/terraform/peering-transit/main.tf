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

provider "aws" {
  alias                       = "partner"
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/deploy"
  }
}

resource "aws_vpc" "this" {
  for_each   = { app = "10.1.0.0/16", data = "10.2.0.0/16", tools = "10.3.0.0/16" }
  cidr_block = each.value
  tags       = { Name = each.key }
}

resource "aws_subnet" "this" {
  for_each   = aws_vpc.this
  vpc_id     = each.value.id
  cidr_block = cidrsubnet(each.value.cidr_block, 8, 0)
  tags       = { Name = each.key }
}

resource "aws_vpc_peering_connection" "app_data" {
  vpc_id      = aws_vpc.this["app"].id
  peer_vpc_id = aws_vpc.this["data"].id
  auto_accept = true
}

resource "aws_route" "app_to_data" {
  route_table_id            = aws_vpc.this["app"].main_route_table_id
  destination_cidr_block    = aws_vpc.this["data"].cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection.app_data.id
}

resource "aws_default_route_table" "data" {
  default_route_table_id = aws_vpc.this["data"].default_route_table_id

  route {
    cidr_block                = "10.1.0.0/16"
    vpc_peering_connection_id = aws_vpc_peering_connection.app_data.id
  }
}

resource "aws_vpc" "partner" {
  provider   = aws.partner
  cidr_block = "10.9.0.0/16"
}

resource "aws_vpc_peering_connection" "partner" {
  vpc_id        = aws_vpc.this["app"].id
  peer_vpc_id   = aws_vpc.partner.id
  peer_owner_id = "444455556666"
  peer_region   = "eu-west-1"
}

resource "aws_vpc_peering_connection_accepter" "partner" {
  provider                  = aws.partner
  vpc_peering_connection_id = aws_vpc_peering_connection.partner.id
  auto_accept               = true
}

resource "aws_ec2_transit_gateway" "main" {
  description                     = "main"
  default_route_table_association = "disable"
  default_route_table_propagation = "disable"
}

resource "aws_ec2_transit_gateway_vpc_attachment" "this" {
  for_each           = toset(["data", "tools"])
  transit_gateway_id = aws_ec2_transit_gateway.main.id
  vpc_id             = aws_vpc.this[each.key].id
  subnet_ids         = [aws_subnet.this[each.key].id]

  transit_gateway_default_route_table_association = false
  transit_gateway_default_route_table_propagation = false
}

resource "aws_ec2_transit_gateway_route_table" "main" {
  transit_gateway_id = aws_ec2_transit_gateway.main.id
}

resource "aws_ec2_transit_gateway_route_table_association" "this" {
  for_each                       = aws_ec2_transit_gateway_vpc_attachment.this
  transit_gateway_attachment_id  = each.value.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}

resource "aws_ec2_transit_gateway_route_table_propagation" "this" {
  for_each                       = aws_ec2_transit_gateway_vpc_attachment.this
  transit_gateway_attachment_id  = each.value.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.main.id
}

# As `local.gateway` is not in the plan, the only gateway that the plan makes is taken for it.
locals {
  gateway = aws_ec2_transit_gateway.main.id
}

resource "aws_route" "tools_to_data" {
  route_table_id         = aws_vpc.this["tools"].main_route_table_id
  destination_cidr_block = "10.2.0.0/16"
  transit_gateway_id     = local.gateway
}

# The default group of a VPC, without any rule.
resource "aws_default_security_group" "data" {
  vpc_id = aws_vpc.this["data"].id
}

resource "aws_security_group" "tools" {
  name   = "tools"
  vpc_id = aws_vpc.this["tools"].id
}

resource "aws_vpc_security_group_egress_rule" "tools" {
  security_group_id = aws_security_group.tools.id
  cidr_ipv4         = "10.2.0.0/16"
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}
