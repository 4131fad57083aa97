"""Edits of certificates about packets and hosts: what is accepted still proves the same, and most is refused."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from checkers.cloud.claims import check_claim
from cloud.setting import inventory_of, result
from network.estate import DATABASE, READING, READS, SSH, chains, control_of, network, with_roles
from tampering import verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkers.cloud.control import Control

Json = Any
EDITS = 400  # of each certificate
FROM_BASTION = {"from": [{"instance": ["i-1"]}], **SSH}
SAFE = {"flow": {"to": [{"type": ["database"]}], "protocol": ["tcp"], "port": ["3306"]}}


def subjects() -> Iterator[tuple[str, Json, Control, str]]:
    """Snapshots with controls that give each kind of certificate, and the target."""
    files = with_roles(network(), READS)
    harmless = with_roles(network())
    yield "flow/1", files, control_of("network", flow={"from": ["internet"], **DATABASE["flow"]}), ""
    yield "packet/1", files, control_of("instance", flow={"from": ["internet"], **SSH}), "i-1"
    yield "packet/1", files, control_of("instance", "require", flow={"from": ["internet"], **SSH}), "i-1"
    yield "hops/1", files, chains(), ""
    yield "hops/1", files, chains(to=READING), ""
    yield "hops/1", files, chains(start=[{"instance": ["i-1"]}]), ""
    yield "lateral/1", files, chains(to=SAFE), ""
    yield "lateral/1", harmless, chains(to=READING), ""
    yield "both/1", files, control_of("instance", flow=FROM_BASTION, request=READING["request"]), "i-2"
    yield "part/1", harmless, control_of("instance", flow=FROM_BASTION, request=READING["request"]), "i-2"
    yield "part/1", files, control_of("instance", flow={"from": ["internet"]}, request=READING["request"]), "i-2"


def places(value: Json, way: tuple[Json, ...] = ()) -> Iterator[tuple[Json, ...]]:
    """The ways to every value below one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*way, name)
        yield from places(one, (*way, name))


def edited(rng: random.Random, value: Json) -> Json:
    """Something else in the place of a value."""
    if isinstance(value, bool) or value is None:
        return 1
    if isinstance(value, int):
        return rng.choice([value + 1, value - 1, -value, 0, 1 << 70, "1", None])
    if isinstance(value, str):
        return rng.choice([value + "x", value[:-1], "", "internet", "eni-1", "eni-2", 1, []])
    if isinstance(value, list):
        return rng.choice([[], value * 2, value[1:], value[:-1], value[::-1], {}, 1])
    return rng.choice([{}, dict(list(value.items())[1:]), [], "x"])


def changed(rng: random.Random, certificate: Json) -> Json:
    """The certificate with one value edited, taken away, or put in the place of another one."""
    found = copy.deepcopy(certificate)
    ways = list(places(found))
    way, other = rng.choice(ways), rng.choice(ways)
    inner = found
    for name in way[:-1]:
        inner = inner[name]
    kind = rng.random()
    if kind < 0.2:
        del inner[way[-1]]
    elif kind < 0.3:
        value = certificate
        for name in other:
            value = value[name]
        inner[way[-1]] = copy.deepcopy(value)
    else:
        inner[way[-1]] = edited(rng, inner[way[-1]])
    return found


def test_a_changed_certificate_is_refused_or_proves_the_same() -> None:
    rng = random.Random("tampering")
    made: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for rule, files, asked, target in subjects():
        found = result(files, asked, target)
        assert found.certificate is not None
        assert found.certificate["rule"] == rule
        certificate = json.loads(json.dumps(found.certificate))
        inventory = inventory_of(files)
        for _ in range(EDITS):
            other = changed(rng, certificate)
            if other == certificate:
                continue
            outcome = verdict_of(check_claim, found.claim, other, inventory)
            made[rule] += 1
            refused[rule] += outcome is None
            assert outcome in (None, found.outcome), (rule, other)
    assert {rule for rule in made if refused[rule] * 2 < made[rule]} == set()
