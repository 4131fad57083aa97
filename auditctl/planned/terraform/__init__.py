"""Plans of Terraform and OpenTofu (`terraform show -json`) as snapshots. Untrusted."""

from auditctl.planned.terraform.reading import read, read_plan, types_read

__all__ = ["read", "read_plan", "types_read"]
