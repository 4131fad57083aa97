"""What a Terraform plan or a CloudFormation template would make, as a snapshot."""
