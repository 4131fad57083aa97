"""What the checker may say of a certificate, and the two ways in which it refuses one.

A check either returns or raises. `Verdict.ACCEPTED` is produced in one place,
`checkers.audit`, after the goal of the claim was matched.
"""

from enum import Enum


class Verdict(Enum):
    """Three values. None of them is a truth value, so that no `if verdict` can compile."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DECLINED = "declined"

    def __bool__(self) -> bool:
        raise TypeError("a verdict is not a truth value; compare it with `is`")


class Refusal(Exception):
    """The certificate was not accepted. The message is the reason, lower case, one line."""

    verdict: Verdict


class Rejected(Refusal):
    """The certificate, the bundle or the claim is wrong."""

    verdict = Verdict.REJECTED


class Declined(Refusal):
    """A version, a size or a construct that this checker does not support."""

    verdict = Verdict.DECLINED


class Unreadable(Exception):
    """The input is not what it should be: no bundle, no snapshot, no control, bad JSON."""
