"""Controls of flows: what their parts have to do with one another, and the snapshots of their tests."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from auditctl.audit import claims_of, decide
from auditctl.controls import Case, Control, control_schema, load_controls, network_words, write_case
from checkers.cloud.control import parse_control
from checkers.cloud.inventory import Inventory
from checkers.cloud.network import flow_control
from checkers.cloud.network.header import PROTOCOLS
from checkers.cloud.snapshot import Snapshot
from control_files import changed, load, problems_of

ROOT = Path(__file__).parent.parent
PACK = [
    c
    for c in load_controls([ROOT / "policies"])
    if "flow" in {**c.document.get("forbid", {}), **c.document.get("require", {})}
]  # type: ignore[dict-item]
VALIDATOR = Draft202012Validator(control_schema())
CONTROL = """\
title: Nothing gets there
severity: high
rationale: It matters.
remediation: Mend it.
for_each: vpc
forbid:
  flow:
    from: [internet]
    to:
      - vpc: ["${target.vpc}"]
        tag: {role: [database]}
    protocol: [tcp]
    port: ["22"]
"""


@pytest.fixture(autouse=True)
def _in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_canonical_form_of_a_flow() -> None:
    assert load(CONTROL).document["forbid"] == {
        "flow": {
            "from": ["internet"],
            "to": [{"vpc": ["${target.vpc}"], "tag": {"role": ["database"]}}],
            "protocol": ["tcp"],
            "port": ["22"],
        }
    }


def test_one_entry_alone_is_a_list() -> None:
    text = changed("from: [internet]", "from: internet\n    not_to: {cidr: 10.0.0.0/8}", CONTROL)
    flow: Any = load(text).document["forbid"]
    assert (flow["flow"]["from"], flow["flow"]["not_to"]) == (["internet"], [{"cidr": ["10.0.0.0/8"]}])


def test_parameters_are_put_in() -> None:
    text = changed("for_each:", "parameters:\n  p: {type: string-list, default: []}\nfor_each:", CONTROL)
    text = changed("from: [internet]", 'from: [internet]\n    not_from: [{cidr: ["${parameters.p}"]}]', text)
    flow: Any = load(text).document["forbid"]
    assert flow["flow"]["not_from"] == [{"cidr": []}]
    flow = load(text, p=["10.0.0.0/8", "10.0.0.0/9"]).document["forbid"]
    assert flow["flow"]["not_from"] == [{"cidr": ["10.0.0.0/8", "10.0.0.0/9"]}]
    assert (
        "`10.0.0.1/8` in `cidr`, expected an address or a CIDR block without host bits at x.yaml:11:24"
        in problems_of(text, p=["10.0.0.1/8"])
    )


@pytest.mark.parametrize("kind", network_words.FLOW_KINDS)
def test_flows_are_asked_about_for_each(kind: str) -> None:
    text = changed('"${target.vpc}"', "vpc-1", CONTROL)
    assert load(changed("for_each: vpc", f"for_each: {kind}", text)).document["for_each"] == kind


WRONG = [
    ("from: [internet]", "from: [intrenet]", "unknown end of a flow `intrenet` (did you mean `internet`?) at x.yaml:8:12"),
    ("from: [internet]", "from: []", "`from` is an empty list, expected at least one entry at x.yaml:8:11"),
    ("from: [internet]", "from: [[internet]]", "`from` is a list, expected end of a flow or a mapping at x.yaml:8:12"),
    ("from: [internet]", "form: [internet]", "unknown key `form` (did you mean `from`?) at x.yaml:8:5"),
    ("vpc: [", "vcp: [", "unknown key `vcp` (did you mean `vpc`?) at x.yaml:10:9"),
    ("vpc: [", "type: []\n        vpc: [", "`type` is an empty list, expected at least one entry at x.yaml:10:15"),
    ('["${target.vpc}"]', "shop", "`shop` in `vpc`, expected an id that starts with `vpc-` at x.yaml:10:14"),
    ('["${target.vpc}"]', "vp", "`vp` in `vpc`, expected an id that starts with `vpc-` at x.yaml:10:14"),
    ("${target.vpc}", "${target.vcp}", "unknown placeholder `${target.vcp}` (did you mean `${target.vpc}`?) at x.yaml:10:15"),
    ("[database]", "{a: b}", "`role` is a mapping, expected a list at x.yaml:11:21"),
    ("tag: {role: [database]}", "cidr: 10.0.0.0/33", "`10.0.0.0/33` in `cidr`, expected an address or a CIDR block without host bits at x.yaml:11:15"),
    ("protocol: [tcp]", "protocol: [tpc]", "unknown protocol `tpc` (did you mean `tcp`?) at x.yaml:12:16"),
    ("protocol: [tcp]", "protocol: ['256']", "malformed protocol `256`, expected a number from 0 to 255 at x.yaml:12:16"),
    ("protocol: [tcp]", "protocol: [icmp]", "`port` without protocol `tcp` or `udp`, expected one of them at x.yaml:13:11"),
    ("    protocol: [tcp]\n", "", "`port` without protocol `tcp` or `udp`, expected one of them at x.yaml:12:11"),
    ('port: ["22"]', "icmp: ['8']", "`icmp` without protocol `icmp` or `icmpv6`, expected one of them at x.yaml:13:11"),
    ('"22"', "ssh", "malformed port `ssh`, expected a port or a range such as `8000-8999`, 0 to 65535 at x.yaml:13:12"),
    ('"22"', "'65536'", "malformed port `65536`, expected a port or a range such as `8000-8999`, 0 to 65535 at x.yaml:13:12"),
    ('"22"', "90-80", "port `90-80` ends before it starts, expected a range at x.yaml:13:12"),
    ('port: ["22"]', "through: [peerings]", "unknown gateway `peerings` (did you mean `peering`?) at x.yaml:13:15"),
    ('port: ["22"]', "through: [igw-*]", "malformed gateway id `igw-*`, expected the id of a gateway, attachment, endpoint or interface, or the ARN of a load balancer at x.yaml:13:15"),
    ("for_each: vpc", "for_each: bucket", "`flow` for each bucket, expected it for each `interface`, `instance`, `subnet`, `vpc`, `security-group`, `load-balancer`, `network` or `account` at x.yaml:8:5"),
    ("for_each: vpc", "for_each: network", "placeholder `${target.vpc}`, expected it for a target in a VPC at x.yaml:10:15"),
    ("for_each: vpc", "for_each: network\nwhere: {name: [a]}", "`where` for each network, expected none: it is the whole snapshot at x.yaml:6:8"),
    ("for_each: vpc", "for_each: load-balancer\nwhere: {tag: {a: b}}", "`tag` in `where` for each load-balancer, expected it only for each role or user or bucket or interface or instance or subnet or vpc or security-group at x.yaml:6:9"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problem"), WRONG)
def test_a_wrong_place_is_named_with_what_was_expected(old: str, new: str, problem: str) -> None:
    found = problems_of(changed(old, new, CONTROL))
    assert any(problem in one for one in found), found


def test_a_flow_has_an_end() -> None:
    text = changed("    from: [internet]\n", "", CONTROL)
    text = changed('    to:\n      - vpc: ["${target.vpc}"]\n        tag: {role: [database]}\n', "", text)
    assert problems_of(text) == ("missing key `from` or `to` in the flow at x.yaml:8:5",)


def test_an_entry_has_a_member() -> None:
    (problem,) = problems_of(changed("from: [internet]", "from: [{}]", CONTROL))
    assert problem.startswith("missing key `account`, `region`, `vpc`")


REQUEST = """\
title: Nobody may
severity: high
rationale: It matters.
remediation: Mend it.
for_each: bucket
forbid:
  request:
    principal: [anyone]
    action: ["s3:GetObject"]
    resource: ["${target.arn}/*"]
"""


def test_a_request_is_not_for_networks() -> None:
    assert problems_of(changed("for_each: bucket", "for_each: vpc", REQUEST)) == (
        "no `flow` for each vpc, expected one: such a control is about flows at x.yaml:7:3",
    )


@pytest.mark.parametrize("name", ["target.id", "target.vpc"])
def test_the_placeholders_of_flows_are_not_for_requests(name: str) -> None:
    condition = f'    condition: {{StringEquals: {{"aws:x": "${{{name}}}"}}}}'
    assert problems_of(f"{REQUEST}{condition}\n") == (
        f"placeholder `${{{name}}}`, expected it only in a flow at x.yaml:11:41",
    )


@pytest.mark.parametrize("glob", ["*", "vpc-*", "v*", "?pc-1", "vpc-1"])
def test_a_glob_may_be_an_id(glob: str) -> None:
    assert load(changed('"${target.vpc}"', f'"{glob}"', CONTROL))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from: [internet]", "from: [intrenet]"),
        ("from: [internet]", "from: []"),
        ("vpc: [", "vcp: ["),
        ("protocol: [tcp]", "protocol: [tpc]"),
        ('"22"', '"65536"'),
        ('"22"', '"22-"'),
        ('port: ["22"]', "through: [peerings]"),
        ("[database]", "[]"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(old: str, new: str) -> None:
    assert VALIDATOR.is_valid(yaml.safe_load(CONTROL))
    assert not VALIDATOR.is_valid(yaml.safe_load(changed(old, new, CONTROL)))


def test_the_words_of_a_flow_are_those_of_the_checker() -> None:
    assert sorted(network_words.NETWORK_KINDS) == list(flow_control.NETWORK_KINDS)
    assert sorted(network_words.FLOW_KINDS) == sorted(flow_control.FLOW_KINDS)
    assert sorted(network_words.ENDS) == list(flow_control.WORDS)
    assert sorted(network_words.PASSAGES) == list(flow_control.PASSAGES)
    assert sorted(network_words.PROTOCOLS) == sorted(PROTOCOLS)
    names = set(control_schema()["$defs"]["entry"]["anyOf"][1]["properties"])  # type: ignore[index,call-overload]
    assert names == {*flow_control.ENTRY_NAMES, *flow_control.ENTRY_TAGS, "cidr"}


# The tests that the controls carry.


def snapshot_of(case: Case) -> dict[str, Any]:
    write_case(case, Path("out"))
    paths = [path for path in Path("out").rglob("*.json") if path.is_file()]
    return {path.relative_to("out").as_posix(): json.loads(path.read_text(encoding="utf-8")) for path in paths}


CASES = [pytest.param(control, case, id=f"{control.id}: {case.name}") for control in PACK for case in control.cases]


@pytest.mark.parametrize(("control", "case"), CASES)
def test_a_case_of_the_pack_has_its_outcome(control: Control, case: Case) -> None:
    files = {path: json.dumps(value).encode() for path, value in snapshot_of(case).items()}
    inventory = Inventory(Snapshot({path: (lambda data=data: data) for path, data in files.items()}))  # type: ignore[misc]
    claims = claims_of([parse_control(json.loads(json.dumps(case.document)), control.id)], inventory)
    (claim,) = [c for c in claims if case.target in (None, c.target.id)]
    assert decide(claim, inventory).outcome.value == case.outcome


def test_there_are_controls_of_flows() -> None:
    assert len(PACK) >= 12
    assert {"forbid", "require"} <= {name for control in PACK for name in control.document}


# What a case leaves out.

REGION = "111122223333/eu-west-1"


def completed(*files: str) -> dict[str, Any]:
    """The files of ec2 of a case with these files, by operation."""
    lines = "".join(f"        {REGION}/{line}\n" for line in files)
    text = f'{CONTROL}tests:\n  - name: a\n    outcome: holds\n    snapshot:\n      accounts: ["111122223333"]\n      files:\n{lines}'
    (case,) = load(text).cases
    found = {p: v for p, v in snapshot_of(case).items() if p.startswith(REGION)}
    return {path.removeprefix(f"{REGION}/ec2/describe-").removesuffix(".json"): value for path, value in found.items()}


VPC = "ec2/describe-vpcs.json: {Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}]}"
SUBNET = "ec2/describe-subnets.json: {Subnets: [{SubnetId: subnet-1, VpcId: vpc-1, CidrBlock: 10.0.1.0/24}]}"


def test_a_region_with_a_vpc_has_every_list() -> None:
    found = completed(VPC)
    assert sorted(found) == [
        "client-vpn-endpoints",
        "internet-gateways",
        "network-acls",
        "network-interfaces",
        "route-tables",
        "security-groups",
        "subnets",
        "transit-gateway-attachments",
        "vpc-peering-connections",
        "vpcs",
        "vpn-gateways",
    ]
    assert found["subnets"] == {"Subnets": []}
    assert found["vpcs"]["Vpcs"][0]["OwnerId"] == "111122223333"
    assert found["route-tables"]["RouteTables"] == [
        {
            "RouteTableId": "rtb-main-1",
            "VpcId": "vpc-1",
            "Associations": [{"Main": True}],
            "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}],
        }
    ]


def test_a_region_without_a_vpc_stays_as_it_is() -> None:
    assert completed("ec2/describe-vpc-endpoints.json: {VpcEndpoints: []}") == {"vpc-endpoints": {"VpcEndpoints": []}}


def test_what_a_case_says_of_a_network_stays() -> None:
    found = completed(
        VPC,
        SUBNET,
        "ec2/describe-network-interfaces.json: {NetworkInterfaces: [{NetworkInterfaceId: eni-1, SubnetId: subnet-1, SourceDestCheck: false}]}",
        "ec2/describe-security-groups.json: {SecurityGroups: [{GroupId: sg-1, VpcId: vpc-1, IpPermissionsEgress: []}, {GroupId: sg-2, VpcId: vpc-1}]}",
        "ec2/describe-network-acls.json: {NetworkAcls: [{NetworkAclId: acl-1, VpcId: vpc-1, Associations: [{SubnetId: subnet-1}], Entries: []}]}",
        "ec2/describe-route-tables.json: {RouteTables: [{RouteTableId: rtb-1, VpcId: vpc-1, Associations: [{Main: true}]}]}",
    )
    (interface,) = found["network-interfaces"]["NetworkInterfaces"]
    assert (interface["VpcId"], interface["SourceDestCheck"]) == ("vpc-1", False)
    closed, opened = found["security-groups"]["SecurityGroups"]
    assert (closed["IpPermissionsEgress"], closed["GroupName"]) == ([], "sg-1")
    assert opened["IpPermissionsEgress"] == [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    own, default = found["network-acls"]["NetworkAcls"]
    assert (own["Entries"], default["Associations"]) == ([], [])
    (table,) = found["route-tables"]["RouteTables"]
    assert [r["GatewayId"] for r in table["Routes"]] == ["local"]


def test_a_subnet_is_in_the_default_network_acl() -> None:
    (default,) = completed(VPC, SUBNET)["network-acls"]["NetworkAcls"]
    assert default["Associations"] == [{"SubnetId": "subnet-1"}]
    assert [(e["RuleAction"], e["Egress"], e["RuleNumber"]) for e in default["Entries"]] == [
        ("allow", False, 100),
        ("allow", True, 100),
    ]


def test_numbers_are_numbers() -> None:
    permission = "{IpProtocol: '6', FromPort: 22, ToPort: '-1', IpRanges: []}"
    found = completed(
        VPC,
        f"ec2/describe-security-groups.json: {{SecurityGroups: [{{GroupId: sg-1, VpcId: vpc-1, GroupName: '7', IpPermissions: [{permission}]}}]}}",
    )
    (group,) = found["security-groups"]["SecurityGroups"]
    assert group["IpPermissions"] == [{"IpProtocol": "6", "FromPort": 22, "ToPort": -1, "IpRanges": []}]
    assert group["GroupName"] == "7"


@pytest.mark.parametrize("content", ["[]", "{}", "{Subnets: 1}", "{Subnets: [1]}", "{Subnets: {a: b}}"])
def test_a_list_that_is_none_stays_as_it_is(content: str) -> None:
    found = completed(VPC, f"ec2/describe-subnets.json: {content}")
    assert found["subnets"] == json.loads(json.dumps(yaml.load(content, yaml.BaseLoader)))
