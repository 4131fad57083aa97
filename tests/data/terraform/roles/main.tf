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

locals {
  trust = {
    for service in ["lambda", "ec2"] : service => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Service = "${service}.amazonaws.com" }
        Action    = "sts:AssumeRole"
      }]
    })
  }
}

# A deployment role that can make itself an administrator: it passes any role to a function of its own.
data "aws_iam_policy_document" "deploy_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.pipeline.arn]
    }
  }
}

resource "aws_iam_user" "pipeline" {
  name = "pipeline"
  path = "/machines/"
}

resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.deploy_trust.json
}

resource "aws_iam_policy" "deploy" {
  name = "deploy"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["lambda:CreateFunction", "lambda:InvokeFunction", "iam:PassRole"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "deploy" {
  role       = aws_iam_role.deploy.name
  policy_arn = aws_iam_policy.deploy.arn
}

resource "aws_iam_role" "administrator" {
  name               = "administrator"
  assume_role_policy = local.trust["lambda"]
}

resource "aws_iam_role_policy" "administrator" {
  name = "everything"
  role = aws_iam_role.administrator.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

# The same rights within a boundary that leaves nothing of them.
resource "aws_iam_policy" "boundary" {
  name = "boundary"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:Get*", "s3:List*"], Resource = "*" }]
  })
}

resource "aws_iam_role" "reader" {
  name                 = "reader"
  path                 = "/apps/"
  assume_role_policy   = local.trust["ec2"]
  permissions_boundary = aws_iam_policy.boundary.arn
}

resource "aws_iam_role_policy" "reader" {
  name   = "much"
  role   = aws_iam_role.reader.id
  policy = aws_iam_role_policy.administrator.policy
}

resource "aws_iam_instance_profile" "reader" {
  name = "reader"
  role = aws_iam_role.reader.name
}

resource "aws_iam_group" "auditors" {
  name = "auditors"
}

resource "aws_iam_group_policy_attachment" "auditors" {
  for_each   = { boundary = aws_iam_policy.boundary.arn }
  group      = aws_iam_group.auditors.name
  policy_arn = each.value
}

resource "aws_iam_user" "auditor" {
  count = 2
  name  = "auditor-${count.index}"
}

resource "aws_iam_user_group_membership" "auditor" {
  count  = 2
  user   = aws_iam_user.auditor[count.index].name
  groups = [aws_iam_group.auditors.name]
}
