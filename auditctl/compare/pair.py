"""Two sides that are compared in one direction, and the claim by which explanations speak of them.

Untrusted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auditctl.compare.options import Options
from checkers.cloud.claims import Claim
from checkers.cloud.comparison import Difference
from checkers.cloud.control import FORMAT as CONTROL_FORMAT
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.scope import Scope
from checkers.cloud.targets import Target
from checkers.strict_json import Json

NOBODY = "000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two that are compared in one direction: whether the first allows more than the second.

    `claim` speaks of the target in words, for explanations; `scope` is that of its requests.
    """

    question: Callable[[bool], Difference]
    check: Callable[[Mapping[str, Json]], bool]
    first: Inventory
    second: Inventory
    claim: Claim
    scope: Scope | None


def claim_about(target: Target, principal: tuple[str, ...], options: Options) -> Claim:
    """A claim that speaks of the requests that are compared."""
    for_each = target.kind if target.kind in ("policy", "role", "user") else "account"
    request = {"action": list(options.actions) or ["*"], "resource": list(options.resources)}
    control = {
        "format": CONTROL_FORMAT,
        "id": "diff",
        "title": "",
        "for_each": for_each,
        "forbid": {"request": {**request, **({"principal": list(principal)} if principal else {})}},
    }
    return Claim(parse_control(control, "diff"), target)
