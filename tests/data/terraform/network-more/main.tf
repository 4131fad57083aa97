terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}
# One resource of every kind that the first network lacks, and what is known only after the apply.
variable "office" { default = "198.51.100.0/24" }
resource "terraform_data" "late" { input = "x" }
resource "aws_vpc" "main" {
  cidr_block                       = "10.0.0.0/16"
  assign_generated_ipv6_cidr_block = true
}
resource "aws_vpc" "plain" { cidr_block = "10.2.0.0/16" }
resource "aws_vpc" "third" { cidr_block = "10.3.0.0/16" }
resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.plain.id
  cidr_block = "10.4.0.0/16"
}
resource "aws_subnet" "six" {
  vpc_id                          = aws_vpc.main.id
  cidr_block                      = "10.0.1.0/24"
  ipv6_cidr_block                 = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 1)
  assign_ipv6_address_on_creation = true
}
resource "aws_egress_only_internet_gateway" "six" { vpc_id = aws_vpc.main.id }
resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.main.default_route_table_id
  route {
    ipv6_cidr_block        = "::/0"
    egress_only_gateway_id = aws_egress_only_internet_gateway.six.id
  }
}
resource "aws_instance" "six" {
  ami           = "ami-0abc1234"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.six.id
}
resource "aws_subnet" "a" {
  vpc_id            = aws_vpc.plain.id
  cidr_block        = "10.2.1.0/24"
  availability_zone = "eu-west-1a"
}
resource "aws_subnet" "b" {
  vpc_id            = aws_vpc_ipv4_cidr_block_association.more.vpc_id
  cidr_block        = "10.4.1.0/24"
  availability_zone = "eu-west-1b"
}
resource "aws_internet_gateway" "plain" {}
resource "aws_internet_gateway_attachment" "plain" {
  internet_gateway_id = aws_internet_gateway.plain.id
  vpc_id              = aws_vpc.plain.id
}
resource "aws_route_table" "own_main" { vpc_id = aws_vpc.plain.id }
resource "aws_main_route_table_association" "plain" {
  vpc_id         = aws_vpc.plain.id
  route_table_id = aws_route_table.own_main.id
}
resource "aws_route" "out" {
  route_table_id         = aws_route_table.own_main.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.plain.id
}
resource "aws_route" "appliance" {
  route_table_id         = aws_route_table.own_main.id
  destination_cidr_block = "172.16.0.0/12"
  network_interface_id   = aws_network_interface.fw.id
}
resource "aws_network_interface" "fw" {
  subnet_id         = aws_subnet.a.id
  private_ips       = ["10.2.1.50"]
  source_dest_check = false
  security_groups   = [aws_security_group.fw.id]
}
resource "aws_security_group" "fw" {
  vpc_id = aws_vpc.plain.id
  ingress {
    from_port   = 8
    to_port     = -1
    protocol    = "icmp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  dynamic "ingress" {
    for_each = [80, 443]
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = [var.office]
    }
  }
}
resource "aws_network_interface_sg_attachment" "fw" {
  security_group_id    = aws_vpc.plain.default_security_group_id
  network_interface_id = aws_network_interface.fw.id
}
resource "aws_instance" "fw" {
  ami           = "ami-0abc1234"
  instance_type = "t3.micro"
  network_interface {
    device_index         = 0
    network_interface_id = aws_network_interface.fw.id
  }
}
resource "aws_eip" "fw" {
  network_interface = aws_network_interface.fw.id
}
resource "aws_instance" "two" {
  ami           = "ami-0abc1234"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.b.id
}
resource "aws_eip" "two" { domain = "vpc" }
resource "aws_eip_association" "two" {
  allocation_id = aws_eip.two.id
  instance_id   = aws_instance.two.id
}
resource "aws_vpc_security_group_ingress_rule" "default" {
  security_group_id = aws_vpc.plain.default_security_group_id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = var.office
}
resource "aws_default_network_acl" "plain" {
  default_network_acl_id = aws_vpc.plain.default_network_acl_id
  ingress {
    protocol   = -1
    rule_no    = 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
}
resource "aws_network_acl" "b" { vpc_id = aws_vpc.plain.id }
resource "aws_network_acl_association" "b" {
  network_acl_id = aws_network_acl.b.id
  subnet_id      = aws_subnet.b.id
}
resource "aws_network_acl_rule" "b" {
  network_acl_id = aws_network_acl.b.id
  rule_number    = 10
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "${aws_eip.two.public_ip}/32"
  from_port      = 22
  to_port        = 22
}
resource "aws_vpc_peering_connection" "p" {
  vpc_id      = aws_vpc.plain.id
  peer_vpc_id = aws_vpc.third.id
  auto_accept = true
}
resource "aws_vpc_peering_connection" "away" {
  vpc_id        = aws_vpc.plain.id
  peer_vpc_id   = "vpc-0def5678"
  peer_owner_id = "444455556666"
}
resource "aws_vpn_gateway" "g" { vpc_id = aws_vpc.third.id }
resource "aws_route_table" "third" {
  vpc_id           = aws_vpc.third.id
  propagating_vgws = [aws_vpn_gateway.g.id]
}
resource "aws_lb" "nlb" {
  name               = "nlb"
  load_balancer_type = "network"
  subnet_mapping {
    subnet_id     = aws_subnet.a.id
    allocation_id = aws_eip.nlb.id
  }
}
resource "aws_eip" "nlb" { domain = "vpc" }
resource "aws_lb_target_group" "nlb" {
  name        = "nlb"
  port        = 8080
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = aws_vpc.plain.id
}
resource "aws_lb_target_group_attachment" "nlb" {
  target_group_arn = aws_lb_target_group.nlb.arn
  target_id        = aws_instance.two.private_ip
}
resource "aws_lb_listener" "nlb" {
  load_balancer_arn = aws_lb.nlb.arn
  port              = 80
  protocol          = "TCP"
  default_action {
    type = "forward"
    forward {
      target_group { arn = aws_lb_target_group.nlb.arn }
      target_group { arn = aws_lb_target_group.nlb.arn }
    }
  }
}
resource "aws_elb" "old" {
  name    = "old"
  subnets = [aws_subnet.a.id]
  listener {
    instance_port     = 80
    instance_protocol = "http"
    lb_port           = 80
    lb_protocol       = "http"
  }
  instances = [aws_instance.two.id]
}
resource "aws_security_group" "late" {
  name   = "late-${terraform_data.late.output}"
  vpc_id = aws_vpc.plain.id
  ingress {
    from_port   = length(terraform_data.late.output)
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = [terraform_data.late.output]
  }
  egress {
    from_port       = 443
    to_port         = 443
    protocol        = "tcp"
    prefix_list_ids = [aws_vpc_endpoint.s3.prefix_list_id]
  }
}
resource "aws_vpc_endpoint" "s3" {
  vpc_id       = aws_vpc.plain.id
  service_name = "com.amazonaws.eu-west-1.s3"
}
resource "aws_vpc_endpoint_route_table_association" "s3" {
  vpc_endpoint_id = aws_vpc_endpoint.s3.id
  route_table_id  = aws_route_table.own_main.id
}
resource "aws_ecs_cluster" "c" { name = "c" }
resource "aws_ecs_service" "s" {
  name            = "s"
  cluster         = aws_ecs_cluster.c.id
  task_definition = "t:1"
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = [aws_subnet.a.id]
    security_groups = [aws_security_group.fw.id]
  }
}
resource "aws_rds_cluster" "r" {
  cluster_identifier     = "r"
  engine                 = "aurora-postgresql"
  master_username        = "root"
  master_password        = "secret-secret"
  db_subnet_group_name   = aws_db_subnet_group.r.name
  vpc_security_group_ids = [aws_security_group.fw.id]
}
resource "aws_db_subnet_group" "r" {
  subnet_ids = [aws_subnet.a.id, aws_subnet.b.id]
}
resource "aws_rds_cluster_instance" "r" {
  cluster_identifier  = aws_rds_cluster.r.id
  instance_class      = "db.t3.medium"
  engine              = "aurora-postgresql"
  publicly_accessible = true
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::111122223333:role/f"
  filename      = "main.tf"
  handler       = "h"
  runtime       = "python3.12"
  vpc_config {
    subnet_ids         = [aws_subnet.a.id]
    security_group_ids = [aws_security_group.fw.id]
  }
}
resource "aws_ec2_transit_gateway" "t" { default_route_table_association = "disable" }
resource "aws_ec2_transit_gateway_vpc_attachment" "t" {
  transit_gateway_id = aws_ec2_transit_gateway.t.id
  vpc_id             = aws_vpc.plain.id
  subnet_ids         = [aws_subnet.a.id]
}
resource "aws_ec2_transit_gateway_route_table" "t" { transit_gateway_id = aws_ec2_transit_gateway.t.id }
resource "aws_ec2_transit_gateway_route_table_association" "t" {
  transit_gateway_attachment_id  = aws_ec2_transit_gateway_vpc_attachment.t.id
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.t.id
}
resource "aws_ec2_transit_gateway_route" "t" {
  destination_cidr_block         = "10.9.0.0/16"
  blackhole                      = true
  transit_gateway_route_table_id = aws_ec2_transit_gateway_route_table.t.id
}
resource "aws_eks_cluster" "k" {
  name     = "k"
  role_arn = "arn:aws:iam::111122223333:role/k"
  vpc_config { subnet_ids = [aws_subnet.a.id, aws_subnet.b.id] }
}
resource "aws_instance" "elsewhere" {
  ami                    = "ami-0abc1234"
  instance_type          = "t3.micro"
  subnet_id              = "subnet-0abc1234"
  vpc_security_group_ids = ["sg-0abc1234"]
}
resource "aws_launch_template" "spot" {
  name = "spot"
  network_interfaces {
    associate_public_ip_address = true
    security_groups             = [aws_security_group.fw.id]
  }
  iam_instance_profile { name = "existing" }
}
resource "aws_autoscaling_group" "spot" {
  max_size            = 1
  min_size            = 1
  vpc_zone_identifier = [aws_subnet.a.id]
  mixed_instances_policy {
    launch_template {
      launch_template_specification { launch_template_id = aws_launch_template.spot.id }
    }
  }
}
resource "aws_autoscaling_attachment" "spot" {
  autoscaling_group_name = aws_autoscaling_group.spot.name
  elb                    = aws_elb.old.name
}
resource "aws_elasticache_subnet_group" "c" {
  name       = "c"
  subnet_ids = [aws_subnet.b.id]
}
resource "aws_elasticache_replication_group" "c" {
  replication_group_id = "c"
  description          = "c"
  subnet_group_name    = aws_elasticache_subnet_group.c.name
  security_group_ids   = [aws_security_group.fw.id]
}
