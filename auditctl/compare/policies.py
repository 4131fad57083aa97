"""Two policy documents compared.

Untrusted.
"""

import json
from pathlib import Path

from auditctl.compare.answer import Presence, TargetDiff, relation_of
from auditctl.compare.finding import decide
from auditctl.compare.options import Options
from auditctl.compare.pair import NOBODY, Pair, claim_about
from auditctl.output import reason_of
from checkers.cloud.comparison import Asked, Texts, check_document_difference, document_difference, parse_texts
from checkers.cloud.derivation import Kind
from checkers.cloud.inventory import Inventory
from checkers.cloud.policy import Origin
from checkers.cloud.scope import Scope
from checkers.cloud.snapshot import FORMAT as SNAPSHOT_FORMAT
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.targets import Target
from checkers.strict_json import Json, parse_json
from checkers.verdict import Unreadable

KINDS = {"identity": Kind.IDENTITY, "resource": Kind.RESOURCE, "trust": Kind.TRUST}
_WRAPPERS = ("Policy", "PolicyVersion", "PolicyDocument", "Document")


def compare_policies(options: Options, asked: Asked) -> TargetDiff:
    """Two policy documents compared."""
    kind = KINDS[options.kind]
    texts, inventories = [], []
    for name, path in (("old", options.old), ("new", options.new)):
        value = _read_policy(path)
        origin = Origin(f"{name}.json", "$", f"the {name} policy")
        texts.append(parse_texts(value, origin))
        inventories.append(_holding(origin.file, value))
    if kind is Kind.RESOURCE and not any(s.resources for t in texts for s in t.document.statements):
        kind = Kind.UNNAMED
    old, new = 0, 1
    findings = [
        decide(_policy_pair(texts[one], texts[other], kind, asked, (inventories[one], inventories[other]), options))
        for one, other in ((new, old), (old, new))
    ]
    return TargetDiff(
        id=options.new.name,
        kind=f"{options.kind} policy",
        account="",
        presence=Presence.BOTH,
        relation=relation_of(findings[0].answer, findings[1].answer),
        more=findings[0],
        less=findings[1],
    )


def _policy_pair(
    first: Texts,
    second: Texts,
    kind: Kind,
    asked: Asked,
    inventories: tuple[Inventory, Inventory],
    options: Options,
) -> Pair:
    target = Target("policy" if kind is Kind.IDENTITY else "account", options.new.name, options.new.name, NOBODY)
    return Pair(
        question=lambda wide: document_difference(first, second, kind, asked, wide=wide),
        check=lambda data: check_document_difference(data, first, second, kind, asked),
        first=inventories[0],
        second=inventories[1],
        claim=claim_about(target, () if kind is Kind.IDENTITY else ("anyone",), options),
        scope=None if kind is Kind.IDENTITY else Scope((), ()),
    )


def _read_policy(path: Path) -> Json:
    """A policy document; also within a response of the AWS CLI that holds one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {reason_of(error)}") from None
    value = parse_json(content, str(path))
    for _ in range(3):
        if isinstance(value, dict) and "Statement" not in value:
            inner = next((value[name] for name in _WRAPPERS if name in value), None)
            if inner is None:
                break
            value = parse_json(inner, str(path)) if isinstance(inner, str) else inner
    if not isinstance(value, dict) or "Statement" not in value:
        raise Unreadable(f"{path}: not a policy document: it has no Statement")
    return value


def _holding(name: str, value: Json) -> Inventory:
    """An inventory whose snapshot has the document, so that its lines can be shown."""
    manifest = {"format": SNAPSHOT_FORMAT, "accounts": [{"id": NOBODY}]}
    files = {"snapshot.json": manifest, name: value}
    return Inventory(Snapshot({path: json.dumps(content, default=str).encode for path, content in files.items()}))
