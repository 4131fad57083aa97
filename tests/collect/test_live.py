"""A whole collection, and what the checker says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from moto import server as _server  # noqa: F401  the tests of this folder need it: moto[server]

from auditctl.collect.cuts import CUT, names_of_cuts
from auditctl.collect.operation import Scope
from auditctl.collect.table import FIRST, TABLE
from auditctl.snapshot import read_directory
from checkers.cloud.inventory import Inventory
from checkers.cloud.snapshot import Snapshot, State
from collect.estate import ENCODED, OWN, SECRET, TOPICS
from collect.test_faults import errors

if TYPE_CHECKING:
    from pathlib import Path

    from collect.conftest import Live

HOME = f"{OWN}/eu-west-1"


def value(whole: Path, path: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((whole / f"{path}.json").read_text())
    return found


def test_every_operation_has_a_file_or_an_error(whole: Path) -> None:
    met = {*json.loads((whole / "snapshot.json").read_text())["files"], *errors(whole)}
    for operation in FIRST:
        folder = "global" if operation.scope is Scope.GLOBAL else operation.region or "eu-west-1"
        names = {operation.name, operation.blames or operation.name}
        starts = tuple(f"{OWN}/{folder}/{operation.service}/{name}" for name in names)
        assert any(path.startswith(starts) for path in met), operation.id


def test_no_secret_is_in_any_file(whole: Path) -> None:
    """Those of the account, wherever they are: hidden files too."""
    with_secret = [p for p in whole.rglob("*") if p.is_file() and {*finds(p.read_text())}]
    assert with_secret == []
    functions = value(whole, f"{HOME}/lambda/list-functions")["Functions"]
    assert functions[0]["Environment"]["Variables"] == {"PASSWORD": CUT}  # type: ignore[index]
    assert json.loads((whole / "snapshot.json").read_text())["cut"] == names_of_cuts()


def finds(text: str) -> list[str]:
    return [secret for secret in (SECRET, ENCODED) if secret in text]


def test_lists_are_whole(whole: Path) -> None:
    topics = value(whole, f"{HOME}/sns/list-topics")
    assert list(topics) == ["Topics"]
    assert len(topics["Topics"]) == TOPICS  # type: ignore[arg-type]
    assert len(list((whole / HOME / "sns/get-topic-attributes").iterdir())) == TOPICS


def test_resources_are_where_the_checker_looks(whole: Path) -> None:
    for path in (
        f"{HOME}/lambda/get-policy/shop",
        f"{HOME}/secretsmanager/get-resource-policy/shop/database",
        f"{HOME}/ecr/describe-repositories",
        f"{HOME}/kinesis/get-resource-policy/clicks",
        f"{HOME}/codebuild/batch-get-projects",
        f"{HOME}/sagemaker/describe-notebook-instance/notes",
        f"{HOME}/elbv2/describe-target-health/web",
        f"{HOME}/elbv2/describe-load-balancer-attributes/web",
        f"{OWN}/global/s3/get-object-acl/acme-acl/folder/object-3",
        f"{OWN}/global/s3/get-bucket-policy/acme-open",
    ):
        assert (whole / f"{path}.json").is_file(), path
    assert not (whole / f"{OWN}/global/s3/list-objects-v2/acme-closed.json").exists()


def test_names_that_no_file_can_have_are_errors(whole: Path) -> None:
    assert errors(whole)[f"{OWN}/global/s3/get-object-acl/acme-acl/folder/.json"] == "UnsupportedName"


def test_a_snapshot_is_read_by_the_checker(whole: Path) -> None:
    snapshot = Snapshot(read_directory(whole))
    inventory = Inventory(snapshot)
    assert {b.name for b in inventory.buckets} == {"acme-open", "acme-closed", "acme-acl"}
    assert {r.kind for r in inventory.resources} >= {
        "key",
        "queue",
        "topic",
        "function",
        "secret",
        "repository",
        "table",
    }
    assert snapshot.fact(f"{OWN}/global/s3/get-bucket-policy/acme-closed.json").state is State.ABSENT
    assert inventory.network.export.vpcs
    unread = {u.where.split("/")[3] for u in inventory.unmodelled if "is not modelled" in u.reason}
    assert unread & {o.name for o in TABLE} == set()


@pytest.mark.parametrize(
    ("control", "code", "words"),
    [
        ("bucket-anonymous-access", 1, "acme-open"),
        ("queue-anonymous", 0, "holds"),
        ("secret-outside-account", 0, "hold"),
        ("function-public", 0, "hold"),
    ],
)
def test_shipped_controls_are_decided(live: Live, whole: Path, control: str, code: int, words: str) -> None:
    found, printed, said = live.run("check", str(whole), "--controls", f"policies/{control}.yaml")
    assert (found, said) == (code, ""), printed
    assert words in printed


def test_without_regions_the_enabled_ones_are_asked(live: Live, tmp_path: Path) -> None:
    names = ("eu-central-1", "eu-west-3")
    rows = "".join(f"<item><regionName>{name}</regionName></item>" for name in names)
    regions = f"<DescribeRegionsResponse><regionInfo>{rows}</regionInfo></DescribeRegionsResponse>".encode()
    live.proxy.asked.clear()
    live.proxy.breaks = lambda asked: regions if asked.action == "DescribeRegions" else None
    code, printed, said = live.run("collect", str(tmp_path / "out"))
    assert (code, said) == (3, "")
    assert printed.startswith(f"snapshot: {tmp_path}/out: 1 account: ")
    assert {a.region for a in live.proxy.asked if a.action == "DescribeVpcs"} == {*names}
    folders = {p.name for p in (tmp_path / "out" / OWN).iterdir()}
    assert folders == {*names, "global", "us-west-2"}  # moto has no ecr-public, which would be in us-east-1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--role-name", "audit"], "--role-name goes with --organization or --account"),
        (["--account", "111122223333"], "--role-name goes with --organization or --account"),
        (["--role-name", "a", "--account", "1", "--profile", "a", "--profile", "b"], "assumed from one --profile"),
        (["--retry-denied"], "--retry-denied goes with --resume"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    live: Live, tmp_path: Path, words: list[str], message: str
) -> None:
    code, printed, said = live.run("collect", str(tmp_path / "out"), *words)
    assert (code, printed) == (2, "")
    assert message in said
    assert not (tmp_path / "out").exists()


def test_a_profile_that_is_not_there_is_said(live: Live, tmp_path: Path) -> None:
    code, _, said = live.run("collect", str(tmp_path / "out"), "--profile", "nobody")
    assert code == 5
    assert said.startswith("error: profile nobody: ")


def test_no_credentials_are_said(live: Live, tmp_path: Path) -> None:
    code, _, said = live.run("collect", str(tmp_path / "out"), AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert code == 5
    assert said.startswith("error: no credentials: ")
    assert said.count("\n") == 1


def test_going_on_where_nothing_was_begun_is_refused(live: Live, tmp_path: Path) -> None:
    code, _, said = live.run("collect", str(tmp_path / "out"), "--resume")
    assert (code, said) == (
        5,
        f"error: cannot write {tmp_path}/out: no collection was begun here; leave out --resume\n",
    )
