"""The principal of a request, as people write it and as questions have it.

Untrusted.
"""

import re
from dataclasses import replace

from auditctl.controls.errors import quote, suggest
from auditctl.simulate.arn import arn_of
from auditctl.simulate.errors import RequestError
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import ConcreteRequest
from checkers.cloud.vocabulary import account_of
from checkers.strict_json import Json

_SESSION = re.compile(r"assumed-role/(?P<role>[^/]*)/(?P<name>[^/]*)")


def parse_principal(text: str) -> tuple[str, str]:
    """The principal as questions have it, and the name of the session that its ARN tells. Raises `RequestError`."""
    if text in ("*", "anonymous"):
        return "anonymous", ""
    if text.startswith(("service:", "federated:", "canonical:")):
        return text, ""
    if text.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return f"service:{text}", ""
    arn = arn_of(text)
    if arn is not None:
        session = _SESSION.fullmatch(arn.resource) if arn.service == "sts" else None
        if session is not None:
            return f"arn:{arn.partition}:iam::{arn.account}:role/{session['role']}", session["name"]
        return text, ""
    if is_account(text):
        return f"arn:aws:iam::{text}:root", ""
    raise RequestError(
        f"principal {quote(text)} is not understood; expected the ARN of a user, role, session or root, `anonymous`, "
        "`service:NAME`, `federated:PROVIDER` or `canonical:ID`"
    )


def is_account(text: Json) -> bool:
    """Whether it is the id of an account."""
    return isinstance(text, str) and re.fullmatch(r"[0-9]{12}", text) is not None


def known_role(request: ConcreteRequest, inventory: Inventory) -> ConcreteRequest:
    """The request by the role as the snapshot has it: the ARN of a session does not tell the role's path."""
    principal = request.principal
    if not request.session or principal in inventory.principals:
        return request
    start, _, name = principal.rpartition("/")
    same = [p.arn for p in inventory.principals.values() if p.kind == "role" and p.name == name]
    same = [arn for arn in same if arn.startswith(f"{start}/")]
    return replace(request, principal=same[0]) if len(same) == 1 else request


def check_principal(principal: str, inventory: Inventory) -> None:
    """Refuse a principal that is not there. Raises `RequestError`."""
    account = account_of(principal)
    if principal in inventory.callers or account not in inventory.accounts or inventory.iam[account].problem:
        return
    if principal.startswith("arn:") and ":federated-user/" not in principal:
        raise RequestError(f"unknown principal {quote(principal)}{suggest(principal, inventory.callers)}")
