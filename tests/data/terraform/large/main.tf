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

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_network_acl" "main" {
  vpc_id = aws_vpc.main.id
}

# Small resources, so that the plan is large and its JSON is not.
resource "aws_network_acl_rule" "main" {
  count          = 150
  network_acl_id = aws_network_acl.main.id
  rule_number    = count.index + 1
  egress         = count.index % 2 == 0
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = cidrsubnet("10.0.0.0/16", 8, count.index)
  from_port      = 1024 + count.index
  to_port        = 1024 + count.index
}

resource "aws_iam_user" "this" {
  for_each = toset([for i in range(100) : format("user-%03d", i)])
  name     = each.key
}

resource "aws_iam_user_policy" "this" {
  for_each = aws_iam_user.this
  name     = "own"
  user     = each.value.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "arn:aws:s3:::acme-homes/${each.key}/*"
    }]
  })
}

resource "aws_iam_group" "this" {
  name = "users"
}

resource "aws_iam_user_group_membership" "this" {
  for_each = aws_iam_user.this
  user     = each.value.name
  groups   = [aws_iam_group.this.name]
}
