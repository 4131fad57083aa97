"""The derived question against the naive evaluator: the same requests are allowed, on both sides.

`AUDITCTL_FUZZ` multiplies the number of pairs (`make fuzz`).
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from typing import Any

import pytest

from checkers.cloud.claims import Claim, Derived, question_of
from checkers.cloud.control import Control, parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import assignment_of, parse_request
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.targets import targets_of
from generators import policy, request, snapshot, world, world_request
from naive import World, decide, decide_policy, is_aws, many_keys

SCALE = int(os.environ.get("AUDITCTL_FUZZ", "1"))
SEEDS = range(10 * SCALE)
DOCUMENTS_PER_SEED = 100
REQUESTS_PER_DOCUMENT = 15
WORLDS_PER_SEED = 25
REQUESTS_PER_WORLD = 25
KEYS_OF_SIGNED_REQUESTS = ("aws:principaltag/", "aws:principalorgid", "aws:principalorgpaths", "aws:username")


def any_request(kind: str, **parts: Any) -> Control:
    """A control that forbids every request."""
    asked = {"action": ["*"], **parts}
    document = {
        "format": "auditctl-control/1",
        "id": "any",
        "title": "",
        "for_each": kind,
        "forbid": {"request": asked},
    }
    return parse_control(document, "any")


def inventory_of(files: dict[str, Any]) -> Inventory:
    contents = {path: json.dumps(value).encode() for path, value in files.items()}
    return Inventory(Snapshot({path: (lambda data=data: data) for path, data in contents.items()}))


def managed(documents: list[Any]) -> Inventory:
    """A snapshot with each document as a customer managed policy."""
    policies = [
        {
            "PolicyName": f"p{i}",
            "Arn": f"arn:aws:iam::111122223333:policy/p{i:04}",
            "PolicyVersionList": [{"IsDefaultVersion": True, "Document": document}],
        }
        for i, document in enumerate(documents)
    ]
    iam = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": policies}
    return inventory_of({
        "snapshot.json": {"format": "auditctl-snapshot/1", "accounts": [{"id": "111122223333"}]},
        "111122223333/global/iam/get-account-authorization-details.json": iam,
    })


def allows(derived: Derived, asked: dict[str, Any]) -> bool:
    """Whether the question is true for a request."""
    return derived.question.holds_for(assignment_of(parse_request(asked)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_document_alone_allows_what_the_naive_evaluator_allows(seed: int) -> None:
    rng = random.Random(seed)
    documents = [policy(rng) for _ in range(DOCUMENTS_PER_SEED)]
    inventory, control = managed(documents), any_request("policy")
    seen: Counter[bool] = Counter()
    for document, target in zip(documents, targets_of(control, inventory), strict=True):
        claim = Claim(control, target)
        wide, narrow = (question_of(claim, inventory, wide=side) for side in (True, False))
        for _ in range(REQUESTS_PER_DOCUMENT):
            asked = request(rng, [document])
            if not is_resource(asked["resource"]):
                continue
            for derived, upper in ((wide, True), (narrow, False)):
                expected = decide_policy(document, asked, upper=upper)
                assert allows(derived, asked) is expected, explain(document, asked, upper=upper)
                seen[expected] += 1
    assert min(seen[True], seen[False]) > DOCUMENTS_PER_SEED, seen


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_allows_what_the_naive_evaluator_allows(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[bool] = Counter()
    control = any_request("account", principal=["anyone"])
    for _ in range(WORLDS_PER_SEED):
        where = world(rng)
        inventory = inventory_of(snapshot(where))
        claim = Claim(control, targets_of(control, inventory)[0])
        wide, narrow = (question_of(claim, inventory, wide=side) for side in (True, False))
        many = many_keys(documents_of(where))
        for _ in range(REQUESTS_PER_WORLD):
            asked = real(world_request(rng, where))
            if not is_real(asked) or not is_resource(asked["resource"]):
                continue
            sides = ((wide, True),) if has_session_tags(asked) else ((wide, True), (narrow, False))
            for derived, upper in sides:
                expected = decide(where, asked, upper=upper, many=many)
                assert allows(derived, asked) is expected, explain(where, asked, upper=upper)
                seen[expected] += 1
    assert min(seen[True], seen[False]) > WORLDS_PER_SEED, seen


def documents_of(where: World) -> list[Any]:
    own = [d for documents in where.principals.values() for d in documents]
    return [*own, *where.roles.values(), *(p for _, p in where.buckets.values() if p is not None)]


def is_resource(text: str) -> bool:
    """Whether a request can be about this resource."""
    return text == "*" or (text.startswith("arn:") and text.count(":") >= 5)


def real(asked: dict[str, Any]) -> dict[str, Any]:
    """The request with the keys that its principal has: no tags but those of a session, a user's name."""
    principal, context = asked["principal"], dict(asked["context"])
    if not principal.startswith(("arn:aws:iam::111122223333:", "arn:aws:iam::444455556666:")):
        return asked
    context.pop("aws:username", None)
    if ":user/" in principal:
        context["aws:username"] = [principal.rpartition("/")[2]]
    if ":role/" not in principal:
        context = {k: v for k, v in context.items() if not k.startswith("aws:principaltag/")}
    return {**asked, "context": context}


def has_session_tags(asked: dict[str, Any]) -> bool:
    """Whether a role session of the snapshot carries tags: only the wide side allows for them."""
    tagged = any(key.startswith("aws:principaltag/") for key in asked["context"])
    return tagged and asked["principal"].startswith(("arn:aws:iam::111122223333:", "arn:aws:iam::444455556666:"))


def is_real(asked: dict[str, Any]) -> bool:
    """Whether the principal can carry the keys of the request. Federated users are compared elsewhere."""
    if not is_aws(asked["principal"]):
        return not any(key.startswith(KEYS_OF_SIGNED_REQUESTS) for key in asked["context"])
    return ":federated-user/" not in asked["principal"]


def explain(world_or_document: Any, asked: dict[str, Any], *, upper: bool) -> str:
    return f"upper={upper}\n{json.dumps(asked, indent=1)}\n{world_or_document}"
