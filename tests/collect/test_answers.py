"""An answer is what the AWS CLI prints: pages joined, times as text, nothing of the connection, no secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from auditctl.collect.answers import Broken, ask, check_whole, text_of
from auditctl.collect.cuts import CUT, CUTS, cut
from auditctl.collect.errors import Failure, Stopped, failure_of
from auditctl.collect.operation import Task, Where
from auditctl.collect.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

BY_ID = {o.id: o for o in TABLE}


def task(name: str, **arguments: Any) -> Task:
    where = Where(account="111122223333", partition="aws", folder="eu-west-1")
    return Task(operation=BY_ID[name], where=where, region="eu-west-1", arguments=arguments)


class Client:
    """A client without paginators that gives prepared pages."""

    meta = SimpleNamespace(config=SimpleNamespace(retries={"total_max_attempts": 1}))

    def __init__(self, pages: Sequence[dict[str, Any]]) -> None:
        self.pages, self.asked = list(pages), []

    def can_paginate(self, _: str) -> bool:
        return False

    def list_streams(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        return self.pages.pop(0)


def page(*rows: str, after: str = "") -> dict[str, Any]:
    more = {"LastEvaluatedStreamArn": after} if after else {}
    return {"Streams": [{"StreamArn": r} for r in rows], **more, "ResponseMetadata": {"HTTPStatusCode": 200}}


def test_pages_without_a_paginator_are_joined() -> None:
    client = Client([page("a", after="a"), page("b", after="b"), page("c")])
    assert ask(client, task("dynamodbstreams/list-streams"), 10) == {"Streams": [{"StreamArn": a} for a in "abc"]}
    assert client.asked == [{}, {"ExclusiveStartStreamArn": "a"}, {"ExclusiveStartStreamArn": "b"}]


def test_a_token_that_comes_back_is_no_end() -> None:
    with pytest.raises(Failure, match="RepeatedToken"):
        ask(Client([page("a", after="a"), page("a", after="a")]), task("dynamodbstreams/list-streams"), 10)


def test_times_are_as_the_cli_prints_them() -> None:
    moment = datetime(2026, 11, 2, 10, 0, 0, 500000, tzinfo=timezone(timedelta(hours=1)))
    assert json.loads(text_of({"Created": moment, "Blob": b"ab"})) == {
        "Created": "2026-11-02T09:00:00.500000+00:00",
        "Blob": "YWI=",
    }
    assert json.loads(text_of({"Created": datetime(2026, 11, 2, 9, tzinfo=UTC)}))["Created"].endswith("09:00:00+00:00")


def test_text_is_not_escaped() -> None:
    assert "Zürich" in text_of({"Description": "Zürich"}).decode()


def made(member: str) -> Any:
    """An object that has a member, and one beside it."""
    found: Any = "do-not-collect-me"
    for step in reversed(member.split(".")):
        found = [found, found] if step == "[]" else {"name" if step == "*" else step: found, "Beside": "stays"}
    return found


@pytest.mark.parametrize(("operation", "member"), [(o, m) for o, members in CUTS.items() for m in members])
def test_a_value_is_cut_and_its_name_stays(operation: str, member: str) -> None:
    answer = made(member)
    cut(operation, answer)
    text = json.dumps(answer)
    assert "do-not-collect-me" not in text
    assert CUT in text
    assert (member.rpartition(".")[2] if not member.endswith("*") else "name") in text
    assert "stays" in text or member.endswith("*")


@pytest.mark.parametrize("operation", CUTS)
def test_what_has_nothing_to_cut_stays(operation: str) -> None:
    empty: Any = [] if ".[]" in CUTS[operation][0] else {}
    answer = {CUTS[operation][0].split(".")[0]: empty}
    cut(operation, answer)
    assert answer == {CUTS[operation][0].split(".")[0]: empty}


def whole(body: bytes, length: int | None, protocol: str = "query", method: str = "POST", **headers: str) -> None:
    given = {**headers, **({} if length is None else {"content-length": str(length)})}
    model = SimpleNamespace(http={"method": method}, service_model=SimpleNamespace(resolved_protocol=protocol))
    check_whole({"body": body, "headers": given}, model)


def test_an_answer_that_is_cut_off_is_none() -> None:
    whole(b"<a/>", 4)
    whole(b"", 100, method="HEAD")
    whole(b"<a/>", None)
    whole(b"longer", 3, **{"content-encoding": "gzip"})
    with pytest.raises(Broken, match="0 of 4 bytes"):
        whole(b"", 4)
    with pytest.raises(Broken, match="3 of 4 bytes"):
        whole(b"<a/", 4)


def test_an_answer_in_json_begins_as_one() -> None:
    whole(b' {"a": 1}', 9, "json")
    with pytest.raises(Broken, match="not JSON"):
        whole(b"<html>", 6, "rest-json")


def error(code: str, message: str = "m") -> Any:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
def test_expired_credentials_stop_it(code: str) -> None:
    found = failure_of(error(code))
    assert isinstance(found, Stopped)
    assert "--resume" in str(found)


def test_missing_credentials_stop_it() -> None:
    from botocore.exceptions import NoCredentialsError

    assert isinstance(failure_of(NoCredentialsError()), Stopped)


def test_other_errors_are_of_one_call_and_of_one_line() -> None:
    found = failure_of(error("Throttling", "a\nb" + "c" * 1000))
    assert isinstance(found, Failure)
    assert found.code == "Throttling"
    assert found.message.startswith("a bccc")
    assert len(found.message) == 500
