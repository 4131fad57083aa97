"""Many accounts: a role in each, and an account where it cannot be assumed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from auditctl.snapshot import read_directory
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot
from collect import estate
from collect.conftest import Live
from collect.estate import OWN
from collect.proxy import Asked, Fault, proxy
from collect.server import moto
from collect.test_faults import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROLE = ("--role-name", "audit")


@pytest.fixture(name="members", scope="module")
def fill_members() -> Iterator[tuple[Live, list[str]]]:
    with moto() as address, proxy(address) as before:
        members = estate.fill_organization(address, "shop")
        yield Live(address=address, proxy=before), members


def test_an_organization_is_one_snapshot(members: tuple[Live, list[str]], tmp_path: Path) -> None:
    live, (shop,) = members
    code, printed, said = live.collect(tmp_path / "out", *ROLE, "--organization")
    assert (code, said) == (3, "")
    assert printed.startswith(f"snapshot: {tmp_path}/out: 2 accounts: ")
    manifest = json.loads((tmp_path / "out/snapshot.json").read_text())
    assert {a["id"]: a["name"] for a in manifest["accounts"]} == {OWN: "master", shop: "shop"}
    inventory = Inventory(Snapshot(read_directory(tmp_path / "out")))
    assert inventory.knows_members
    assert set(inventory.members) == {OWN, shop}
    assumed = [a for a in live.proxy.asked if a.action == "AssumeRole"]
    assert len(assumed) == 1
    lists = [a for a in live.proxy.asked if a.action == "ListAccounts"]
    assert len(lists) == 1


def test_accounts_that_are_named_are_collected_and_no_other(members: tuple[Live, list[str]], tmp_path: Path) -> None:
    live, (shop,) = members
    live.collect(tmp_path / "out", *ROLE, "--account", shop)
    manifest = json.loads((tmp_path / "out/snapshot.json").read_text())
    assert [a["id"] for a in manifest["accounts"]] == [shop]


def test_an_account_that_cannot_be_entered_is_recorded(members: tuple[Live, list[str]], tmp_path: Path) -> None:
    live, (shop,) = members
    out = tmp_path / "out"

    def breaks(asked: Asked) -> Fault | None:
        return Fault(status=403, code="AccessDenied") if asked.action == "AssumeRole" else None

    live.proxy.breaks = breaks
    code, _, said = live.collect(out, *ROLE, "--account", shop, "--external-id", "external")
    live.proxy.breaks = lambda _: None
    assert (code, said) == (3, "")
    met = errors(out)
    assert met[f"{shop}/global/iam/get-account-authorization-details.json"] == "AccessDenied"
    assert met[f"{shop}/eu-west-1/ec2/describe-vpcs.json"] == "AccessDenied"
    assert sum(a.action == "AssumeRole" for a in live.proxy.asked) == 1
    live.collect(out, "--resume", "--retry-denied")
    assert f"{shop}/global/iam/get-account-authorization-details.json" not in errors(out)


def test_an_organization_that_cannot_be_listed_ends_it(members: tuple[Live, list[str]], tmp_path: Path) -> None:
    live, _ = members
    live.proxy.breaks = lambda asked: (
        Fault(status=400, code="AccessDeniedException") if asked.action == "ListAccounts" else None
    )
    code, _, said = live.collect(tmp_path / "out", *ROLE, "--organization")
    live.proxy.breaks = lambda _: None
    assert code == 5
    assert "name each --account" in said
