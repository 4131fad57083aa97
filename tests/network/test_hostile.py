"""Hostile certificates of flows: each is refused with a reason, in bounded time and memory.

The worst ones run in a process of their own with 512 MB; the others in this one.
"""

from __future__ import annotations

import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from checkers import limits
from checkers.__main__ import main
from checkers.cloud.claims import check_claim
from checkers.verdict import Refusal
from network.flow_worlds import (
    FROM_INTERNET,
    HOLDS,
    SSH,
    VIOLATED,
    claim_of,
    decided,
    entries,
    natted,
    transit,
    web,
    written,
)
from network.random_networks import make
from network.world import inventory_of
from small_bundle import build, members_of, rows_of, with_rows, zip_of
from test_hostile import REFUSED, SECONDS, limited_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from checkers.cloud.claims import Claim
    from checkers.cloud.inventory import Inventory

Json = Any
OUTWARD = {"from": entries(interface="eni-1"), "to": ["internet"]}
CONTROLS = {
    name: {"format": "auditctl-control/1", "id": name, "title": name, "for_each": "network", form: {"flow": flow}}
    for name, form, flow in (
        ("closed", "forbid", {**FROM_INTERNET, "protocol": ["tcp"], "port": ["23"]}),
        ("open", "forbid", {**FROM_INTERNET, **SSH}),
        ("answered", "require", {**FROM_INTERNET, **SSH}),
    )
}


@cache
def bundle() -> dict[str, bytes]:
    """The members of the bundle of a network."""
    return members_of(build(web().files(), CONTROLS))


def with_certificate(name: str, edit: Callable[[Json], Json]) -> bytes:
    """The bundle in which the certificate of a claim is another one."""
    rows = rows_of(bundle())
    for row in rows:
        if row["claim"][0] == name:
            row["certificate"] = edit(row["certificate"])
    return zip_of(with_rows(bundle(), rows))


def boxes(of: Callable[[Json], Json]) -> Callable[[], bytes]:
    return lambda: with_certificate("closed", lambda c: {**c, "boxes": of(c)})


def sets(of: Json) -> Callable[[], bytes]:
    return lambda: with_certificate("closed", lambda c: {**c, "sets": of})


def hops(of: Callable[[Json], Json]) -> Callable[[], bytes]:
    return lambda: with_certificate("open", lambda c: {**c, "hops": of(c["hops"])})


def points(count: int) -> Json:
    """Sets of one number each, and boxes at a location that have one number of every dimension."""
    return [[2 * i, 2 * i] for i in range(count)]


def comb(count: int) -> Json:
    """One set of many spans."""
    return [n for i in range(count) for n in (3 * i, 3 * i)]


EVERY = [-1] * 5
PLACES = ["internet", "igw-1/in", "vpc-1/local", "subnet-1/in", "subnet-1/out", "subnet-1/route"]


def scattered(certificate: Json, count: int) -> Json:
    """At every location many boxes of one number each, which a box leaves almost whole."""
    first = len(certificate["sets"])
    rows = [[-1, first + i, first + i, first + i, -1] for i in range(count)]
    return {**certificate, "sets": [*certificate["sets"], *points(count)], "boxes": dict.fromkeys(PLACES, rows)}


def sliced(certificate: Json, count: int) -> Json:
    """At every location boxes that are everything together, one number apart."""
    first = len(certificate["sets"])
    rows = [[-1, -1, -1, -1, first + i] for i in range(count)]
    ports = [[i, i] for i in range(count - 1)] + [[count - 1, 1 << 20]]
    return {**certificate, "sets": [*certificate["sets"], *ports], "boxes": dict.fromkeys(PLACES, rows)}


def combed(certificate: Json, count: int) -> Json:
    """Boxes of sets with many spans in every dimension."""
    first = len(certificate["sets"])
    rows = [[first] * 5, [first + 1] * 5, [-1] * 5]
    return {
        **certificate,
        "sets": [*certificate["sets"], comb(count), comb(count)[2:]],
        "boxes": dict.fromkeys(PLACES, rows),
    }


WORST: list[Any] = [
    pytest.param(boxes(lambda _: {"internet": [EVERY] * 150_000, "x": 1}), id="a hundred thousand boxes"),
    pytest.param(boxes(lambda _: {"vpc-1/local": [EVERY] * 2_000_000}), id="two million boxes"),
    pytest.param(
        boxes(lambda c: {**c["boxes"], **{f"x-{i}": [] for i in range(300_000)}, "y": 1}), id="many locations"
    ),
    pytest.param(boxes(lambda _: {"x" * 20_000_000: 1}), id="a long name of a location"),
    pytest.param(boxes(lambda _: {"\u2603\U0001f600" * 2_000_000: 1}), id="a long name in other letters"),
    pytest.param(sets([comb(450_000)]), id="one set of half a million spans"),
    pytest.param(sets(points(200_000)), id="two hundred thousand sets"),
    pytest.param(sets([*[[0, int("9" * 40)]] * 300_000, [1]]), id="large numbers"),
    pytest.param(sets([[10**39, 10**39, 0, 0]]), id="numbers of forty digits out of order"),
    pytest.param(lambda: with_certificate("closed", lambda c: scattered(c, 20_000)), id="scattered boxes"),
    pytest.param(lambda: with_certificate("closed", lambda c: scattered(c, 600)), id="few scattered boxes"),
    pytest.param(lambda: with_certificate("closed", lambda c: sliced(c, 3_000)), id="sliced boxes"),
    pytest.param(lambda: with_certificate("closed", lambda c: combed(c, 100_000)), id="combs"),
    pytest.param(hops(lambda h: h[:1] * 100_000), id="a hundred thousand hops"),
    pytest.param(hops(lambda _: [["x" * 10_000_000, ["8.8.8.8", "y" * 10_000_000, 6, 22, 1]]]), id="long texts"),
    pytest.param(
        hops(lambda _: [["internet", ["8.8.8.8", "203.0.113.5", 10**39, 10**39, -(10**39)]]]), id="huge ports"
    ),
    pytest.param(hops(lambda _: [["internet", [[[[]]]] * 100_000]]), id="nested lists in a hop"),
]


@pytest.mark.parametrize("make_bundle", WORST)
def test_the_worst(tmp_path: Path, make_bundle: Callable[[], bytes]) -> None:
    path = tmp_path / "hostile.audit"
    path.write_bytes(make_bundle())
    code, output, seconds = limited_run(path)
    assert code in REFUSED, output
    assert "Traceback" not in output
    assert any(word in output for word in ("rejected: ", "declined: ", "unreadable: "))
    most = 2 * SECONDS if "units of work" not in output else SECONDS + limits.MAX_FLOW_WORK / 10_000_000
    assert seconds < most, "processor time, on a machine that does other things"


def test_the_bundle_itself_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "true.audit"
    path.write_bytes(zip_of(bundle()))
    code, output, _ = limited_run(path)
    assert code == 0, output
    assert "rejected: " not in output


# In this process.

VALUES: list[Json] = [
    None,
    True,
    -1,
    -2,
    1 << 300,
    1.5,
    "",
    "\u2603",
    "x" * 5_000,
    [],
    [[]],
    [[[[[]]]]],
    {},
    {"a": [1]},
    [None],
    [EVERY],
    [[1, 2]],
]


def replaced(value: Json, new: Json, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Json]]:
    """Every value with one part of it another one, by the path of the part."""
    found = [(path, new)]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        for where, made in replaced(part, new, (*path, name)):
            whole = dict(value) if isinstance(value, dict) else list(value)
            whole[name] = made
            found.append((where, whole))
    return found


@pytest.fixture(scope="module")
def proved() -> list[tuple[Claim, Json, Inventory]]:
    found = []
    for world, form, flow in (
        (web, "forbid", FROM_INTERNET),
        (web, "require", {**FROM_INTERNET, **SSH}),
        (natted, "forbid", FROM_INTERNET),
        (natted, "require", {**OUTWARD, **SSH}),
        (
            transit,
            "forbid",
            {"from": entries(interface="eni-1"), "to": entries(interface="eni-2"), "protocol": ["udp"]},
        ),
    ):
        inventory = world().inventory()
        result = decided(inventory, flow, form=form)
        assert result.outcome in {HOLDS, VIOLATED}
        found.append((claim_of(inventory, flow, form=form), written(result), inventory))
    return found


def test_values_of_the_wrong_type(proved: list[tuple[Claim, Json, Inventory]]) -> None:
    """Refused with words, or still the truth; every other error fails the test."""
    refused = accepted = 0
    for claim, certificate, inventory in proved:
        truth, _ = check_claim(claim, certificate, inventory)
        for new in VALUES:
            for path, edited in replaced(certificate, new):
                if not path:
                    continue
                try:
                    assert check_claim(claim, edited, inventory)[0] is truth, (path, new)
                    accepted += 1
                except Refusal as refusal:
                    assert str(refusal), (path, new)
                    refused += 1
    assert refused > 3_000
    assert 0 < accepted < refused


TEXT = "\u2603\n\x1b[31m" * 10_000
GOOD = ["8.8.8.8", "203.0.113.5", 6, 22, 1]


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("open", {"hops": [["internet", GOOD], [TEXT, GOOD]]}),
        ("open", {"hops": [[TEXT, GOOD]]}),
        ("open", {"hops": [[TEXT, [TEXT, TEXT, 6, 22, 1]]]}),
        ("open", {"rule": TEXT}),
        ("open", {TEXT: 1}),
        ("closed", {"boxes": {TEXT: 1}}),
        ("closed", {"boxes": {TEXT: [[1 << 99] * 5]}}),
    ],
)
def test_what_is_said_of_long_and_foreign_texts_is_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, edit: Json
) -> None:
    path = tmp_path / "foreign.audit"
    path.write_bytes(with_certificate(name, lambda c: {**c, **edit}))
    assert main([str(path)]) in REFUSED
    printed = capsys.readouterr().out
    assert "rejected: " in printed or "declined: " in printed
    assert printed.isascii()
    assert "\x1b" not in printed
    assert max(map(len, printed.splitlines())) < 10 * limits.MAX_LINE_CHARS, "each letter is written out"


def test_a_closed_set_that_asks_for_too_much_is_declined_in_time() -> None:
    """A larger network, and a box for every port at every location: the work is counted before it is done."""
    inventory = inventory_of(make(5).files)
    claim = claim_of(inventory, {"from": ["snapshot"], "to": ["internet"]})
    graph = inventory.network.graph(wide=True)
    rows = [[-1, -1, -1, -1, i] for i in range(2_000)]
    everywhere = dict.fromkeys({*graph.before, *graph.after}, rows)
    certificate = {"rule": "flow/1", "sets": [[i, i] for i in range(2_000)], "boxes": everywhere}
    begin = time.process_time()
    with pytest.raises(Refusal):
        check_claim(claim, json.loads(json.dumps(certificate)), inventory)
    assert time.process_time() - begin < 2 * SECONDS
