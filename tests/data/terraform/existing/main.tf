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

# A plan over what is there: see terraform.tfstate.

# As it is.
resource "aws_s3_bucket" "kept" {
  bucket = "acme-kept"
}

resource "aws_s3_bucket_policy" "kept" {
  bucket = aws_s3_bucket.kept.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.kept.arn, "${aws_s3_bucket.kept.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# Updated: another account may assume it.
resource "aws_iam_role" "changed" {
  name = "changed"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::999988887777:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# Replaced: its name is another one. Its policy, written with its ARN, is known after the apply.
resource "aws_sqs_queue" "replaced" {
  name = "new"
}

# A new subnet in a VPC that was there, under another address.
moved {
  from = aws_vpc.old
  to   = aws_vpc.main
}

resource "aws_vpc" "main" {
  cidr_block = "10.70.0.0/16"
}

resource "aws_subnet" "new" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.70.1.0/24"
}

# No longer managed; what was aws_sns_topic.gone is destroyed.
removed {
  from = aws_iam_user.forgotten

  lifecycle {
    destroy = false
  }
}
