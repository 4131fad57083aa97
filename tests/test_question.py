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
from checkers.cloud.derivation import IDENTITIES, RESOURCES, only_of
from checkers.cloud.inventory import Inventory
from checkers.cloud.request import assignment_of, parse_request
from checkers.cloud.snapshot import Snapshot
from checkers.cloud.targets import targets_of
from checkers.kernel.budget import Budget
from checkers.kernel.formula import Atom, Literal, is_member
from checkers.strict_json import parse_json
from generators import (
    DECIDERS,
    SESSION,
    chance,
    deciders,
    neighbour,
    policy,
    request,
    session_policies,
    snapshot,
    sort_of,
    world,
    world_request,
)
from naive import (
    MANY_BY_DEFINITION,
    World,
    account_of,
    bucket_of,
    decide,
    decide_policy,
    documents_of,
    flags_of,
    is_aws,
    is_federated_user,
    is_plainly_public,
    is_public,
    is_service_linked,
    many_keys,
)

SCALE = int(os.environ.get("AUDITCTL_FUZZ", "1"))
SEEDS = range(10 * SCALE)
DOCUMENTS_PER_SEED = 100
REQUESTS_PER_DOCUMENT = 15
WORLD_SEEDS = range(4 * SCALE)
WORLDS_PER_SEED = 155
REQUESTS_PER_WORLD = 50
PAIRS_PER_SEED = 12_500  # 50,000 in all
WITH_SESSION_POLICIES = 0.2
LEAST_DECIDED = 6  # requests of a seed that each decider decided; most seeds have dozens
EXAMINED = 8  # of a world's requests: for these it is found out who decided


def any_request(kind: str, *, form: str = "forbid", **parts: Any) -> Control:
    """A control about every request."""
    asked = {"action": ["*"], **parts}
    document = {
        "format": "auditctl-control/1",
        "id": "any",
        "title": "",
        "for_each": kind,
        form: {"request": asked},
    }
    return parse_control(parse_json(json.dumps(document), "any"), "any")


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
    assignment = assignment_of(parse_request(bare(asked)))
    nodes, values, budget = derived.question.formula.nodes, {1: True}, Budget()

    def holds(literal: Literal) -> bool:
        """As `Formula.evaluate` has it, but only what the root needs."""
        node = abs(literal)
        if node not in values:
            inner = nodes[node]
            values[node] = is_member(inner, assignment, budget) if isinstance(inner, Atom) else all(map(holds, inner))
        return values[node] is (literal > 0)

    return holds(derived.question.root)


def bare(asked: dict[str, Any]) -> dict[str, Any]:
    """A request without what the question already knows."""
    return {name: value for name, value in asked.items() if name != "session_policies"}


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


@pytest.mark.parametrize("seed", WORLD_SEEDS)
def test_a_world_allows_what_the_naive_evaluator_allows(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    for _ in range(WORLDS_PER_SEED):
        where = world(rng)
        session = session_policies(rng, where) if chance(rng, WITH_SESSION_POLICIES) else None
        sides = questions(where, session)
        many = many_keys([*documents_of(where), *(session or ())])
        made = requests(rng, where, session)
        assert sides[0][0].question.holds_for(assignment_of(parse_request(bare(made[0])))) is allows(
            sides[0][0], made[0]
        )
        for number, asked in enumerate(one for one in made if is_compared(one, where)):
            for derived, upper in sides if not has_session_tags(asked, where.accounts) else sides[:1]:
                expected, found = decide(where, asked, upper=upper, many=many), allows(derived, asked)
                stands_aside = found is upper and not is_settled(where, asked)
                assert found is expected or stands_aside, explain(where, asked, upper=upper)
                seen[f"{sort_of(where, asked)}: {'allowed' if expected else 'refused'}"] += 1
                if number < EXAMINED:
                    decided.update(deciders(where, asked, expected, upper=upper, many=many))
    text = "\n".join(f"{number:7} {name}" for name, number in sorted((seen + decided).items()))
    assert seen.total() >= PAIRS_PER_SEED, text
    assert all(decided[name] >= LEAST_DECIDED for name in (*DECIDERS, SESSION)), text
    assert sum(number for name, number in seen.items() if name.endswith("allowed")) >= seen.total() // 4, text


@pytest.mark.parametrize("seed", WORLD_SEEDS)
def test_what_is_not_known_is_read_both_ways(seed: int) -> None:
    """A snapshot with files that could not be read: the world that it is of is one of those that it may be of."""
    rng = random.Random(seed)
    seen: Counter[bool] = Counter()
    for _ in range(WORLDS_PER_SEED // 5):
        where = world(rng)
        files = snapshot(where)
        hidden = hide(rng, files)
        many = many_keys(documents_of(where))
        sides = questions(where, None, files)
        made = requests(rng, where, None)
        for asked in (one for one in made if is_compared(one, where) and is_understood(one)):
            for derived, upper in sides if not has_session_tags(asked, where.accounts) else sides[:1]:
                expected, found = decide(where, asked, upper=upper, many=many), allows(derived, asked)
                assert found in (expected, upper), f"without {hidden}\n{explain(where, asked, upper=upper)}"
                seen[found is expected] += 1
    assert min(seen[True], seen[False]) > WORLDS_PER_SEED // 5, seen


@pytest.mark.parametrize("seed", WORLD_SEEDS)
def test_where_every_request_is_required_what_is_refused_is_found(seed: int) -> None:
    rng = random.Random(seed)
    control = any_request("account", form="require", all=True, principal=["anyone"])
    seen: Counter[tuple[bool, bool]] = Counter()
    for _ in range(WORLDS_PER_SEED // 3):
        where = world(rng)
        inventory = inventory_of(snapshot(where))
        claim, many = Claim(control, targets_of(control, inventory)[0]), many_keys(documents_of(where))
        wide, narrow = (question_of(claim, inventory, wide=side) for side in (True, False))
        for asked in requests(rng, where, None):
            if not is_compared(asked, where) or has_session_tags(asked, where.accounts):
                continue
            surely, perhaps = (not decide(where, asked, upper=upper, many=many) for upper in (True, False))
            assert surely or not allows(narrow, asked), explain(where, asked, upper=True)
            if asked["principal"] in inventory.principals and is_near(asked, where):
                assert allows(wide, asked) or not perhaps, explain(where, asked, upper=False)
                seen[surely, perhaps] += 1
    assert min(seen[pair] for pair in ((True, True), (False, True), (False, False))) > LEAST_DECIDED, seen


@pytest.mark.parametrize("seed", WORLD_SEEDS)
def test_a_question_without_some_policies_lets_through_what_the_whole_one_does(seed: int) -> None:
    """And more; the question about one request is the whole one for that request."""
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(WORLDS_PER_SEED // 10):
        where = world(rng)
        inventory = inventory_of(snapshot(where))
        made = [one for one in requests(rng, where, None) if is_resource(one["resource"])]
        for kind, left in (("account", IDENTITIES), ("role", RESOURCES), ("user", RESOURCES)):
            control = any_request(kind, **({"principal": ["anyone"]} if kind == "account" else {}))
            for target in targets_of(control, inventory)[:3]:
                claim = Claim(control, target)
                whole, less = (question_of(claim, inventory, wide=True, leaves_out=o) for o in ("", left))
                narrow = question_of(claim, inventory, wide=False)
                for asked in (one for one in made if kind == "account" or one["principal"] == target.id):
                    may, may_without = allows(whole, asked), allows(less, asked)
                    assert may_without or not may, f"{kind} without {left}: {json.dumps(asked, indent=1)}\n{where}"
                    if not has_session_tags(asked, where.accounts):
                        only = only_of(parse_request(bare(asked)))
                        one = question_of(claim, inventory, wide=False, only=only)
                        assert allows(one, asked) is allows(narrow, asked), (
                            f"{kind}: {json.dumps(asked, indent=1)}\n{where}"
                        )
                    seen[f"{kind} {may} {may_without}"] += 1
    for kind in ("account", "role", "user"):  # all that can be, is
        assert min(seen[f"{kind} {pair}"] for pair in ("True True", "False True", "False False")) > 0, seen


def requests(rng: random.Random, where: World, session: list[Any] | None) -> list[dict[str, Any]]:
    """Requests in a world, each with one that differs a little from it."""
    made = [world_request(rng, where, session=session) for _ in range(REQUESTS_PER_WORLD // 2)]
    return [one for asked in made for one in (asked, neighbour(rng, where, asked))]


def hide(rng: random.Random, files: dict[str, Any]) -> list[str]:
    """Take away some of the answers of a snapshot and say that access was denied."""
    errors = files["snapshot.json"]["errors"]
    answers = sorted({*files, *(error["path"] for error in errors)} - {"snapshot.json"})
    hidden = rng.sample(answers, min(len(answers), rng.choice((1, 1, 2, 3))))
    for path in hidden:
        files.pop(path, None)
    denied = [{"path": path, "code": "AccessDenied", "message": ""} for path in hidden]
    files["snapshot.json"]["errors"] = [error for error in errors if error["path"] not in hidden] + denied
    return hidden


def questions(
    where: World, session: list[Any] | None, files: dict[str, Any] | None = None
) -> list[tuple[Derived, bool]]:
    """Both sides of the question who may do what in a world; true for the wide one."""
    inventory = inventory_of(files or snapshot(where))
    more = {} if session is None else {"session_policy": session}
    control = any_request("account", principal=["anyone"], **more)
    claim = Claim(control, targets_of(control, inventory)[0])
    return [(question_of(claim, inventory, wide=side), side) for side in (True, False)]


def is_compared(asked: dict[str, Any], where: World) -> bool:
    """Whether a request can be asked about.

    Federated users are compared elsewhere; that RCPs do not bind service-linked
    roles of other accounts is assumed away (assumption `foreign-callers`).
    """
    principal = asked["principal"]
    if is_aws(principal) and is_federated_user(principal):
        return False
    assumed = is_service_linked(principal) and account_of(principal) not in where.accounts
    return is_resource(asked["resource"]) and not (assumed and where.organization and where.organization.rcps)


def is_near(asked: dict[str, Any], where: World) -> bool:
    """Whether a request of a caller of the snapshot is not about what no snapshot has.

    That is a resource of another account without a policy, or what the service of the action has no resource for.
    """
    parts = asked["resource"].split(":")
    if parts == ["*"]:
        return True
    service = asked["action"].partition(":")[0].lower()
    is_own = parts[4] in ("", account_of(asked["principal"]))
    return parts[2] == {"sts": "iam"}.get(service, service) and (is_own or sort_of(where, asked) != "other")


def is_understood(asked: dict[str, Any]) -> bool:
    """Whether a request says the same whatever is hidden.

    Not so an action of another service on a bucket, which nobody can ask for,
    and several values of a key that only some policy shows to have many.
    """
    several = (key for key, values in asked["context"].items() if len(values) > 1)
    of_bucket = asked["resource"].startswith("arn:aws:s3:")
    return (asked["action"].startswith("s3:") or not of_bucket) and MANY_BY_DEFINITION.issuperset(several)


def is_resource(text: str) -> bool:
    """Whether a request can be about this resource."""
    return text == "*" or (text.startswith("arn:") and text.count(":") >= 5)


def is_settled(where: World, asked: dict[str, Any]) -> bool:
    """False where it is open to the code under test to doubt more than the naive evaluator: it may stand aside.

    What S3 makes of a Deny and of other condition keys when it asks whether a policy is public is not said.
    """
    name = bucket_of(asked["resource"])
    if name not in where.buckets or "RestrictPublicBuckets" not in flags_of(where, name):
        return True
    _, policy = where.buckets[name]
    return policy is None or is_plainly_public(policy) or not is_public(policy, wide=True)


def has_session_tags(asked: dict[str, Any], accounts: frozenset[str]) -> bool:
    """Whether a role session of the snapshot carries tags: only the wide side allows for them."""
    tagged = any(key.startswith("aws:principaltag/") for key in asked["context"])
    return tagged and is_aws(asked["principal"]) and account_of(asked["principal"]) in accounts


def explain(world_or_document: Any, asked: dict[str, Any], *, upper: bool) -> str:
    return f"upper={upper}\n{json.dumps(asked, indent=1)}\n{world_or_document}"
