"""The parts of an ARN. Untrusted."""

from typing import NamedTuple

_PARTS = 6


class Arn(NamedTuple):
    """An ARN, part by part. The resource may hold colons."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def arn_of(text: str) -> Arn | None:
    """The parts of a text that is an ARN; None where it is none."""
    start, *parts = text.split(":", _PARTS - 1)
    return Arn(*parts) if start == "arn" and len(parts) == _PARTS - 1 else None
