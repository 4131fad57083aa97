"""Dumps that are snapshots under other names: the same files, so the same outcomes."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

import pytest

from auditctl.audit import audit
from auditctl.subject import Chosen, Subject, read_subject
from dumps.setting import ACME, Parts, Rename, answers_of, encoded, manifest_of, paths_of, read, write_renamed
from network import shop

if TYPE_CHECKING:
    from pathlib import Path

# What only the operation tells: empty objects, and empty lists that two services call the same.
_SAYS_NOTHING = {("ecr", "describe-repositories"), ("sqs", "list-queues"), ("s3", "get-bucket-versioning")}
_FAILED = {path for path, data in answers_of(ACME / "snapshot").items() if data.startswith(b"An error")}


def flat(_: int, parts: Parts) -> str:
    return "_".join(parts).replace("/", "_") + ".json"


def by_operation(_: int, parts: Parts) -> str:
    account, region, service, operation, name = parts
    return f"dump17/{operation}/{region}/{account}/{(name or service).replace('/', '--')}.json"


def resource_first(_: int, parts: Parts) -> str:
    account, region, service, operation, name = parts
    return f"Export 2026/{region}/{account}/{name or 'all'}/{service} {operation}.out"


def by_content(i: int, parts: Parts) -> str:
    """Numbers, and the resource where the answer does not have it."""
    account, region, service, operation, name = parts
    path = "/".join(part for part in (account, region, service, operation, name) if part) + ".json"
    word = ""
    if (service, operation) in _SAYS_NOTHING or path in _FAILED:
        word = f"{service}-{operation}-"
    elif (service, operation) == ("s3control", "get-public-access-block"):
        word = "account-"
    return f"{account}/{region}/{i}-{word}{name}.txt"


@pytest.mark.parametrize("rename", [flat, by_operation, resource_first, by_content])
def test_the_example_is_read_under_any_names(tmp_path: Path, rename: Rename) -> None:
    answers = answers_of(ACME / "snapshot")
    names = write_renamed(tmp_path, answers, rename)
    dump = read(tmp_path)
    assert (dump.unrecognised, dump.clashes) == ((), ())
    assert paths_of(dump) == names
    failed = {row["path"]: row["code"] for row in manifest_of(dump)["errors"]}
    assert failed.keys() == _FAILED
    assert {p: r() for p, r in dump.files.items() if p != "snapshot.json"} == {
        p: d for p, d in answers.items() if p not in failed
    }


# A few controls of each form.
CONTROLS = ("bucket-anonymous-access", "key-outside-organization", "role-escalation", "vpc-database-internet")


def subject(folder: Path) -> Subject:
    return read_subject(folder, Chosen(paths=(ACME.parents[1] / "policies",), only=CONTROLS))


def outcomes(found: Subject) -> dict[tuple[str, str], str]:
    return {result.claim.id: result.outcome.value for result in audit(found.claims, found.inventory)}


def test_the_outcomes_of_a_dump_are_those_of_the_snapshot(tmp_path: Path) -> None:
    write_renamed(tmp_path, answers_of(ACME / "snapshot"), by_content)
    dumped = subject(tmp_path)
    assert dumped.notices == ()
    found = outcomes(dumped)
    assert set(found.values()) == {"holds", "violated", "inconclusive"}
    assert found == outcomes(subject(ACME / "snapshot"))


def random_names(seed: int) -> Rename:
    """Names that tell nothing but account, region and, where it is not in the answer, the resource."""
    chance = random.Random(seed)

    def rename(i: int, parts: Parts) -> str:
        account, region, _service, operation, name = parts
        noise = "".join(chance.choices(string.ascii_lowercase, k=6))
        if operation in ("describe-load-balancer-attributes", "describe-target-group-attributes"):
            noise = operation
        return f"{noise}{i}/{account}.{region}/{f'{i}-{name}' if name else f'{noise}{i}'}"

    return rename


@pytest.mark.parametrize("seed", range(4))
def test_networks_are_read_under_any_names(tmp_path: Path, seed: int) -> None:
    names = write_renamed(tmp_path, encoded(shop.shop().files()), random_names(seed))
    dump = read(tmp_path)
    assert (dump.unrecognised, dump.clashes) == ((), ())
    assert paths_of(dump) == names
