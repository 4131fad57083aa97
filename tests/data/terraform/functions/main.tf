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

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = "function"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_lambda_function" "function" {
  for_each      = toset(["thumbnails", "hook"])
  function_name = each.key
  role          = aws_iam_role.function.arn
  package_type  = "Image"
  image_uri     = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/acme/functions:1"
}

resource "aws_s3_bucket" "photos" {
  bucket = "acme-photos"
}

resource "aws_lambda_permission" "photos" {
  function_name  = aws_lambda_function.function["thumbnails"].function_name
  action         = "lambda:InvokeFunction"
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.photos.arn
  source_account = "111122223333"
}

resource "aws_lambda_permission" "anybody" {
  function_name = aws_lambda_function.function["hook"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "*"
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.function["hook"].arn
  function_version = "$LATEST"
}

resource "aws_ecr_repository" "functions" {
  name = "acme/functions"
}

resource "aws_ecr_repository" "shared" {
  name = "acme/shared"
}

data "aws_iam_policy_document" "pull" {
  for_each = { functions = "111122223333", shared = "999988887777" }

  statement {
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = each.key == "functions" ? [aws_iam_role.function.arn] : [each.value]
    }
  }
}

resource "aws_ecr_repository_policy" "functions" {
  repository = aws_ecr_repository.functions.name
  policy     = data.aws_iam_policy_document.pull["functions"].json
}

resource "aws_ecr_repository_policy" "shared" {
  repository = aws_ecr_repository.shared.name
  policy     = data.aws_iam_policy_document.pull["shared"].json
}
