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

# Addresses, policies and principals that nobody knows before the apply.

resource "aws_eip" "office" {
  domain = "vpc"
}

resource "aws_vpc" "main" {
  cidr_block = "10.30.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.30.0.0/24"
  map_public_ip_on_launch = true
}

resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.main.default_route_table_id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_security_group" "ssh" {
  name   = "ssh"
  vpc_id = aws_vpc.main.id

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["${aws_eip.office.public_ip}/32"]
  }
}

resource "aws_instance" "host" {
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.nano"
  subnet_id              = aws_subnet.public.id
  vpc_security_group_ids = [aws_security_group.ssh.id]
}

# Unknown as a whole: jsonencode with the ARN of a bucket that is made.
resource "aws_s3_bucket" "whole" {
  bucket = "acme-whole"
}

resource "aws_s3_bucket_policy" "whole" {
  bucket = aws_s3_bucket.whole.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.whole.arn}/*"
    }]
  })
}

# A principal that is not known: somebody's name with a text of which only a part is known.
resource "aws_sqs_queue" "principal" {
  name = "principal"
}

data "aws_iam_policy_document" "principal" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/${aws_vpc.main.id}"]
    }
  }
}

resource "aws_sqs_queue_policy" "principal" {
  queue_url = aws_sqs_queue.principal.id
  policy    = data.aws_iam_policy_document.principal.json
}

# Half of an address: what is read is the bucket's, what follows its ARN is not known.
resource "aws_s3_bucket" "half" {
  bucket = "acme-half"
}

data "aws_iam_policy_document" "half" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.half.arn}/public/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_s3_bucket_policy" "half" {
  bucket = aws_s3_bucket.half.id
  policy = data.aws_iam_policy_document.half.json
}

resource "aws_s3_bucket_public_access_block" "half" {
  bucket = aws_s3_bucket.half.id
}

# An unknown number of statements: the document as a whole stays open.
data "aws_iam_policy_document" "many" {
  dynamic "statement" {
    for_each = toset(split(",", aws_eip.office.public_ip))

    content {
      actions   = ["s3:ListAllMyBuckets"]
      resources = ["*"]

      condition {
        test     = "IpAddress"
        variable = "aws:SourceIp"
        values   = [statement.value]
      }
    }
  }
}

resource "aws_iam_policy" "many" {
  name   = "many"
  policy = data.aws_iam_policy_document.many.json
}

resource "aws_iam_user" "many" {
  name = "many"
}

resource "aws_iam_user_policy_attachment" "many" {
  user       = aws_iam_user.many.name
  policy_arn = aws_iam_policy.many.arn
}
