"""`auditctl trace`: hops, stops, many questions at once, and what is refused."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import auditctl.trace.run
from auditctl.audit import Result
from auditctl.exit_codes import TRACE
from auditctl.trace import Question
from auditctl.trace.run import Tracer
from checkers.cloud.claims import Outcome
from command_line import Ran, Shell
from network.shop import shop, write_shop

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(name="folder", scope="module")
def make_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder)
    return folder


@pytest.fixture(name="run")
def make_shell(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "120")
    return Shell(capsys)


@pytest.fixture(name="tracer", scope="module")
def make_tracer() -> Tracer:
    return Tracer(shop().inventory())


def asked(run: Shell, source: str, target: str, *more: str) -> Ran:
    return run("trace", "snapshot", "--from", source, "--to", target, *more)


def test_what_arrives_is_shown_hop_by_hop(run: Shell) -> None:
    ran = asked(run, "internet", "web-1", "--protocol", "tcp", "--port", "443")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "ARRIVES  tcp 443 from internet to web-1",
        "       the internet",
        "         tcp 203.0.113.1:49152 to 52.95.0.1:443",
        "    -> internet gateway igw-1",
        "         tcp 203.0.113.1:49152 to 10.0.0.11:443",
        "    -> inside vpc-1 (shop)",
        "    -> subnet-1 (public), on the way in",
        "         by network ACL acl-1 inbound: rule 100",
        "    -> eni-1 (web-1, i-1)",
        "         by security group sg-1 inbound: tcp 443 from 0.0.0.0/0",
        "    Certificate: packet/1, accepted by the checker.",
        "",
    ]


STOPS = {
    "a security group": (
        ("internet", "web-1", "tcp", "22"),
        "every path from internet to web-1 on tcp 22 ends at security group sg-1 (no inbound rule admits it)",
    ),
    "a rule of an ACL": (
        ("job-1", "db-1", "tcp", "5432"),
        "every path from job-1 to db-1 on tcp 5432 ends at network ACL acl-2 inbound rule 90",
    ),
    "no public address": (
        ("internet", "db-1", "tcp", "5432"),
        "ends at internet gateway igw-1 (no public address leads to 10.0.1.10)",
    ),
    "no route": (("db-1", "internet", "", ""), "to internet ends at route table rtb-1 (no route is for it)"),
    "a blackhole": (("far-1", "job-1", "", ""), "ends at route table rtb-5 (10.0.0.0/16 is a blackhole)"),
    "no way at all": (
        ("on-premises", "web-1", "", ""),
        "no way leads from on-premises to web-1",
    ),
}


@pytest.mark.parametrize("name", STOPS)
def test_what_stops_a_packet_is_named(tracer: Tracer, name: str) -> None:
    (source, target, protocol, port), words = STOPS[name]
    answer = tracer.answer(Question(source=source, target=target, protocol=protocol, port=port))
    assert answer.verdict is not None
    assert (answer.verdict.value, answer.certificate) == ("stopped", "flow/1")
    assert answer.words.endswith(words)


def test_a_reply_that_does_not_come_back_stops_too(tracer: Tracer) -> None:
    one_way = tracer.answer(Question(source="job-1", target="far-1", protocol="tcp"))
    both_ways = tracer.answer(Question(source="job-1", target="far-1", protocol="tcp", both_ways=True))
    assert [a.verdict.value for a in (one_way, both_ways) if a.verdict] == ["arrives", "stopped"]
    assert both_ways.words.startswith("every reply from far-1 to job-1 on tcp ends at route table rtb-5")
    assert both_ways.flow is not None
    assert both_ways.flow.stops_replies


def test_a_reply_is_shown_with_what_changes_it(run: Shell) -> None:
    ran = asked(run, "job-1", "203.0.113.9", "--protocol", "tcp", "--port", "443", "--both-ways")
    assert ran.code == 0
    forth, back = ran.out.split("    Its reply:\n")
    assert "    -> NAT gateway nat-1\n         by routes of rtb-3: 0.0.0.0/0\n" in forth
    assert "    -> the internet\n         tcp 203.0.114.1:49152 to 203.0.113.9:443\n" in forth
    assert "    -> eni-4 (job-1)\n         by security group sg-2 inbound: tracked flow\n" in back


ENDS = {
    "an interface": "eni-1",
    "an instance": "i-1",
    "a subnet": "subnet-1",
    "a VPC": "vpc-1",
    "a security group": "sg-1",
    "an address": "10.0.0.11",
    "a block": "10.0.0.0/28",
    "a Name tag of an instance": "web-1",
    "a Name tag of a subnet": "public",
    "a Name tag of a VPC": "shop",
    "a glob": "web-*",
    "everything": "snapshot",
}


@pytest.mark.parametrize("name", ENDS)
def test_an_end_may_be(tracer: Tracer, name: str) -> None:
    answer = tracer.answer(Question(source="internet", target=ENDS[name], protocol="tcp", port="443"))
    assert answer.verdict is not None
    assert answer.verdict.value == "arrives"
    assert answer.flow is not None
    assert answer.flow.hops[-1].words == "eni-1 (web-1, i-1)"


def test_a_load_balancer_is_an_end_by_name_and_by_arn(tracer: Tracer) -> None:
    (arn,) = tracer.inventory.network.export.balancers
    for name in ("front", arn):
        answer = tracer.answer(Question(source="web-1", target=name, protocol="tcp", port="5432"))
        assert answer.flow is not None
        assert answer.flow.hops[-1].words.startswith("eni-front-subnet-1 (ELB net/front/")


REFUSED = {
    "an end that is not there": (("internet", "db-9"), "`db-9` is nothing in the snapshot (did you mean `db-"),
    "an id that is not there": (("internet", "eni-77"), "`eni-77` is nothing in the snapshot"),
    "a name of two things": (("internet", "far"), "`far` names a subnet and a VPC: an id says which is meant"),
    "a port without a protocol": (("internet", "web-1", "--port", "443"), "a port needs the protocol tcp or udp"),
    "a port that is none": (
        ("internet", "web-1", "--protocol", "tcp", "--port", "x"),
        "has 'x', neither a port nor a range",
    ),
    "a protocol that is none": (("internet", "web-1", "--protocol", "tpc"), "has 'tpc', neither one of"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_question_is_refused(run: Shell, name: str) -> None:
    arguments, message = REFUSED[name]
    ran = asked(run, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--from and --to are expected, or --input"),
        (("--from", "internet"), "--from and --to are expected, or --input"),
        (("--from", "internet", "--input", "-"), "a question, or --input: not both"),
    ],
)
def test_a_command_line_is_refused(run: Shell, arguments: tuple[str, ...], message: str) -> None:
    ran = run("trace", "snapshot", *arguments)
    assert ran.code == 2
    assert message in ran.err


def test_the_exit_codes_are_documented() -> None:
    text = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8").split("## auditctl trace\n")[1].split("\n##")[0]
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines() if line[:3] > "| -"
    ]
    assert [row for row in rows if row[0].isdecimal()] == [(str(int(code)), words) for code, words in TRACE.items()]


# Many questions.


def lines_of(run: Shell, monkeypatch: pytest.MonkeyPatch, *lines: Any) -> tuple[int, list[Any]]:
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
    ran = run("trace", "snapshot", "--input", "-")
    return ran.code, [json.loads(line) for line in ran.out.splitlines()]


WEB = {"id": "web", "from": "internet", "to": "web-1", "protocol": "tcp", "port": 443}
SSH = {"from": "internet", "to": "web-1", "protocol": "tcp", "port": "22", "both_ways": True}


def test_many_questions_have_a_line_each(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    code, found = lines_of(run, monkeypatch, WEB, SSH)
    assert code == 0
    assert [(a["format"], a["line"], a["id"], a["verdict"]) for a in found] == [
        ("auditctl-trace/1", 1, "web", "arrives"),
        ("auditctl-trace/1", 2, "", "stopped"),
    ]
    assert found[0]["flow"]["hops"][-1]["packet"]["destination"] == "10.0.0.11"
    assert found[1]["flow"]["stops"][0]["filter"] == "security group sg-1 inbound"


BAD_LINES = {
    "no JSON": ("nonsense\n", "not strict JSON: "),
    "no object": ([["internet", "web-1"]], "not an object"),
    "an unknown member": ({**WEB, "prot": "tcp"}, "unknown member `prot` (did you mean `port`?)"),
    "a member that is missing": ({"from": "internet"}, "the member `to` is missing"),
    "a member of a wrong type": ({**WEB, "to": 5}, "to is not text"),
    "a flag of a wrong type": ({**WEB, "both_ways": "yes"}, "both_ways is neither true nor false"),
    "an end that is not there": ({**WEB, "to": "db-9"}, "`db-9` is nothing in the snapshot"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_has_its_own_error(run: Shell, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    line, message = BAD_LINES[name]
    code, found = lines_of(run, monkeypatch, WEB, line, WEB)
    assert code == 5
    assert [a["verdict"] for a in found] == ["arrives", None, "arrives"]
    assert message in found[1]["error"]


def test_no_question_is_not_success(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines_of(run, monkeypatch) == (3, [])


def test_an_error_is_shown_to_people(run: Shell, folder: Path) -> None:
    (folder / "questions.json").write_text(json.dumps([WEB, {**WEB, "to": "db-9"}]), encoding="utf-8")
    ran = run("trace", "snapshot", "--input", "questions.json", "--format", "rich")
    assert ran.code == 5
    assert "\nERROR  web: `db-9` is nothing in the snapshot" in ran.out


def test_the_answer_as_json_has_its_schema(run: Shell, folder: Path) -> None:
    (folder / "questions.jsonl").write_text(f"{json.dumps(WEB)}\n{json.dumps(SSH)}\nx\n", encoding="utf-8")
    ran = run("trace", "snapshot", "--input", "questions.jsonl", "--format", "json", "--output", "answer.json")
    assert (ran.code, ran.out) == (5, "")
    answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    schema = json.loads(run("schema", "trace").out)
    jsonschema.validate(answer, schema)
    assert (answer["format"], answer["exit_code"], len(answer["answers"])) == ("auditctl-trace/1", 5, 3)


def test_lines_go_to_a_file_too(run: Shell, folder: Path) -> None:
    (folder / "one.jsonl").write_text(json.dumps(WEB), encoding="utf-8")
    assert run("trace", "snapshot", "--input", "one.jsonl", "--output", "out.jsonl").out == ""
    assert json.loads((folder / "out.jsonl").read_text(encoding="utf-8"))["verdict"] == "arrives"


# Evidence.


def test_the_answers_can_be_verified(run: Shell, folder: Path) -> None:
    (folder / "two.jsonl").write_text(f"{json.dumps(WEB)}\n{json.dumps(SSH)}\n", encoding="utf-8")
    ran = run("trace", "snapshot", "--input", "two.jsonl", "--bundle", "two.audit")
    assert ran.code == 0
    assert ran.err.endswith("bundle: two.audit (verify it: auditctl verify two.audit)\n")
    ran = run("verify", "two.audit")
    assert ran.code == 0
    assert ran.out.endswith("accepted: 2 of 2 certificates\n")


def test_a_certificate_that_the_checker_refuses_is_a_bug(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(claim: Any, _inventory: object) -> Result:
        return Result(claim=claim, outcome=Outcome.INCONCLUSIVE, reasons=("no",), refused="no")

    monkeypatch.setattr(auditctl.trace.run, "decide", refused)
    ran = asked(run, "internet", "web-1")
    assert ran.code == 4
    assert "BUG  no. Please report it." in ran.out


def test_what_is_not_known_is_inconclusive() -> None:
    unknown = Tracer(shop().inventory(without=["describe-route-tables"]))
    answer = unknown.answer(Question(source="web-1", target="internet", protocol="tcp", port="22"))
    assert answer.verdict is not None
    assert answer.verdict.value == "inconclusive"
    assert answer.reasons
    assert not answer.certificate
