"""Waivers: strict, bounded in time, never wider than they say."""

from datetime import date
from pathlib import Path

import pytest

from auditctl.controls import WaiverError, Waivers, read_waivers
from auditctl.controls.waivers import matches
from control_files import write

WAIVER = """\
- control: bucket-anonymous-access
  target: arn:aws:s3:::acme-www-*
  owner: web-team
  reason: Website content.
  expires: 2026-12-31
"""
LAST_DAY = date(2026, 12, 31)
DAY_AFTER = date(2027, 1, 1)


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_waiver_applies_to_its_control_and_its_targets() -> None:
    waivers = read_waivers(write(WAIVER, "waivers.yaml"))
    (waiver,) = waivers.entries
    assert waiver.owner == "web-team"
    assert waiver.reason == "Website content."
    assert str(waiver.at) == "waivers.yaml:1:3"
    match = waivers.match("bucket-anonymous-access", "arn:aws:s3:::acme-www-prod", LAST_DAY)
    assert match is waiver
    assert waivers.match("bucket-anonymous-access", "arn:aws:s3:::acme-logs", LAST_DAY) is None
    assert waivers.match("bucket-anonymous", "arn:aws:s3:::acme-www-prod", LAST_DAY) is None


def test_a_waiver_applies_up_to_its_last_day() -> None:
    waivers = read_waivers(write(WAIVER))
    claim = ("bucket-anonymous-access", "arn:aws:s3:::acme-www-prod")
    assert waivers.match(*claim, LAST_DAY) is not None
    assert waivers.expired(LAST_DAY) == ()
    assert waivers.match(*claim, DAY_AFTER) is None
    assert waivers.expired(DAY_AFTER) == waivers.entries


def test_a_later_waiver_applies_where_an_earlier_one_expired() -> None:
    other = WAIVER.replace("acme-www-*", "acme-www-prod").replace("2026", "2027")
    waivers = read_waivers(write(WAIVER + other))
    match = waivers.match("bucket-anonymous-access", "arn:aws:s3:::acme-www-prod", DAY_AFTER)
    assert match is waivers.entries[1]


def test_no_waivers_waive_nothing() -> None:
    assert read_waivers(write("[]")) == Waivers()
    assert Waivers().match("a", "b", LAST_DAY) is None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "2026-12-31",
            "2026-02-30",
            "no such day `2026-02-30`, expected `YYYY-MM-DD` at x.yaml:1:3",
        ),
        (
            "2026-12-31",
            "31.12.2026",
            "malformed day `31.12.2026`, expected `YYYY-MM-DD` at x.yaml:5:12",
        ),
        (
            "2026-12-31",
            "never",
            "malformed day `never`, expected `YYYY-MM-DD` at x.yaml:5:12",
        ),
        ("  owner: web-team\n", "", "missing key `owner` in a waiver at x.yaml:1:3"),
        ("owner: web-team", "owner:", "`owner` is empty at x.yaml:3:9"),
        (
            "owner:",
            "onwer:",
            "unknown key `onwer` (did you mean `owner`?) at x.yaml:3:3",
        ),
        ("Website content.", "[a]", "`reason` is a list, expected text at x.yaml:4:11"),
        (
            "bucket-anonymous-access",
            "'*'",
            "malformed control id `*`, expected lower case letters and digits, joined by `-` at x.yaml:1:12",
        ),
    ],
)
def test_a_wrong_waiver_is_refused(old: str, new: str, problem: str) -> None:
    with pytest.raises(WaiverError) as refused:
        read_waivers(write(WAIVER.replace(old, new)))
    assert problem in refused.value.problems


def test_two_waivers_of_one_claim_are_refused() -> None:
    with pytest.raises(WaiverError) as refused:
        read_waivers(write(WAIVER + WAIVER.replace("2026", "2030")))
    assert str(refused.value) == (
        "second waiver of `bucket-anonymous-access` on `arn:aws:s3:::acme-www-*`, first at line 1 at x.yaml:6:3"
    )


@pytest.mark.parametrize("text", ["a: b", "text"])
def test_a_waiver_file_is_a_list(text: str) -> None:
    with pytest.raises(WaiverError) as refused:
        read_waivers(write(text))
    assert str(refused.value) == "waivers are no list, expected a list of waivers at x.yaml:1:1"


@pytest.mark.parametrize(
    ("glob", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "a:b/c", True),
        ("?", "", False),
        ("a?c", "abc", True),
        ("a*c", "abcbc", True),
        ("a*c", "abcb", False),
        ("*a*b*", "xxaxxbxx", True),
        ("*a*b*", "xxbxxaxx", False),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("a.c", "abc", False),
        ("A", "a", False),
        ("a", "a\n", False),
    ],
)
def test_a_glob_matches_the_whole_text(glob: str, text: str, expected: bool) -> None:
    assert matches(glob, text) is expected


def test_a_glob_of_many_stars_is_decided_at_once() -> None:
    assert not matches("*a" * 40 + "b", "a" * 2000)
