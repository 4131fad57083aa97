"""Dumps of the AWS CLI: what is recognised, and what is not."""
