"""The organization above an account, with the policies that a request brings for each level.

Untrusted.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise

from auditctl.simulate.overlay.files import Overlay
from checkers.cloud.organization import MAX_LEVELS, RCP, SCP
from checkers.strict_json import Json

_FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_NOTHING = {"Version": "2012-10-17", "Statement": []}
_MANAGEMENT = "999999999999"
_ROOT = "r-0000"


def add_levels(overlay: Overlay, levels: Sequence[Sequence[Json]], kind: str, account: str) -> None:
    """Organization policies of one kind, from the root down to the account.

    There are as many levels as are given, or as the account has. Of resource control policies only what
    they deny counts, wherever it stands.
    """
    folder = _organization(overlay, account)
    name = "scp" if kind == SCP else "rcp"
    above = _above(overlay, folder, account)
    while kind == SCP and len(above) + 1 < len(levels):
        above.append(f"ou-0000-request{len(above)}")
    targets = [*above, account]
    attached: dict[str, list[tuple[str, Json]]] = {target: [] for target in targets}
    for i, level in enumerate([level or ([_NOTHING] if kind == SCP else []) for level in levels]):
        target = targets[i] if i + 1 < len(levels) and i < len(targets) else account
        attached[target] += [(f"{name}[{i}][{j}]", document) for j, document in enumerate(level)]
    for target in targets[len(levels) - 1 : -1] if kind == SCP else ():
        attached[target] = [("FullAWSAccess", _FULL)]
    _attach(overlay, folder, kind, attached)
    for parent, child in pairwise(targets):
        of = "ROOT" if parent.startswith("r-") else "ORGANIZATIONAL_UNIT"
        overlay.put(f"{folder}/list-parents/{child}.json", {"Parents": [{"Id": parent, "Type": of}]})


def _above(overlay: Overlay, folder: str, account: str) -> list[str]:
    """What the account is in, from the root down."""
    found: list[str] = []
    target = account
    while not target.startswith("r-") and len(found) < MAX_LEVELS:
        path = f"{folder}/list-parents/{target}.json"
        if path not in overlay.made and path not in overlay.files:
            roots = overlay.read(f"{folder}/list-roots.json", {"Roots": []})["Roots"]
            return [roots[0]["Id"] if roots else _ROOT, *found]
        target = overlay.read(path, {})["Parents"][0]["Id"]
        found.insert(0, target)
    return found


def _organization(overlay: Overlay, account: str) -> str:
    """The folder with the organization of an account; one is made if the snapshot has none."""
    there = next(
        (p for p in (*overlay.made, *overlay.files) if p.endswith("/organizations/describe-organization.json")), ""
    )
    folder = there.rpartition("/")[0] or f"{overlay.account}/global/organizations"
    if not there:
        described = {"Organization": {"Id": "o-0000000000", "MasterAccountId": _MANAGEMENT}}
        overlay.put(f"{folder}/describe-organization.json", described)
    listed = overlay.read(f"{folder}/list-accounts.json", {"Accounts": [{"Id": _MANAGEMENT}]})
    if not any(row.get("Id") == account for row in listed["Accounts"]):
        listed["Accounts"].append({"Id": account})
    types = [{"Type": kind, "Status": "ENABLED"} for kind in (SCP, RCP)]
    roots = overlay.read(f"{folder}/list-roots.json", {"Roots": [{"Id": _ROOT, "PolicyTypes": types}]})
    for root in roots["Roots"]:
        root["PolicyTypes"] = types
    for kind in (SCP, RCP):
        overlay.read(f"{folder}/list-policies/{kind}.json", {"Policies": []})
    return folder


def _attach(overlay: Overlay, folder: str, kind: str, attached: Mapping[str, Sequence[tuple[str, Json]]]) -> None:
    """These policies instead of all of their kind."""
    _remove(overlay, folder, kind)
    targets: dict[str, tuple[Json, list[str]]] = {}
    for target, documents in attached.items():
        for name, document in documents:
            policy = "p-" + "".join(c if c.isalnum() else "-" for c in name).strip("-").lower()
            targets.setdefault(policy, (document, []))[1].append(target)
            overlay.places[f"{folder}/describe-policy/{policy}.json", "$.Policy.Content"] = name
    overlay.put(f"{folder}/list-policies/{kind}.json", {"Policies": [{"Id": policy} for policy in targets]})
    for policy, (document, named) in targets.items():
        overlay.put(f"{folder}/describe-policy/{policy}.json", _described(policy, kind, document))
        rows = [{"TargetId": target, "Type": "TARGET"} for target in named]
        overlay.put(f"{folder}/list-targets-for-policy/{policy}.json", {"Targets": rows})


def _remove(overlay: Overlay, folder: str, kind: str) -> None:
    """Leave out what the snapshot has of the policies of a kind."""
    for row in overlay.read(f"{folder}/list-policies/{kind}.json", {"Policies": []})["Policies"]:
        for operation in ("describe-policy", "list-targets-for-policy"):
            overlay.leave_out(f"{folder}/{operation}/{row['Id']}.json")


def _described(policy: str, kind: str, document: Json) -> Json:
    return {
        "Policy": {
            "PolicySummary": {"Id": policy, "Name": policy, "Type": kind},
            "Content": json.dumps(document),
        }
    }
