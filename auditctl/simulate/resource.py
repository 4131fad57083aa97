"""The resource of a request: which bucket it is in, and whose it is.

Untrusted.
"""

from auditctl.simulate.arn import arn_of
from auditctl.simulate.request import Request
from checkers.cloud.inventory import Inventory


def owner_of(request: Request, inventory: Inventory | None) -> str:
    """The account of the resource."""
    if inventory is not None:
        bucket = bucket_of(request.concrete.resource)
        for one in inventory.buckets if bucket else ():
            if one.name == bucket:
                return one.account
    return request.owner


def bucket_of(resource: str) -> str:
    """The bucket that an ARN is in, empty where it is in none."""
    arn = arn_of(resource)
    return arn.resource.partition("/")[0] if arn is not None and arn.service == "s3" and not arn.account else ""
