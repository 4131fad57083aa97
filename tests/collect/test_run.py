"""Pieces of a collection: what is shown on the way, the limits of services, answers that are none."""

from __future__ import annotations

import signal
import threading
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from auditctl.collect import schedule
from auditctl.collect.accounts import Clients, _new_session
from auditctl.collect.operation import Task, Where
from auditctl.collect.table import TABLE
from auditctl.collect.watch import Watch
from collect.estate import OWN
from collect.test_faults import HOME, asked_of, content, errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from collect.conftest import Live

BY_ID = {o.id: o for o in TABLE}


def task(name: str, number: int = 0) -> Task:
    where = Where(account=OWN, partition="aws", folder="eu-west-1", name=str(number))
    return Task(operation=BY_ID[name], where=where, region="eu-west-1", arguments={})


def test_a_service_never_has_more_calls_than_its_limit() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def work(_: Task) -> schedule.More:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        sleep(0.002)
        with lock:
            now -= 1
        return []

    first = [("organizations", (task("organizations/describe-policy", i) for i in range(40)))]
    schedule.run(first, work, 16)
    assert most == schedule.LIMITS["organizations"]


def test_calls_that_follow_are_made_too() -> None:
    made = []

    def work(one: Task) -> schedule.More:
        made.append(one.where.name)
        more: Iterator[Task] = iter([task("s3/get-bucket-policy", int(one.where.name) + 1)])
        return [("s3", more)] if int(one.where.name) < 5 else []

    schedule.run([("kms", iter([task("kms/list-keys")]))], work, 2)
    assert made == ["0", "1", "2", "3", "4", "5"]


def test_what_is_shown_says_account_region_and_service() -> None:
    shown: list[str] = []
    watch = Watch(shown.append)
    watch.account(OWN, 2, 40)
    one, other = task("s3/list-buckets"), task("kms/list-keys")
    watch.start(one)
    watch.start(other)
    watch.end(one)
    assert shown[-1] == f"account {OWN} (2 of 40): 1 calls; eu-west-1: kms"


def test_a_service_that_a_region_does_not_have_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    session = _new_session()
    session.set_credentials("a", "b")
    clients = Clients(session, 4)
    attempts: dict[tuple[str, str], Any] = {
        place: clients.get(*place).meta.config.retries["total_max_attempts"]
        for place in (
            ("apprunner", "eu-west-1"),
            ("apprunner", "eu-north-1"),
            ("iam", "us-east-1"),
            ("kms", "xx-new-1"),
        )
    }
    assert list(attempts.values()) == [5, 1, 5, 5]
    assert clients.get("iam", "us-east-1") is clients.get("iam", "us-east-1")


def test_an_interrupted_collection_goes_on(live: Live, tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "out"
    live.proxy.asked.clear()
    live.proxy.seconds = 0.1  # so that it does not end before it is interrupted, however busy the machine is
    with live.begin("collect", str(out), "--region", "eu-west-1") as process:
        end = monotonic() + 60
        while len(live.proxy.asked) < 60 and monotonic() < end:
            sleep(0.005)
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
    live.proxy.seconds = 0
    assert (process.returncode, printed, said.strip()) == (130, "", "interrupted")
    live.collect(out, "--resume")
    assert content(out) == content(whole)


def test_a_list_without_its_members_is_an_error_and_no_end(live: Live, tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "out"
    answer = b"<ListTopicsResponse><ListTopicsResult><Topics><member/></Topics></ListTopicsResult></ListTopicsResponse>"
    live.proxy.breaks = lambda asked: answer if asked.action == "ListTopics" else None
    code, _, said = live.collect(out)
    assert (code, said) == (3, "")
    assert errors(out)[f"{HOME}/sns/get-topic-attributes.json"] == "UnexpectedAnswer"
    assert "GetTopicAttributes" not in asked_of(live.proxy.asked)
    assert content(out) != content(whole)
