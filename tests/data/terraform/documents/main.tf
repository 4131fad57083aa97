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

# Documents that the provider writes while planning: what is made again of their arguments has to be the same.

data "aws_iam_policy_document" "principals" {
  version   = "2008-10-17"
  policy_id = "principals"

  statement {
    sid       = "SameTypeTwice"
    actions   = ["s3:ListBucket", "s3:GetObject"]
    resources = ["arn:aws:s3:::acme-documents", "arn:aws:s3:::acme-documents/*"]

    principals {
      type        = "AWS"
      identifiers = ["444455556666", "111122223333"]
    }

    principals {
      type        = "Service"
      identifiers = ["logs.amazonaws.com"]
    }
  }

  statement {
    effect        = "Deny"
    not_actions   = ["s3:GetObject"]
    not_resources = ["arn:aws:s3:::acme-documents/public/*"]

    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }

  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "conditions" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::acme-homes/&{aws:username}/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["a", "b"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["c"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["x"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["y"]
    }

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["home/&{aws:username}/*"]
    }
  }
}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }

  statement {
    sid       = "Write"
    actions   = ["s3:PutObject"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "merged" {
  source_policy_documents = [
    data.aws_iam_policy_document.base.json,
    data.aws_iam_policy_document.conditions.json,
  ]

  override_policy_documents = [
    jsonencode({
      Statement = [
        { Sid = "Write", Effect = "Deny", Action = "s3:PutObject", Resource = "*" },
        { Sid = "List", Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" },
      ]
    })
  ]

  statement {
    sid       = "Own"
    actions   = ["sqs:*"]
    resources = ["*"]
  }
}

# The same with something in it that is known after the apply.
data "aws_iam_policy_document" "open" {
  source_policy_documents = [data.aws_iam_policy_document.base.json, data.aws_iam_policy_document.inner.json]

  statement {
    sid       = "Own"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.own.arn]
  }

  statement {
    sid       = "Bucket"
    actions   = ["s3:ListBucket", "s3:GetObject"]
    resources = [aws_s3_bucket.own.arn, "${aws_s3_bucket.own.arn}/*"]
  }

  dynamic "statement" {
    for_each = ["a"]

    content {
      sid       = "Dynamic"
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.own.arn}/${statement.value}"]
    }
  }
}

data "aws_iam_policy_document" "inner" {
  statement {
    sid       = "Name"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::${aws_s3_bucket.own.id}/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:SourceVpc"
      values   = [aws_vpc.own.id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = [aws_iam_user.own.arn, "arn:aws:iam::111122223333:role/*"]
    }
  }
}

resource "aws_sqs_queue" "own" {
  name = "own"
}

resource "aws_s3_bucket" "own" {
  bucket = "acme-own"
}

resource "aws_vpc" "own" {
  cidr_block = "10.80.0.0/16"
}

resource "aws_iam_user" "own" {
  name = "own"
}

resource "aws_iam_user_policy" "own" {
  name   = "own"
  user   = aws_iam_user.own.name
  policy = data.aws_iam_policy_document.open.json
}

resource "aws_iam_user_policy" "merged" {
  name   = "merged"
  user   = aws_iam_user.own.name
  policy = data.aws_iam_policy_document.merged.json
}

resource "aws_s3_bucket_policy" "own" {
  bucket = aws_s3_bucket.own.id
  policy = data.aws_iam_policy_document.principals.json
}
