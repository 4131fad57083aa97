"""Roles and users, with policies that requests bring.

Untrusted.
"""

from collections.abc import Sequence
from typing import Any

from auditctl.simulate.arn import arn_of
from auditctl.simulate.errors import OverlayError
from auditctl.simulate.overlay.files import Overlay
from checkers.cloud.vocabulary import account_of
from checkers.strict_json import Json


def add_caller(overlay: Overlay) -> tuple[str, Json, str]:
    """The row of the caller, made if it is not there: its file, itself, and where it is."""
    return _row(overlay, overlay.principal, _kind_of(overlay))


def _kind_of(overlay: Overlay) -> str:
    arn = arn_of(overlay.principal)
    for kind in ("Role", "User"):
        if arn is not None and arn.resource.startswith(f"{kind.lower()}/"):
            return kind
    raise OverlayError(f"{overlay.principal} is neither a user nor a role, and has no policies of its own")


def add_identity(overlay: Overlay, documents: Sequence[Json]) -> None:
    """The identity policies of the caller, instead of those that it has."""
    kind = _kind_of(overlay)
    path, row, at = add_caller(overlay)
    row["AttachedManagedPolicies"] = []
    row[f"{kind}PolicyList"] = [
        {"PolicyName": f"identity[{i}]", "PolicyDocument": document} for i, document in enumerate(documents)
    ]
    if kind == "User":
        row["GroupList"] = []
    for i in range(len(documents)):
        overlay.places[path, f"{at}.{kind}PolicyList[{i}].PolicyDocument"] = f"identity[{i}]"


def add_boundary(overlay: Overlay, document: Json) -> None:
    """The permissions boundary of the caller."""
    path, row, _ = add_caller(overlay)
    policies = overlay.made[path]["Policies"]
    arn = f"arn:aws:iam::{account_of(overlay.principal)}:policy/request/boundary"
    policies.append({
        "PolicyName": "boundary",
        "Arn": arn,
        "Path": "/request/",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}],
    })
    row["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    overlay.places[path, f"$.Policies[{len(policies) - 1}].PolicyVersionList[0].Document"] = "boundary"


def add_trust(overlay: Overlay, document: Json) -> None:
    """The trust policy of the role that is the resource."""
    path, row, at = _row(overlay, overlay.resource, "Role")
    row["AssumeRolePolicyDocument"] = document
    overlay.places[path, f"{at}.AssumeRolePolicyDocument"] = "resource"


def _row(overlay: Overlay, arn: str, kind: str) -> tuple[str, Json, str]:
    """The row of a role or user, made if it is not there: its file, itself, and where it is."""
    path = f"{account_of(arn)}/global/iam/get-account-authorization-details.json"
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    rows = overlay.read(path, {name: [] for name in lists})[f"{kind}DetailList"]
    index = next((i for i, row in enumerate(rows) if row.get("Arn") == arn), None)
    if index is None:
        index = len(rows)
        rows.append(_empty(kind, arn))
    return path, rows[index], f"$.{kind}DetailList[{index}]"


def _empty(kind: str, arn: str) -> Json:
    """A role or user without policies."""
    folders, _, name = arn.rpartition("/")
    path = f"{folders}/".partition("/")[2]
    row: dict[str, Any] = {f"{kind}Name": name, "Arn": arn, "Path": f"/{path}", f"{kind}PolicyList": []}
    if kind == "Role":
        row["AssumeRolePolicyDocument"] = {"Version": "2012-10-17", "Statement": []}
    return row | {"AttachedManagedPolicies": [], **({"GroupList": []} if kind == "User" else {})}
