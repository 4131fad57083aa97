"""A CloudFormation template as the snapshot that its stack would be."""

from auditctl.planned.cloudformation.reading import NO_REGION, read, types_read

__all__ = ["NO_REGION", "read", "types_read"]
