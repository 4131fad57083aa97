"""Whatever goes wrong on the way: what was written stays, what was not is recorded, and --resume makes the rest."""

from __future__ import annotations

import json
import os
import signal
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.snapshot import read_directory
from checkers.cloud.snapshot import Snapshot
from collect.estate import OWN
from collect.proxy import CUT, Asked, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collect.conftest import Live

HOME = f"{OWN}/eu-west-1"
# What moto does not know is an error without and with a fault, with words that differ from time to time.
CHANGING = ("time", "root")


def content(out: Path) -> dict[str, Any]:
    """A snapshot as it is compared: everything but the time, and the words of errors."""
    files = {p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*.json") if ".collect" not in p.parts}
    manifest = json.loads(files.pop("snapshot.json"))
    errors = {row["path"]: row["code"] for row in manifest.pop("errors")}
    return {**files, "errors": errors, "manifest": {k: v for k, v in manifest.items() if k not in CHANGING}}


def errors(out: Path) -> dict[str, str]:
    return {row["path"]: row["code"] for row in json.loads((out / "snapshot.json").read_text())["errors"]}


def only(action: str, fault: Fault | str) -> Callable[[Asked], Fault | str | None]:
    return lambda asked: fault if asked.action == action else None


def assert_nothing_half(out: Path) -> None:
    """Every file is whole, also those that no reader looks at."""
    for path in out.rglob("*.json"):
        json.loads(path.read_text())


def assert_resumes(live: Live, out: Path, whole: Path, *words: str) -> list[Asked]:
    """Go on without a fault; what was asked then."""
    live.proxy.breaks = lambda _: None
    code, _, said = live.collect(out, "--resume", *words)
    assert (code, said) == (3, "")
    assert content(out) == content(whole)
    return list(live.proxy.asked)


def asked_of(asked: list[Asked]) -> set[str]:
    """What was asked, but what moto does not know, and who one is."""
    unknown = {"codeartifact", "ecr-public", "apprunner", "bedrock-agentcore", "sts"}
    unknown_networks = {
        "DescribeClientVpnEndpoints",
        "DescribeLocalGateways",
        "DescribeVpcBlockPublicAccessExclusions",
        "DescribeVpcBlockPublicAccessOptions",
    }
    return {a.action for a in asked if a.service not in unknown and a.action not in unknown_networks}


# What is broken, the path that the answer should have had, and the code that stands for it.
BROKEN = (
    ("ListTopics", Fault(status=400, code="Throttling"), "sns/list-topics", "Throttling"),
    ("ListKeys", Fault(status=500, code="KMSInternalException"), "kms/list-keys", "KMSInternalException"),
    ("DescribeVpcs", Fault(status=503, code="Unavailable"), "ec2/describe-vpcs", "Unavailable"),
    ("DescribeSubnets", CUT, "ec2/describe-subnets", "BrokenAnswer"),  # XML
    ("ListSecrets", CUT, "secretsmanager/list-secrets", "BrokenAnswer"),  # JSON
    (
        "ListProjects",
        Fault(status=400, code="ThrottlingException"),
        "codebuild/batch-get-projects",
        "ThrottlingException",
    ),
)


def test_what_failed_is_recorded_and_asked_again(live: Live, tmp_path: Path, whole: Path) -> None:
    """Throttled for good, errors of the server, connections that end in the middle of an answer."""
    faults = {action: fault for action, fault, _, _ in BROKEN}
    live.proxy.breaks = lambda asked: faults.get(asked.action)
    assert live.collect(tmp_path / "out")[0] == 3
    met = errors(tmp_path / "out")
    assert {path: met[f"{HOME}/{path}.json"] for _, _, path, _ in BROKEN} == {p: code for _, _, p, code in BROKEN}
    assert_nothing_half(tmp_path / "out")
    asked = asked_of(assert_resumes(live, tmp_path / "out", whole))
    assert asked - faults.keys() == {
        "BatchGetProjects",
        "DescribeKey",
        "GetKeyPolicy",
        "GetResourcePolicy",
        "GetTopicAttributes",
        "ListGrants",
    }


def test_a_page_that_is_cut_in_the_middle_is_asked_again_at_once(live: Live, tmp_path: Path, whole: Path) -> None:
    """The second page of a list, once: both are asked for again, and nothing is left to go on with."""
    live.proxy.breaks = lambda asked: CUT if asked.action == "ListTopics" and asked.number == 1 else None
    live.collect(tmp_path / "out")
    assert content(tmp_path / "out") == content(whole)
    assert sum(a.action == "ListTopics" for a in live.proxy.asked) == 4


def test_what_is_denied_is_asked_again_only_when_that_is_wanted(live: Live, tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "out"
    live.proxy.breaks = only("ListSecrets", Fault(status=400, code="AccessDeniedException"))
    code, printed, _ = live.collect(out)
    assert code == 3
    assert "1 call denied" in printed
    live.proxy.breaks = lambda _: None
    live.collect(out, "--resume")
    assert asked_of(live.proxy.asked) == set()
    assert errors(out)[f"{HOME}/secretsmanager/list-secrets.json"] == "AccessDeniedException"
    assert asked_of(assert_resumes(live, out, whole, "--retry-denied")) == {"ListSecrets", "GetResourcePolicy"}


def test_expired_credentials_end_it_and_say_what_to_do(live: Live, tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "out"
    live.proxy.breaks = lambda _: Fault(status=400, code="ExpiredToken") if len(live.proxy.asked) > 60 else None
    code, printed, said = live.collect(out)
    assert (code, printed) == (5, "")
    assert said == "error: the credentials have expired (ExpiredToken); renew them and go on with --resume\n"
    assert not (out / "snapshot.json").exists()
    assert_nothing_half(out)
    done = asked_of(live.proxy.asked[:40])
    again = asked_of(assert_resumes(live, out, whole))
    assert done - {"ListTopics"} != set()
    assert "GetAccountAuthorizationDetails" not in again


def test_a_region_that_is_disabled_is_recorded_for_each_operation(live: Live, tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "out"
    live.proxy.breaks = lambda asked: (
        Fault(status=401, code="AuthFailure") if asked.region == "eu-west-1" and asked.service != "sts" else None
    )
    live.collect(out)
    files = set(json.loads((out / "snapshot.json").read_text())["files"])
    assert [path for path in files if path.startswith(f"{HOME}/")] == []
    assert errors(out)[f"{HOME}/ec2/describe-vpcs.json"] == "AuthFailure"
    assert errors(out)[f"{HOME}/codebuild/batch-get-projects.json"] == "AuthFailure"
    assert sum(path.startswith(f"{HOME}/") for path in errors(out)) > 50
    assert_resumes(live, out, whole)


# `AUDITCTL_FUZZ` kills it at more moments.
@pytest.mark.parametrize("calls", range(5, 240, 15) if "AUDITCTL_FUZZ" in os.environ else [60])
def test_a_process_that_is_killed_loses_nothing_that_was_written(
    live: Live, tmp_path: Path, whole: Path, calls: int
) -> None:
    out = tmp_path / "out"
    live.proxy.asked.clear()
    with live.begin("collect", str(out), "--region", "eu-west-1") as process:
        end = monotonic() + 60
        while len(live.proxy.asked) < calls and monotonic() < end:
            sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert not (out / "snapshot.json").exists()
    assert_nothing_half(out)
    there = {p: p.stat().st_mtime_ns for p in out.rglob("*.json") if ".collect" not in p.parts}
    assert there
    assert_resumes(live, out, whole)
    assert {p: p.stat().st_mtime_ns for p in there} == there
    Snapshot(read_directory(out))


def test_a_finished_collection_asks_nothing_again(live: Live, whole: Path) -> None:
    before = content(whole)
    live.collect(whole, "--resume")
    assert asked_of(live.proxy.asked) == set()
    assert content(whole) == before
