"""The generators of the differential tests: repeatable, well mixed, within their vocabulary."""

from __future__ import annotations

import json
import random

from generators import (
    FAMILIES,
    INVERTED,
    Names,
    mix,
    policy,
    request,
    snapshot,
    world,
    world_request,
)
from naive import OPERATORS, decide, decide_policy


def test_the_same_seed_gives_the_same_world_and_request() -> None:
    def made() -> str:
        rng = random.Random(7)
        where = world(rng)
        return json.dumps([snapshot(where), world_request(rng, where)], sort_keys=True)

    assert made() == made()


def test_every_operator_is_generated() -> None:
    bases = {base for family in FAMILIES.values() for base in family}
    assert bases | {INVERTED[base] for base in bases & set(INVERTED)} == set(OPERATORS)


def test_what_is_surely_allowed_is_possibly_allowed() -> None:
    rng = random.Random(1)
    for _ in range(1000):
        document = policy(rng, odd=0.1)
        asked = request(rng, [document])
        where = world(rng, odd=0.1)
        asked_there = world_request(rng, where)
        assert decide_policy(document, asked, upper=True) or not decide_policy(document, asked, upper=False)
        assert decide(where, asked_there, upper=True) or not decide(where, asked_there, upper=False)


def test_outcomes_are_well_mixed() -> None:
    counts = mix(seed=3, count=1000)
    for name, outcomes in {
        "document": ("allow", "deny", "implicit"),
        "identity": ("allowed", "refused", "allowed or refused"),
        "world": ("bucket: allowed", "bucket: refused", "trust: allowed", "trust: refused"),
    }.items():
        for outcome in outcomes:
            assert counts[name][outcome] >= 20, (name, outcome)


def test_a_snapshot_holds_every_document_of_its_world() -> None:
    rng = random.Random(5)
    for _ in range(50):
        where = world(rng)
        text = json.dumps(list(snapshot(where).values()))
        documents = [one for own in where.principals.values() for one in own]
        documents += [*where.roles.values()]
        assert all(json.dumps(one) in text for one in documents)
        policies = [own for _, own in where.buckets.values() if own is not None]
        assert all(json.dumps(json.dumps(one)) in text for one in policies)


def test_every_path_of_a_snapshot_is_a_file_or_an_error_but_not_both() -> None:
    rng = random.Random(6)
    for _ in range(50):
        files = snapshot(world(rng))
        failed = [entry["path"] for entry in files["snapshot.json"]["errors"]]
        assert len(set(failed)) == len(failed)
        assert not set(failed) & set(files)


def test_requests_can_be_asked_with_other_names() -> None:
    rng = random.Random(8)
    names = Names(buckets=("zzz",))
    made = [request(rng, [policy(rng, "bucket", names=names)], names=names, kind="bucket") for _ in range(50)]
    assert any(one["resource"].startswith("arn:aws:s3:::zzz") for one in made)
