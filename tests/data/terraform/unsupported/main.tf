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

# Read.
resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
}

# Decide nothing.
resource "aws_cloudwatch_log_group" "app" {
  name = "app"
}

resource "aws_cloudwatch_metric_alarm" "app" {
  alarm_name          = "app"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "Errors"
  namespace           = "acme"
  period              = 60
  statistic           = "Sum"
  threshold           = 1
}

resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_route53_zone" "main" {
  name = "acme.example"
}

resource "terraform_data" "note" {
  input = "not of AWS"
}

# Not read, and may decide requests: of one service, or of all.
resource "aws_s3_access_point" "data" {
  bucket = aws_s3_bucket.data.id
  name   = "data"
}

resource "aws_glue_resource_policy" "main" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::999988887777:root" }
      Action    = "glue:GetTable"
      Resource  = "arn:aws:glue:eu-central-1:111122223333:*"
    }]
  })
}

# Not read, and moves packets.
resource "aws_vpc" "main" {
  cidr_block = "10.60.0.0/16"
}

resource "aws_ec2_client_vpn_endpoint" "main" {
  server_certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/6f1e2d3c-0000-4000-8000-000000000001"
  client_cidr_block      = "10.61.0.0/16"
  vpc_id                 = aws_vpc.main.id

  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/6f1e2d3c-0000-4000-8000-000000000002"
  }

  connection_log_options {
    enabled = false
  }
}
