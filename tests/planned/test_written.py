"""Findings about a plan name where their statements, rules and things are written, and what is not known yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from auditctl.findings.origins import Origins
from auditctl.planned.access import write_access
from auditctl.planned.draft import Draft
from auditctl.planned.things import AclEntry, Bucket, ManagedPolicy, NetworkAcl, Origin, Policy, Role
from auditctl.report.json_schema import report_schema
from auditctl.report.model import Written
from auditctl.snapshots.write import write_snapshot
from checkers.cloud.snapshot import FORMAT, MANIFEST, Snapshot
from command_line import Shell, write_control
from planned.networks import ACCOUNT, ANYWHERE, REGION, Plan, rule

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
FLOW = """\
title: Hosts are closed
severity: high
rationale: It matters.
remediation: Mend it.
for_each: vpc
forbid:
  flow:
    from: [internet]
    to: [target]
    protocol: [tcp]
    port: ["22"]
"""


def draft_of_access() -> Draft:
    """A bucket of which a parameter says who may read it, one whose policy is not known, and a role."""
    draft = Draft(planned={"kind": "cloudformation", "file": "template.yaml", "format": "2010-09-09", "sha256": "0"})
    reader = draft.unknown("Parameters.Reader", "text", example="*")
    hidden = draft.unknown("Parameters.Hidden", "text", example="secret")
    statement = {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": reader}, "Action": "s3:GetObject"}
    allowed = {**statement, "Resource": "arn:aws:s3:::acme-logs/*"}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::acme-logs/{hidden}/*"}
    both = {"Version": "2012-10-17", "Statement": [allowed, denied]}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}

    def policy(address: str, line: int, document: Mapping[str, Any] | None, unknown: str = "") -> Policy:
        origin = Origin(address=address, attribute="PolicyDocument", file="template.yaml", line=line)
        return Policy(document=document, origin=origin, unknown=unknown)

    at: Any = {"account": ACCOUNT, "region": REGION}
    things = [
        Bucket(
            **at,
            name="acme-logs",
            origin=Origin(address="Logs", file="template.yaml", line=3),
            policy=policy("LogsPolicy", 9, both),
            block=OPEN,
        ),
        Bucket(
            **at,
            name="acme-web",
            origin=Origin(address="Web", file="template.yaml", line=30),
            policy=policy("WebPolicy", 40, None, "WebPolicy.PolicyDocument"),
        ),
        Role(**at, name="anybody", origin=Origin(address="Anybody"), trust=policy("Anybody", 50, trust)),
    ]
    write_access(draft, things, [(ACCOUNT, REGION)])
    return draft


def write(draft: Draft, folder: str = "snapshot") -> None:
    write_snapshot(Path(folder), draft.files(), draft.manifest())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return Shell(capsys)


def test_a_violation_names_the_values_that_make_it_one_and_where_it_is_written(run: Shell) -> None:
    write(draft_of_access())
    write_control(Path("controls/closed.yaml"))
    ran = run("check", "snapshot", "--controls", "controls", "--bundle", "out.audit")
    assert ran.code == 1
    for line in (
        "auditctl 0.1.0: 1 account of CloudFormation template template.yaml (format 2010-09-09)\n",
        "  arn:aws:s3:::acme-logs\n    written as Logs, template.yaml:3\n",
        "    violated if Parameters.Hidden (known after apply) is secret and Parameters.Reader (known after apply) is *.\n",
        "$.Policy.Statement[0]\n      written as LogsPolicy.PolicyDocument, template.yaml:9\n",
        "WebPolicy.PolicyDocument is known after apply",
        "- the accounts have what the plan or template makes and nothing else",
    ):
        assert line in ran.out, line
    assert run("verify", "out.audit").code == 0
    said = run("explain", "out.audit", "closed", "acme-logs").out
    assert said.startswith("VIOLATED  closed on arn:aws:s3:::acme-logs\n  written as Logs, template.yaml:3\n")
    assert (
        "violated if Parameters.Hidden (known after apply) is secret and Parameters.Reader (known after apply) is *.\n"
        in said
    )
    assert "Certificate: completed/1" in said
    assert said == run("explain", "snapshot", "closed", "acme-logs", "--controls", "controls").out


def test_the_json_report_has_origins_and_values(run: Shell) -> None:
    write(draft_of_access())
    write_control(Path("controls/closed.yaml"))
    report = json.loads(run("check", "snapshot", "--controls", "controls", "--format", "json").out)
    jsonschema.validate(report, report_schema())
    assert report["snapshot"]["planned"]["words"] == "CloudFormation template template.yaml (format 2010-09-09)"
    (logs, web) = report["controls"][0]["claims"]
    hidden = {"attribute": "Parameters.Hidden", "value": "secret"}  # with another value the Deny could apply
    assert logs["values"] == [hidden, {"attribute": "Parameters.Reader", "value": "*"}]
    assert logs["written"] == {"address": "Logs", "attribute": "", "file": "template.yaml", "line": 3}
    place = logs["witness"]["applies"][0]["place"]
    assert (place["written"]["attribute"], place["written"]["line"]) == ("PolicyDocument", 9)
    assert (web["outcome"], web["values"]) == ("inconclusive", [])


def test_other_commands_name_where_a_statement_is_written(run: Shell) -> None:
    write(draft_of_access())
    ran = run("query", "snapshot", "can anonymous s3:GetObject on arn:aws:s3:::acme-logs/x", "--format", "json")
    assert '"address": "LogsPolicy"' in ran.out
    assert '"attribute": "Parameters.Reader",\n          "value": "*"' in ran.out
    text = run("query", "snapshot", "can anonymous s3:GetObject on arn:aws:s3:::acme-logs/x").out
    assert "Parameters.Reader (known after apply) is *.\n" in text
    write_control(Path("controls/closed.yaml"))
    for arguments, code in (
        (["smt", "snapshot", "closed", "acme-logs", "-c", "controls"], 0),
        (["snapshot", "verify", "snapshot"], 0),
    ):
        assert run(*arguments).code == code
    run("check", "snapshot", "--controls", "controls", "--bundle", "out.audit")
    assert run("export", "out.audit", "proofs").code == 0
    row = next(
        r for r in json.loads(Path("proofs/index.json").read_text("utf-8"))["claims"] if r["outcome"] == "violated"
    )
    assert "request.json" in row["expected"]
    check = run("check", "snapshot", "--controls", "controls", "--cross-check", "--format", "json")
    assert json.loads(check.out)["cross_check"]["disagreements"] == []


def test_what_is_planned_and_unknown_is_part_of_what_info_says(run: Shell) -> None:
    write(draft_of_access())
    text = run("snapshot", "info", "snapshot").out
    assert "planned   CloudFormation template template.yaml (format 2010-09-09)\n" in text
    assert "2 text\n" in text
    assert "    1  KnownAfterApply\n" in text
    assert (
        json.loads(run("snapshot", "info", "snapshot", "--format", "json").out)["planned"]["kind"] == "cloudformation"
    )


def test_a_plan_is_sealed_compared_and_cut(run: Shell) -> None:
    write(draft_of_access())
    write_control(Path("controls/closed.yaml"))
    assert run("snapshot", "diff", "snapshot", "snapshot").code == 0
    assert run("snapshot", "slice", "snapshot", "-o", "cut", "--control", "controls/closed.yaml").code == 0
    whole, cut = (run("check", folder, "--controls", "controls").out for folder in ("snapshot", "cut"))
    assert cut == whole
    manifest = json.loads(Path("cut/snapshot.json").read_text("utf-8"))
    assert [one["name"] for one in manifest["unknown"] if one["kind"] == "text"] == [
        "Parameters.Hidden",
        "Parameters.Reader",
    ]


ROLE = """\
title: Roles read nothing
severity: high
rationale: It matters.
remediation: Mend it.
for_each: role
forbid:
  request:
    action: ["s3:GetObject"]
    resource: ["arn:aws:s3:::*/*"]
"""


def test_the_values_in_what_only_limits_a_request_are_named_too(run: Shell) -> None:
    draft = Draft(planned={"kind": "terraform", "file": "plan.json"})
    limit = draft.unknown("aws_iam_policy.limit.policy.Resource", "text", example="*")
    at: Any = {"account": ACCOUNT, "region": REGION}
    own = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    bound = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": limit}]}
    trust = {"Version": "2012-10-17", "Statement": []}
    origins = {
        name: Origin(address=f"aws_iam_{name}") for name in ("policy.limit", "role.reader", "role_policy.reader")
    }
    things = [
        ManagedPolicy(
            **at,
            name="limit",
            origin=origins["policy.limit"],
            policy=Policy(document=bound, origin=origins["policy.limit"]),
        ),
        Role(
            **at,
            name="reader",
            origin=origins["role.reader"],
            trust=Policy(document=trust, origin=origins["role.reader"]),
            inline={"own": Policy(document=own, origin=origins["role_policy.reader"])},
            boundary=f"arn:aws:iam::{ACCOUNT}:policy/limit",
        ),
    ]
    write_access(draft, things, [(ACCOUNT, REGION)])
    write(draft)
    write_control(Path("controls/roles.yaml"), ROLE)
    ran = run("check", "snapshot", "--controls", "controls")
    assert ran.code == 1
    assert "    violated if aws_iam_policy.limit.policy.Resource (known after apply) is *.\n" in ran.out
    assert "written as aws_iam_role_policy.reader\n" in ran.out


# Networks.


def network() -> Plan:
    plan = Plan()
    vpc = plan.vpc()
    gateway = plan.gateway(vpc)
    front = plan.subnet(vpc, "front", "10.0.0.0/24")
    plan.table(vpc, "front", (ANYWHERE, gateway), subnets=(front,))
    office = plan.unknown("var.office", "block", "0.0.0.0/0")
    group = plan.group(
        vpc,
        "ssh",
        rule("tcp", 443, "203.0.113.0/24", address="aws_security_group_rule.web"),
        rule("tcp", 22, office, address="aws_security_group_rule.ssh"),
    )
    entry: Any = {"is_egress": False, "protocol": "-1", "low": None, "high": None, "block": ANYWHERE}
    entries = tuple(
        AclEntry(
            **{**entry, "is_egress": out},
            number=100,
            action="allow",
            origin=Origin(address=f"aws_network_acl_rule.{way}"),
        )
        for out, way in ((False, "in"), (True, "out"))
    )
    plan.add(NetworkAcl, "aws_network_acl.front", id="acl-", vpc=vpc, entries=entries, subnets=(front,))
    plan.instance("bastion", front, group, public=True)
    return plan


def test_the_way_of_a_packet_names_where_its_rules_and_things_are_written(run: Shell) -> None:
    plan = network()
    plan.files()
    write(plan.draft)
    write_control(Path("controls/ssh.yaml"), FLOW)
    ran = run("check", "snapshot", "--controls", "controls", "--bundle", "out.audit")
    assert ran.code == 1, ran
    for written in (
        "aws_vpc.main",
        "aws_internet_gateway.main",
        "aws_network_acl_rule.in",
        "aws_security_group_rule.ssh",
        "aws_instance.bastion",
    ):
        assert f"written as {written}\n" in ran.out, written
    assert "aws_security_group_rule.web" not in ran.out
    assert "violated if" in ran.out
    assert "var.office (known after apply) is 0.0.0.0/0" in ran.out
    assert run("verify", "out.audit").code == 0
    for end in ("aws_instance.bastion", "i-<aws_instance.bastion.id>"):
        asked = ["--from", "internet", "--to", end, "--protocol", "tcp", "--port", "443"]
        assert run("trace", "snapshot", *asked).out.startswith(f"ARRIVES  tcp 443 from internet to {end}\n")
    assert run("trace", "snapshot", "--from", "internet", "--to", "aws_instance.other").code == 2


def test_what_stops_a_packet_names_where_it_is_written(run: Shell) -> None:
    plan = network()
    plan.files()
    write(plan.draft)
    write_control(Path("controls/ssh.yaml"), FLOW.replace("22", "8080"))
    assert run("check", "snapshot", "--controls", "controls").code == 0
    said = run("explain", "snapshot", "ssh", "--controls", "controls").out
    assert "inbound: written as aws_security_group.ssh\n" in said


# Origins.


@pytest.mark.parametrize(
    ("path", "address"),
    [
        pytest.param("$.Roles[1].Policies[0].Document.Statement[2]", "inline", id="below a document"),
        pytest.param("$.Roles[1].Policies[0]", "inline", id="itself"),
        pytest.param("$.Roles[1].Policies[01]", "role", id="not a longer number"),
        pytest.param("$.Roles[10]", "", id="not another row"),
        pytest.param("$", "", id="nothing of the whole"),
    ],
)
def test_the_longest_path_that_fits_counts(path: str, address: str) -> None:
    inside = {"$.Roles[1]": {"address": "role"}, "$.Roles[1].Policies[0]": {"address": "inline"}}
    found = origins({"documents": {"f.json": inside}}).of_document("f.json", path)
    assert (found.address if found else "") == address


@pytest.mark.parametrize(
    "given", [None, [], {"documents": [], "things": 3}, {"documents": {"f.json": 3}, "things": {}}]
)
def test_origins_of_other_shapes_are_none(given: Any) -> None:
    found = origins(given)
    assert found.of_document("f.json", "$.x") is None
    assert found.of_things(["x"]) is None


def test_members_of_other_types_are_left_out() -> None:
    found = origins({"things": {"x": {"address": 3, "line": "4", "file": "f"}, "y": None}})
    assert found.of_things(["z", "x"]) == Written(address="", attribute="", file="f", line=0)
    assert found.of_things(["y"]) == Written(address="", attribute="", file="", line=0)


def origins(given: Any) -> Origins:
    manifest = {"format": FORMAT, "accounts": [{"id": ACCOUNT}], "origins": given}
    return Origins(Snapshot({MANIFEST: lambda: json.dumps(manifest).encode()}))
