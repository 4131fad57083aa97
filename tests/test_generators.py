"""The generators of the differential tests: repeatable, well mixed, within their vocabulary."""

from __future__ import annotations

import json
import random

from generators import (
    DECIDERS,
    FAMILIES,
    INVERTED,
    SESSION,
    Names,
    as_it_can_be,
    mix,
    neighbour,
    policy,
    request,
    session_policies,
    snapshot,
    world,
    world_request,
)
from naive import OPERATORS, decide, decide_policy, documents_of, grant_document


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
        "world": ("bucket: allowed", "bucket: refused", "trust: allowed", "trust: refused", "key: allowed"),
    }.items():
        for outcome in outcomes:
            assert counts[name][outcome] >= 20, (name, outcome)
    assert set(counts["decider"]) == {*DECIDERS, SESSION}, counts["decider"]


def test_a_snapshot_holds_every_document_of_its_world() -> None:
    rng = random.Random(5)
    for _ in range(50):
        where = world(rng)
        text = json.dumps(list(snapshot(where).values()))
        documents = [one for own in where.principals.values() for one in own]
        documents += [*where.roles.values(), *where.boundaries.values()]
        assert all(json.dumps(one) in text for one in documents)
        others = [one for one in documents_of(where) if one not in documents]
        grants = [grant_document(one) for own in where.grants.values() for one in own]
        assert all(json.dumps(json.dumps(one)) in text for one in others if one not in grants)
        assert all(json.dumps(one)[1:-1] in text for own in where.grants.values() for one in own)


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


def test_a_neighbour_differs_a_little() -> None:
    rng = random.Random(9)
    where = world(rng)
    asked = world_request(rng, where)
    others = [neighbour(rng, where, asked) for _ in range(50)]
    assert any(one != asked for one in others)
    assert all(one["resource"] == asked["resource"] for one in others)


def test_a_request_of_a_world_can_be_made() -> None:
    """Its keys are those that AWS puts into it: asked once more, nothing changes."""
    rng = random.Random(10)
    for _ in range(50):
        where = world(rng)
        session = session_policies(rng, where)
        for asked in (world_request(rng, where), world_request(rng, where, session=session)):
            assert as_it_can_be(asked, where) == asked
