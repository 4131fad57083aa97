"""The partitions of AWS by region. Untrusted."""

# What the names of regions of other partitions begin with (AWS General Reference, "AWS service endpoints").
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)


def partition_of(region: str) -> str:
    """The partition of a region."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")
